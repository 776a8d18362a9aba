import type { Headscope, LinearParameters, Tensor } from 'headscope';

/** One entry of a projection: feature `from` goes into the head's number `to`, `times` as much. */
export type Entry = readonly [from: number, to: number, times: number];

/** A head whose projections were made by hand. */
export interface HandMadeHead {
  readonly name: string;
  /** What it is built to do, and how. */
  readonly description: string;
  readonly query: readonly Entry[];
  readonly key: readonly Entry[];
  readonly value: readonly Entry[];
}

/** Tokens with features that can be read, and heads made for them. dim = heads x 4. */
export interface Example {
  readonly tokens: readonly string[];
  /** Names of the columns of x. */
  readonly features: readonly string[];
  /** (L, dim) */
  readonly x: Tensor;
  readonly heads: readonly HandMadeHead[];
  readonly causal: boolean;
}

/** Numbers of a head. */
export const HEAD_DIM = 4;
/** Gains in the tables of heads are meant for scores; the layer divides those by sqrt(HEAD_DIM). */
const GAIN = Math.sqrt(Math.sqrt(HEAD_DIM));

type Role = 'query' | 'key' | 'value';

/** All heads' projections of one role as an nn.Linear's weight (dim, dim): head h makes the rows from h HEAD_DIM on. */
export function projection({ heads, features }: Example, role: Role): LinearParameters {
  const dim = features.length;
  const weight = new Float32Array(heads.length * HEAD_DIM * dim);
  heads.forEach((head, index) => {
    for (const [from, to, times] of head[role]) {
      weight[(index * HEAD_DIM + to) * dim + from] = times * (role === 'value' ? 1 : GAIN);
    }
  });
  return { weight: { data: weight, shape: [heads.length * HEAD_DIM, dim] } };
}

function identity(size: number): Tensor {
  const data = new Float32Array(size * size);
  for (let index = 0; index < size; index++) data[index * size + index] = 1;
  return { data, shape: [size, size] };
}

/** What a multi-head layer makes of an example. */
export interface Attended {
  /** (H, L, D) */
  readonly query: Tensor;
  readonly key: Tensor;
  /** (H, L, L) */
  readonly weights: Tensor;
  /** (L, dim): the heads' outputs side by side; fc_o is the identity. */
  readonly output: Tensor;
}

function split({ data, shape }: Tensor, heads: number): Tensor {
  const [length = 0, width = 0] = shape;
  const depth = width / heads;
  const result = new Float32Array(data.length);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < length; row++) {
      const from = row * width + head * depth;
      result.set(data.subarray(from, from + depth), (head * length + row) * depth);
    }
  }
  return { data: result, shape: [heads, length, depth] };
}

/** Runs the example through a multi-head layer of the engine. */
export function attend(headscope: Headscope, example: Example): Attended {
  const { heads, x, causal } = example;
  const parameters = {
    query: projection(example, 'query'),
    key: projection(example, 'key'),
    value: projection(example, 'value'),
    output: { weight: identity(heads.length * HEAD_DIM) },
  };
  const layer = headscope.createMultiHeadAttention(parameters, { heads: heads.length });
  try {
    const { output, weights } = layer.forward(x, x, x, { causal, needWeights: true });
    if (!weights) throw new Error('the layer gave no weights');
    return {
      query: split(headscope.linear(x, parameters.query), heads.length),
      key: split(headscope.linear(x, parameters.key), heads.length),
      weights,
      output,
    };
  } finally {
    layer.dispose();
  }
}

/** One weight of an attended example. */
export function weightOf({ weights }: Attended, head: number, query: number, key: number): number {
  const [, queries = 0, keys = 0] = weights.shape;
  return weights.data[(head * queries + query) * keys + key] ?? NaN;
}

/** A place on a circle, (cos, sin), so that a projection can turn it. */
export function onCircle(index: number, period: number, times = 1): [number, number] {
  const angle = (2 * Math.PI * times * index) / period;
  // Without the dust of floating point: these numbers are shown.
  const clean = (value: number): number => Number(value.toFixed(6)) + 0;
  return [clean(Math.cos(angle)), clean(Math.sin(angle))];
}

/** Entries that turn a pair (cos, sin) of features back by `steps` places, `gain` times as large. */
export function turnedBack(
  from: number,
  to: number,
  period: number,
  times: number,
  steps: number,
  gain: number,
): Entry[] {
  const angle = (2 * Math.PI * times * steps) / period;
  const [cosine, sine] = [gain * Math.cos(angle), gain * Math.sin(angle)];
  return [
    [from, to, cosine],
    [from + 1, to, sine],
    [from, to + 1, -sine],
    [from + 1, to + 1, cosine],
  ];
}
