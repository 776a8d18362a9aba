import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import { describe, toTensor, type Tensor, type TensorLike } from '../../wasm-bindings/js/tensor.js';
import { countDigits } from '../views/numbers.js';
import { AxisLabels } from '../views/token-labels.js';
import type { Knobs } from './settings.js';

/** Most cells (heads x queries x keys) that are held at once: 256 MiB of float32. More are computed as they are looked at. */
export const MOST_CELLS = 64 * 1024 * 1024;

/** Most cells that are computed as they are looked at: 64 heads of 32,768 tokens. */
const MOST_COMPUTED_CELLS = 2 ** 36;

/** Most heads that the strip shows side by side. */
export const MOST_HEADS = 4096;

/** What a page gives to the element. */
export interface SceneInput {
  readonly query: TensorLike | undefined;
  readonly key: TensorLike | undefined;
  readonly value: TensorLike | undefined;
  readonly weights: TensorLike | undefined;
  readonly tokens: readonly string[] | undefined;
  readonly keyTokens: readonly string[] | undefined;
  /** Token at which each word begins, ascending from 0; for the sub-words of one sequence. */
  readonly words: readonly number[] | undefined;
  readonly image: PatchImage['source'] | undefined;
  readonly patches: { readonly rows: number; readonly columns: number } | undefined;
  /** The first of four axes are layers, not a batch. */
  readonly layers: boolean;
  readonly knobs: Knobs;
}

/** A picture whose patches are the last tokens. */
export interface PatchImage {
  readonly source: HTMLImageElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | ImageData;
  readonly rows: number;
  readonly columns: number;
  /** Number of tokens before the patches, which are no part of the picture: a class token, say. */
  readonly first: number;
}

/** Queries and keys from which weights and scores come. */
export interface Vectors {
  /** (heads, queries, depth) */
  readonly query: Float32Array;
  /** (heads, keys, depth) */
  readonly key: Float32Array;
  readonly depth: number;
  /** What q·k is multiplied by, before the temperature. */
  readonly scale: number;
}

/** A valid input: what is to be shown, before any weight is known. */
export interface Scene {
  readonly heads: number;
  /** How many of the heads belong to one sequence of the batch; equal to `heads` without a batch. */
  readonly headsPerSequence: number;
  /** How many layers the heads are of, headsPerSequence in each; 1 where layers are not told apart. */
  readonly layers: number;
  readonly queries: number;
  readonly keys: number;
  /** How the weights come about; of ready weights only `causal` says anything. */
  readonly knobs: Knobs;
  readonly queryLabels: AxisLabels;
  readonly keyLabels: AxisLabels;
  /** Queries and keys are the same tokens. */
  readonly same: boolean;
  /** Token at which each word begins; null when words are not known. */
  readonly words: readonly number[] | null;
  readonly image: PatchImage | null;
  /** Null when ready weights were given. */
  readonly vectors: Vectors | null;
  /** The given weights, (heads, queries, keys); null when they are computed. */
  readonly weights: Float32Array | null;
}

interface Extents {
  readonly sequences: number;
  readonly heads: number;
  readonly length: number;
  readonly depth: number;
}

function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`;
}

/** Reads ranks 2 to 4 as (batch, head, length, depth). */
function extents(tensor: Tensor, argument: string, layout: string): Extents {
  const { shape } = tensor;
  if (shape.length < 2 || shape.length > 4) {
    throw new HeadscopeError('InvalidShape', argument, layout, `shape ${shapeText(shape)}`);
  }
  const [sequences = 1, heads = 1, length = 0, depth = 0] = [...Array<number>(4 - shape.length).fill(1), ...shape];
  return { sequences, heads, length, depth };
}

function checkSize(argument: string, most: number, heads: number, queries: number, keys: number): void {
  const cells = heads * queries * keys;
  if (cells > most) {
    const side = Math.floor(Math.sqrt(most / heads));
    throw new HeadscopeError(
      'InvalidShape',
      argument,
      `at most ${countDigits(most)} weights in all (with ${heads} ${heads === 1 ? 'head' : 'heads'}, ${side} tokens)`,
      `${heads} × ${queries} × ${keys} = ${countDigits(cells)}`,
    );
  }
  if (heads > MOST_HEADS) {
    throw new HeadscopeError('InvalidShape', argument, `at most ${countDigits(MOST_HEADS)} heads`, countDigits(heads));
  }
}

function labels(tokens: unknown, argument: string, count: number, item: string): AxisLabels {
  if (tokens === undefined || tokens === null) return new AxisLabels(count, null);
  if (!Array.isArray(tokens)) throw new HeadscopeError('InvalidType', argument, 'an array of strings', typeof tokens);
  if (tokens.length !== count) {
    throw new HeadscopeError('InvalidShape', argument, `${count} labels, one for each ${item}`, String(tokens.length));
  }
  const wrong = tokens.findIndex((token) => typeof token !== 'string');
  if (wrong >= 0) throw new HeadscopeError('InvalidType', argument, 'strings', `${typeof tokens[wrong]} at [${wrong}]`);
  return new AxisLabels(count, tokens as string[]);
}

function axisLabels(
  input: SceneInput,
  queries: number,
  keys: number,
): Pick<Scene, 'queryLabels' | 'keyLabels' | 'same'> {
  const queryLabels = labels(input.tokens, 'tokens', queries, 'query');
  if (input.keyTokens !== undefined && input.keyTokens !== null) {
    return { queryLabels, keyLabels: labels(input.keyTokens, 'keyTokens', keys, 'key'), same: false };
  }
  const same = queries === keys && queryLabels.named;
  return { queryLabels, keyLabels: same ? queryLabels : new AxisLabels(keys, null), same };
}

function wordStarts(words: unknown, tokens: number): readonly number[] | null {
  if (words === undefined || words === null) return null;
  const expected = 'the index of the first token of each word: whole numbers that rise from 0';
  if (!Array.isArray(words)) throw new HeadscopeError('InvalidType', 'words', expected, typeof words);
  const wrong = words.findIndex(
    (start, i) =>
      !Number.isInteger(start) || start >= tokens || (i === 0 ? start !== 0 : start <= (words[i - 1] as number)),
  );
  if (wrong >= 0)
    throw new HeadscopeError('InvalidArgument', 'words', expected, `${String(words[wrong])} at [${wrong}]`);
  return words.length === 0 ? null : (words as number[]);
}

const PICTURES = ['HTMLImageElement', 'HTMLCanvasElement', 'OffscreenCanvas', 'ImageBitmap', 'ImageData'] as const;

/** Whether it can be drawn; an image that is still loading can be later. */
function isPicture(image: unknown): image is PatchImage['source'] {
  const kind = PICTURES.find((name) => globalThis[name] !== undefined && image instanceof globalThis[name]);
  if (kind === undefined) return false;
  const { width, height } = image as PatchImage['source'];
  return kind === 'HTMLImageElement' || width * height > 0;
}

function patchImage({ image, patches }: SceneInput, tokens: number): PatchImage | null {
  if (image === undefined || image === null) return null;
  if (!isPicture(image)) {
    throw new HeadscopeError(
      'InvalidType',
      'image',
      'an image, a canvas, an ImageBitmap or ImageData with pixels',
      describe(image),
    );
  }
  const { rows, columns } = patches ?? { rows: NaN, columns: NaN };
  const whole = (count: number): boolean => Number.isInteger(count) && count > 0;
  if (!whole(rows) || !whole(columns) || rows * columns > tokens) {
    const expected = `rows and columns of the image's patches, of which there are at most ${tokens}`;
    throw new HeadscopeError('InvalidArgument', 'patches', expected, patches ? `${rows} × ${columns}` : 'nothing');
  }
  return { source: image, rows, columns, first: tokens - rows * columns };
}

/** What both kinds of scene say besides their sizes. */
function surroundings(
  input: SceneInput,
  queries: number,
  keys: number,
): Pick<Scene, 'queryLabels' | 'keyLabels' | 'same' | 'knobs' | 'words' | 'image'> {
  return {
    ...axisLabels(input, queries, keys),
    knobs: input.knobs,
    words: queries === keys ? wordStarts(input.words, keys) : null,
    image: patchImage(input, keys),
  };
}

function vectorScene(input: SceneInput): Scene {
  const layout = '(length, depth), (heads, length, depth) or (batch, heads, length, depth)';
  const given = (name: 'query' | 'key'): Tensor => {
    const value = input[name];
    if (value === undefined || value === null) {
      throw new HeadscopeError(
        'InvalidArgument',
        name,
        'a tensor, because the other of query and key is given',
        'nothing',
      );
    }
    return toTensor(value, name);
  };
  const query = given('query');
  const key = given('key');
  const q = extents(query, 'query', layout);
  const k = extents(key, 'key', layout);
  if (k.sequences !== q.sequences || k.heads !== q.heads || k.depth !== q.depth) {
    const expected = `${q.heads} heads of depth ${q.depth}${q.sequences > 1 ? ` for ${q.sequences} sequences` : ''}, as query has`;
    throw new HeadscopeError('InvalidShape', 'key', expected, `shape ${shapeText(key.shape)}`);
  }
  if (input.value !== undefined && input.value !== null) {
    const value = toTensor(input.value, 'value');
    const v = extents(value, 'value', layout);
    if (v.sequences !== k.sequences || v.heads !== k.heads || v.length !== k.length) {
      const expected = `${k.heads} heads of length ${k.length}, as key has`;
      throw new HeadscopeError('InvalidShape', 'value', expected, `shape ${shapeText(value.shape)}`);
    }
  }
  const { scale } = input.knobs;
  if (scale !== undefined && scale !== null && typeof scale !== 'number') {
    throw new HeadscopeError('InvalidType', 'scale', 'a number', typeof scale);
  }
  const heads = q.sequences * q.heads;
  checkSize('query and key', MOST_COMPUTED_CELLS, heads, q.length, k.length);
  return {
    heads,
    headsPerSequence: q.heads,
    layers: input.layers ? q.sequences : 1,
    queries: q.length,
    keys: k.length,
    ...surroundings(input, q.length, k.length),
    vectors: {
      query: query.data,
      key: key.data,
      depth: q.depth,
      scale: scale ?? (q.depth > 0 ? 1 / Math.sqrt(q.depth) : 1),
    },
    weights: null,
  };
}

function weightScene(input: SceneInput, given: TensorLike): Scene {
  const weights = toTensor(given, 'weights');
  const { sequences, heads, length, depth } = extents(
    weights,
    'weights',
    '(queries, keys), (heads, queries, keys) or (batch, heads, queries, keys)',
  );
  checkSize('weights', MOST_CELLS, sequences * heads, length, depth);
  return {
    heads: sequences * heads,
    headsPerSequence: heads,
    layers: input.layers ? sequences : 1,
    queries: length,
    keys: depth,
    ...surroundings(input, length, depth),
    vectors: null,
    weights: weights.data,
  };
}

/**
 * Checks what a page gives. Returns null when it gives nothing yet.
 * @throws HeadscopeError in words about the property that does not fit
 */
export function readScene(input: SceneInput): Scene | null {
  if (input.weights !== undefined && input.weights !== null) return weightScene(input, input.weights);
  const nothing = (value: unknown): boolean => value === undefined || value === null;
  return nothing(input.query) && nothing(input.key) ? null : vectorScene(input);
}
