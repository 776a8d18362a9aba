import { msg, str } from '@lit/localize';
import type { MultiHeadAttention, Tensor } from 'headscope';
import { loadLayers, type HeadscopeLayers } from 'headscope/layers';
import { VisitorError } from '../../visitor-error.js';
import { loadModel } from '../kit/model-file.js';
import { ownTask } from '../kit/own-task.js';
import { softmax } from './text.js';

/** What induction.json says. */
export interface InductionDescription {
  readonly sizes: {
    readonly dim: number;
    readonly layers: number;
    readonly heads: number;
    readonly longest: number;
  };
  readonly vocabulary: readonly string[];
  readonly accuracy: { readonly exact: number; readonly predictions: number };
  /** (layers, heads): mean weight on the token before, and on the one after the last occurrence of the present letter. */
  readonly previousToken: readonly (readonly number[])[];
  readonly afterLastOccurrence: readonly (readonly number[])[];
}

/** What one head was measured to do, from 0 to 1. */
export interface HeadScores {
  /** null where there is one letter only. */
  readonly previousToken: number | null;
  /** null where no letter occurs twice. */
  readonly afterLastOccurrence: number | null;
}

export interface Continuation {
  readonly letters: readonly string[];
  /** (layers · heads, L, L): the heads of layer 0, then those of layer 1. */
  readonly weights: Tensor;
  /** Probabilities of the next letter. */
  readonly next: readonly number[];
  /** Of each head, on this text. */
  readonly scores: readonly HeadScores[];
}

export type Role = 'previous' | 'induction' | 'partly previous' | 'none';

const NAMED = 0.9;
const PARTLY = 0.4;

/** The name of a head, from what was measured. */
export function roleOf({ previousToken, afterLastOccurrence }: HeadScores): Role {
  if ((previousToken ?? 0) >= NAMED) return 'previous';
  if ((afterLastOccurrence ?? 0) >= NAMED) return 'induction';
  return (previousToken ?? 0) >= PARTLY ? 'partly previous' : 'none';
}

/** The last place before i with the letter of i, for each i; -1 where there is none. */
export function lastOccurrences(letters: readonly string[]): number[] {
  return letters.map((letter, index) => (index === 0 ? -1 : letters.lastIndexOf(letter, index - 1)));
}

/** Both scores of one head with weights (L, L). */
function scoresOf(weights: Float32Array, letters: readonly string[]): HeadScores {
  const length = letters.length;
  const at = (query: number, key: number): number => weights[query * length + key] ?? 0;
  const mean = (values: readonly number[]): number | null =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const followers = lastOccurrences(letters).flatMap((last, index) => (last < 0 ? [] : [at(index, last + 1)]));
  return {
    previousToken: mean(letters.slice(1).map((_, index) => at(index + 1, index))),
    afterLastOccurrence: mean(followers),
  };
}

/** Two layers of causal attention and nothing else: x = embedding + positions; x += attention(norm(x)) in each layer. */
export class InductionModel {
  private readonly layers: readonly MultiHeadAttention[];

  constructor(
    private readonly headscope: HeadscopeLayers,
    private readonly tensors: Readonly<Record<string, Tensor>>,
    readonly description: InductionDescription,
  ) {
    const { heads, layers, dim } = description.sizes;
    this.layers = Array.from({ length: layers }, (_, layer) => {
      const own = (name: string): Tensor => this.tensor(`layers.${layer}.self_attn.${name}`);
      // PyTorch has the three projections below each other in one matrix.
      const projection = (part: number): { weight: Tensor; bias: Tensor } => ({
        weight: {
          data: own('in_proj_weight').data.subarray(part * dim * dim, (part + 1) * dim * dim),
          shape: [dim, dim],
        },
        bias: { data: own('in_proj_bias').data.subarray(part * dim, (part + 1) * dim), shape: [dim] },
      });
      return headscope.createMultiHeadAttention(
        {
          query: projection(0),
          key: projection(1),
          value: projection(2),
          output: { weight: own('out_proj.weight'), bias: own('out_proj.bias') },
        },
        { heads },
      );
    });
  }

  /** What each head was measured to do on a thousand sequences, layer by layer. */
  get measured(): HeadScores[] {
    const { previousToken, afterLastOccurrence } = this.description;
    return previousToken.flatMap((heads, layer) =>
      heads.map((score, head) => ({
        previousToken: score,
        afterLastOccurrence: afterLastOccurrence[layer]?.[head] ?? null,
      })),
    );
  }

  /**
   * A text as the letters that the model knows.
   *
   * @throws VisitorError
   */
  letters(text: string): string[] {
    const { vocabulary, sizes } = this.description;
    const letters = [...text.toLowerCase()];
    if (letters.length === 0) throw new VisitorError(msg('Type some letters: there is nothing to continue.'));
    const unknown = [...new Set(letters.filter((letter) => !vocabulary.includes(letter)))];
    if (unknown.length > 0) {
      const list = unknown.map((letter) => `“${letter}”`).join(' ');
      throw new VisitorError(msg(str`The model knows the letters a to z, without blanks; not ${list}.`));
    }
    if (letters.length > sizes.longest) {
      throw new VisitorError(
        msg(str`These are ${letters.length} letters; the model was trained on at most ${sizes.longest}.`),
      );
    }
    return letters;
  }

  /** @throws VisitorError for what the model cannot read */
  continue(text: string): Continuation {
    const letters = this.letters(text);
    const { headscope } = this;
    const { dim, heads } = this.description.sizes;
    const length = letters.length;
    let x = this.embedded(letters);
    const all = new Float32Array(this.layers.length * heads * length * length);
    this.layers.forEach((layer, index) => {
      const normalised = headscope.layerNorm(x, {
        weight: this.tensor(`layers.${index}.norm.weight`),
        bias: this.tensor(`layers.${index}.norm.bias`),
      });
      const { output, weights } = layer.forward(normalised, normalised, normalised, {
        causal: true,
        needWeights: true,
      });
      x = { data: x.data.map((value, place) => value + (output.data[place] ?? NaN)), shape: x.shape };
      all.set(weights?.data ?? [], index * heads * length * length);
    });
    const last = { data: x.data.subarray((length - 1) * dim), shape: [1, dim] };
    const logits = headscope.linear(last, { weight: this.tensor('unembedding.weight') });
    const head = (index: number): Float32Array => all.subarray(index * length * length, (index + 1) * length * length);
    return {
      letters,
      weights: { data: all, shape: [this.layers.length * heads, length, length] },
      next: softmax(logits.data),
      scores: Array.from({ length: this.layers.length * heads }, (_, index) => scoresOf(head(index), letters)),
    };
  }

  private embedded(letters: readonly string[]): Tensor {
    const { vocabulary, sizes } = this.description;
    const table = this.tensor('embedding.weight').data;
    const { data, shape } = this.headscope.sinusoidalPositions(letters.length, sizes.dim);
    letters.forEach((letter, row) => {
      const token = vocabulary.indexOf(letter);
      for (let column = 0; column < sizes.dim; column++) {
        const place = row * sizes.dim + column;
        data[place] = (data[place] ?? NaN) + (table[token * sizes.dim + column] ?? NaN);
      }
    });
    return { data, shape };
  }

  private tensor(name: string): Tensor {
    const tensor = this.tensors[name];
    if (!tensor) throw new Error(`the model has no ${name}`);
    return tensor;
  }
}

/** Loads the model. */
export async function inductionModel(): Promise<InductionModel> {
  const [headscope, { tensors, description }] = await Promise.all([
    loadLayers(),
    loadModel(
      new URL('../../../models/induction.safetensors', import.meta.url),
      new URL('../../../models/induction.json', import.meta.url),
    ),
  ]);
  await ownTask();
  return new InductionModel(headscope, tensors, description as InductionDescription);
}
