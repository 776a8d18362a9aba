import { msg, str } from '@lit/localize';
import type { Tensor } from 'headscope';
import {
  loadLayers,
  type Captured,
  type HeadscopeLayers,
  type Transformer,
  type TransformerModelConfiguration,
} from 'headscope/layers';
import { VisitorError } from '../../visitor-error.js';
import { loadModel } from '../kit/model-file.js';
import { ownTask } from '../kit/own-task.js';
import { softmax } from './text.js';

/** What dates.json says. */
export interface DateDescription {
  readonly parameters: number;
  readonly sizes: {
    readonly dim: number;
    readonly heads: number;
    readonly encoderLayers: number;
    readonly decoderLayers: number;
    readonly feedForward: number;
  };
  readonly activation: 'relu' | 'gelu';
  readonly normFirst: boolean;
  readonly source: { readonly vocabulary: readonly string[]; readonly longest: number };
  readonly target: { readonly vocabulary: readonly string[]; readonly steps: number };
  readonly accuracy: { readonly exact: number; readonly unseenDates: number };
  readonly crossAttention: Readonly<
    Record<'year' | 'month' | 'day', { readonly heads: readonly (readonly number[])[]; readonly mean: number }>
  >;
}

/** One way to write a date, and how likely the model finds it. */
export interface Candidate {
  /** Characters and, where it came, <end>. */
  readonly tokens: readonly number[];
  readonly output: string;
  readonly probability: number;
}

/** A text, what the model writes for it, and everything computed on the way. */
export interface Reading {
  readonly text: string;
  readonly source: readonly number[];
  /** "start", the characters, "end" */
  readonly sourceNames: readonly string[];
  /** What the decoder is given: "start" and all that is written but the last. */
  readonly targetNames: readonly string[];
  readonly written: readonly number[];
  readonly writtenNames: readonly string[];
  readonly output: string;
  /** Of each target character at each step: (steps, vocabulary). */
  readonly probabilities: readonly (readonly number[])[];
  /** Of the whole output. */
  readonly probability: number;
  readonly logits: Tensor;
  readonly captured: Captured;
}

/** The Transformer that reads dates. */
export class DateModel {
  private readonly start: number;
  private readonly end: number;
  private readonly sourceStart: number;
  private readonly sourceEnd: number;
  private readonly model: Transformer;
  private blindModel: Transformer | undefined;

  constructor(
    readonly headscope: HeadscopeLayers,
    private readonly tensors: Readonly<Record<string, Tensor>>,
    readonly description: DateDescription,
  ) {
    const { source, target } = description;
    this.model = headscope.createTransformer(tensors, this.configuration);
    this.sourceStart = source.vocabulary.indexOf('<start>');
    this.sourceEnd = source.vocabulary.indexOf('<end>');
    this.start = target.vocabulary.indexOf('<start>');
    this.end = target.vocabulary.indexOf('<end>');
  }

  private get configuration(): TransformerModelConfiguration {
    const { sizes, normFirst, activation } = this.description;
    return { heads: sizes.heads, normFirst, activation };
  }

  /** The same model, but for the positions of the source; made where it is asked for. */
  private get blind(): Transformer {
    // Without its embedding, a side takes vectors as they are: no positions are added.
    const others = Object.entries(this.tensors).filter(([name]) => name !== SOURCE_EMBEDDING);
    this.blindModel ??= this.headscope.createTransformer(Object.fromEntries(others), this.configuration);
    return this.blindModel;
  }

  /** The names of what can be written. */
  get targetNames(): readonly string[] {
    return this.description.target.vocabulary.map(readable);
  }

  /**
   * A text as tokens, with those for its start and its end.
   *
   * @throws VisitorError for what the model cannot read
   */
  tokens(text: string): number[] {
    const { vocabulary, longest } = this.description.source;
    const characters = [...text.trim().toLowerCase()];
    if (characters.length === 0) throw new VisitorError(msg('Type a date: there is nothing to read.'));
    const unknown = [...new Set(characters.filter((character) => !vocabulary.includes(character)))];
    if (unknown.length > 0) {
      const list = unknown.map((character) => `“${character}”`).join(' ');
      throw new VisitorError(msg(str`The model has no token for ${list}: it was never shown such a character.`));
    }
    if (characters.length > longest) {
      throw new VisitorError(
        msg(str`This has ${characters.length} characters; the model was trained on at most ${longest}.`),
      );
    }
    return [this.sourceStart, ...characters.map((character) => vocabulary.indexOf(character)), this.sourceEnd];
  }

  /** The likeliest character, again and again. */
  greedy(text: string): Reading {
    const source = this.tokens(text);
    return this.reading(text, source, this.written(this.model.greedy(source, this.search).tokens[0] ?? []));
  }

  /** The likeliest outputs that a beam of some width finds, best first. */
  candidates(text: string, width: number): Candidate[] {
    const found = this.model.beamSearch(this.tokens(text), { ...this.search, width, lengthPenalty: 0 })[0] ?? [];
    return found.map(({ tokens, score }) => {
      const written = this.written(tokens);
      return { tokens: written, output: this.asText(written), probability: Math.exp(score) };
    });
  }

  /** An output that is given, with all that the model computes for it. */
  read(text: string, { tokens }: Candidate): Reading {
    return this.reading(text, this.tokens(text), tokens);
  }

  /** What is written, greedily, if the model is not told where the characters stand. */
  withoutPositions(text: string): string {
    const { sizes } = this.description;
    const source = this.tokens(text);
    const table = this.tensors[SOURCE_EMBEDDING] as Tensor;
    const data = new Float32Array(source.length * sizes.dim);
    source.forEach((token, row) => {
      const factor = Math.sqrt(sizes.dim);
      const vector = table.data.subarray(token * sizes.dim, (token + 1) * sizes.dim);
      data.set(
        vector.map((value) => value * factor),
        row * sizes.dim,
      );
    });
    const vectors = { data, shape: [source.length, sizes.dim] };
    return this.asText(this.blind.greedy(vectors, this.search).tokens[0] ?? []);
  }

  /** Logits (steps, vocabulary) of an output, with and without the mask that hides what comes later. */
  logits({ source }: Reading, written: readonly number[], causal: boolean): Tensor {
    const target = [this.start, ...written.slice(0, -1)];
    return this.model.forward(source, target, { causal }).output;
  }

  asText(tokens: readonly number[]): string {
    const { vocabulary } = this.description.target;
    return tokens.map((token) => (token === this.end ? '' : (vocabulary[token] ?? ''))).join('');
  }

  private get search(): { start: number; end: number; maxLength: number } {
    return { start: this.start, end: this.end, maxLength: this.description.target.steps };
  }

  /** Searches leave the end out: one that is shorter than it may be has come to it. */
  private written(tokens: readonly number[]): readonly number[] {
    return tokens.length < this.description.target.steps ? [...tokens, this.end] : tokens;
  }

  private reading(text: string, source: readonly number[], written: readonly number[]): Reading {
    const { source: sources, target: targets } = this.description;
    const target = [this.start, ...written.slice(0, -1)];
    const { output: logits, captured } = this.model.forward(source, target, { capture: 'all' });
    const size = targets.vocabulary.length;
    const probabilities = written.map((_, step) => softmax(logits.data.subarray(step * size, (step + 1) * size)));
    const names = (tokens: readonly number[], vocabulary: readonly string[]): string[] =>
      tokens.map((token) => readable(vocabulary[token] ?? ''));
    return {
      text,
      source,
      sourceNames: names(source, sources.vocabulary),
      targetNames: names(target, targets.vocabulary),
      written,
      writtenNames: names(written, targets.vocabulary),
      output: this.asText(written),
      probabilities,
      probability: written.reduce((product, token, step) => product * (probabilities[step]?.[token] ?? NaN), 1),
      logits,
      captured,
    };
  }
}

const SOURCE_EMBEDDING = 'src_tok_emb.embedding.weight';

/** A token as the page shows it. */
function readable(token: string): string {
  switch (token) {
    case '<start>':
      return msg('start');
    case '<end>':
      return msg('end');
    case '<pad>':
      return msg('filling');
    default:
      return token;
  }
}

let loading: Promise<DateModel> | undefined;

/** The model, loaded once. */
export function dateModel(): Promise<DateModel> {
  loading ??= load();
  return loading;
}

async function load(): Promise<DateModel> {
  const [headscope, { tensors, description }] = await Promise.all([
    loadLayers(),
    loadModel(
      new URL('../../../models/dates.safetensors', import.meta.url),
      new URL('../../../models/dates.json', import.meta.url),
    ),
  ]);
  await ownTask();
  return new DateModel(headscope, tensors, description as DateDescription);
}
