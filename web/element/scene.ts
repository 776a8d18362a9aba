import { HeadscopeError, toTensor, type Tensor, type TensorLike } from '../../wasm-bindings/js/index.js';
import { countDigits } from '../views/numbers.js';
import { AxisLabels } from '../views/token-labels.js';

/** Most cells (heads x queries x keys) that are held at once: 256 MiB of float32. */
export const MOST_CELLS = 64 * 1024 * 1024;

/** Most heads that the strip shows side by side. */
export const MOST_HEADS = 2048;

/** What a page gives to the element. */
export interface SceneInput {
  readonly query: TensorLike | undefined;
  readonly key: TensorLike | undefined;
  readonly value: TensorLike | undefined;
  readonly weights: TensorLike | undefined;
  readonly tokens: readonly string[] | undefined;
  readonly keyTokens: readonly string[] | undefined;
  readonly scale: number | undefined;
  readonly causal: boolean;
}

/** Queries and keys from which weights and scores come. */
export interface Vectors {
  /** (heads, queries, depth) */
  readonly query: Float32Array;
  /** (heads, keys, depth) */
  readonly key: Float32Array;
  readonly depth: number;
  readonly scale: number;
}

/** A valid input: what is to be shown, before any weight is known. */
export interface Scene {
  readonly heads: number;
  /** How many of the heads belong to one sequence of the batch; equal to `heads` without a batch. */
  readonly headsPerSequence: number;
  readonly queries: number;
  readonly keys: number;
  readonly causal: boolean;
  readonly queryLabels: AxisLabels;
  readonly keyLabels: AxisLabels;
  /** Queries and keys are the same tokens. */
  readonly same: boolean;
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

function checkSize(argument: string, heads: number, queries: number, keys: number): void {
  const cells = heads * queries * keys;
  if (cells > MOST_CELLS) {
    const side = Math.floor(Math.sqrt(MOST_CELLS / heads));
    throw new HeadscopeError(
      'InvalidShape',
      argument,
      `at most ${countDigits(MOST_CELLS)} weights in all (with ${heads} ${heads === 1 ? 'head' : 'heads'}, ${side} tokens)`,
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
  if (input.scale !== undefined && input.scale !== null && typeof input.scale !== 'number') {
    throw new HeadscopeError('InvalidType', 'scale', 'a number', typeof input.scale);
  }
  const heads = q.sequences * q.heads;
  checkSize('query and key', heads, q.length, k.length);
  return {
    heads,
    headsPerSequence: q.heads,
    queries: q.length,
    keys: k.length,
    causal: input.causal,
    ...axisLabels(input, q.length, k.length),
    vectors: { query: query.data, key: key.data, depth: q.depth, scale: input.scale ?? 1 / Math.sqrt(q.depth) },
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
  checkSize('weights', sequences * heads, length, depth);
  return {
    heads: sequences * heads,
    headsPerSequence: heads,
    queries: length,
    keys: depth,
    causal: input.causal,
    ...axisLabels(input, length, depth),
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

/** scale·q·k of one cell in double precision; null when ready weights were given, which have no scores. */
export function exactScore(scene: Scene, head: number, query: number, key: number): number | null {
  if (scene.vectors === null) return null;
  const { depth, scale } = scene.vectors;
  const q = (head * scene.queries + query) * depth;
  const k = (head * scene.keys + key) * depth;
  let sum = 0;
  for (let i = 0; i < depth; ++i) {
    sum += (scene.vectors.query[q + i] as number) * (scene.vectors.key[k + i] as number);
  }
  return depth === 0 ? 0 : scale * sum;
}

/** What a head is called: "3", or "1.3" for head 3 of sequence 1 of a batch. */
export function headName(scene: Scene, head: number): string {
  if (scene.headsPerSequence === scene.heads) return String(head);
  return `${Math.floor(head / scene.headsPerSequence)}.${head % scene.headsPerSequence}`;
}
