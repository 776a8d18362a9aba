import { msg } from '@lit/localize';
import type { Tensor } from 'headscope';
import { loadLayers, type HeadscopeLayers, type TransformerEncoder } from 'headscope/layers';
import { VisitorError } from '../../visitor-error.js';
import { loadModel } from '../kit/model-file.js';
import { ownTask } from '../kit/own-task.js';
import { largest, softmax } from './text.js';

/** What sorting.json says. */
export interface SortingDescription {
  readonly parameters: number;
  readonly sizes: {
    readonly dim: number;
    readonly heads: number;
    readonly feedForward: number;
    readonly length: number;
  };
  readonly accuracy: { readonly exact: number; readonly unseenLists: number };
  /** (heads, outputs): mean weight on digits that are the answer. */
  readonly attentionOnAnswer: readonly (readonly number[])[];
}

/** Every number on the way from five digits to five digits; matrices (5, …). */
export interface Sorted {
  readonly digits: readonly string[];
  /** Embedding plus position. */
  readonly input: Tensor;
  readonly normalised: Tensor;
  /** One for each head. */
  readonly query: readonly Tensor[];
  readonly key: readonly Tensor[];
  readonly value: readonly Tensor[];
  readonly scores: readonly Tensor[];
  readonly weights: readonly Tensor[];
  readonly attended: Tensor;
  readonly normalisedAgain: Tensor;
  readonly hidden: Tensor;
  readonly rectified: Tensor;
  readonly fed: Tensor;
  /** The input with what both sublayers added. */
  readonly output: Tensor;
  /** (5, 10) */
  readonly logits: Tensor;
  readonly answer: readonly string[];
  /** Of each digit of the answer. */
  readonly probabilities: readonly number[];
}

/** The matrices of a tensor whose last two dimensions are theirs. */
function matrices({ data, shape }: Tensor): Tensor[] {
  const [rows = 0, columns = 0] = shape.slice(-2);
  const size = rows * columns;
  return Array.from({ length: data.length / size }, (_, index) => ({
    data: data.slice(index * size, (index + 1) * size),
    shape: [rows, columns],
  }));
}

/** One encoder layer between an embedding and a classifier. */
export class SortingModel {
  private readonly encoder: TransformerEncoder;

  constructor(
    private readonly headscope: HeadscopeLayers,
    private readonly tensors: Readonly<Record<string, Tensor>>,
    readonly description: SortingDescription,
  ) {
    // The model has its one layer as "layer", a stack has it as "layers.0".
    const layer = Object.entries(tensors).flatMap(([name, tensor]): [string, Tensor][] =>
      name.startsWith('layer.') ? [[name.replace('layer.', 'layers.0.'), tensor]] : [],
    );
    this.encoder = headscope.createTransformerEncoder(Object.fromEntries(layer), {
      heads: description.sizes.heads,
      normFirst: true,
      activation: 'relu',
    });
  }

  /** @throws VisitorError unless the text is five digits */
  sort(text: string): Sorted {
    const { headscope } = this;
    const { length, dim } = this.description.sizes;
    const digits = [...text.trim()];
    if (digits.length !== length || !digits.every((digit) => /^[0-9]$/.test(digit))) {
      throw new VisitorError(
        msg('Type exactly five digits from 0 to 9: the model has five places, and knows nothing else.'),
      );
    }
    const embedding = this.tensor('embedding.weight').data;
    const positions = this.tensor('positions.weight').data;
    const input = {
      data: Float32Array.from({ length: length * dim }, (_, place) => {
        const digit = Number(digits[Math.floor(place / dim)]);
        return (embedding[digit * dim + (place % dim)] ?? NaN) + (positions[place] ?? NaN);
      }),
      shape: [length, dim],
    };
    const { output, captured } = this.encoder.forward(input, { capture: 'all' });
    const kept = (name: string): Tensor => {
      const tensor = captured[`layers.0.${name}`];
      if (!tensor) throw new Error(`the layer has no ${name}`);
      return tensor;
    };
    const one = (name: string): Tensor => matrices(kept(name))[0] as Tensor;
    const [query, key] = [kept('self_attn.query'), kept('self_attn.key')];
    const { scores } = headscope.attention(query, key, null, { needScores: 'scaled' });
    const logits = headscope.linear(output, {
      weight: this.tensor('classifier.weight'),
      bias: this.tensor('classifier.bias'),
    });
    const rows = digits.map((_, row) => softmax(logits.data.subarray(row * 10, (row + 1) * 10)));
    return {
      digits,
      input,
      normalised: one('norm1'),
      query: matrices(query),
      key: matrices(key),
      value: matrices(kept('self_attn.value')),
      scores: scores ? matrices(scores) : [],
      weights: matrices(kept('self_attn.weights')),
      attended: one('self_attn.output'),
      normalisedAgain: one('norm2'),
      hidden: one('linear1'),
      rectified: one('activation'),
      fed: one('linear2'),
      output,
      logits,
      answer: rows.map((row) => String(largest(row, 1)[0])),
      probabilities: rows.map((row) => Math.max(...row)),
    };
  }

  private tensor(name: string): Tensor {
    const tensor = this.tensors[name];
    if (!tensor) throw new Error(`the model has no ${name}`);
    return tensor;
  }
}

/** Loads the model. */
export async function sortingModel(): Promise<SortingModel> {
  const [headscope, { tensors, description }] = await Promise.all([
    loadLayers(),
    loadModel(
      new URL('../../../models/sorting.safetensors', import.meta.url),
      new URL('../../../models/sorting.json', import.meta.url),
    ),
  ]);
  await ownTask();
  return new SortingModel(headscope, tensors, description as SortingDescription);
}
