import type { Inputs, Result } from './contestant.js';
import type { Workload } from './workloads.js';

/** Rows of every head that are compared: the first, the last, and some between them that meet every place in a tile. */
const ROWS = 13;

/** softmax(scale·QKᵀ)·V of some rows of every head, in double. */
export interface Reference {
  readonly rows: readonly {
    /** The row, counted through all heads. */
    readonly index: number;
    readonly weights: Float64Array;
    readonly output: Float64Array;
  }[];
}

export function reference({ query, key, value }: Inputs, { heads, queries, keys, depth, causal }: Workload): Reference {
  const chosen = new Set(Array.from({ length: ROWS }, (_, n) => Math.round((n * (queries - 1)) / (ROWS - 1))));
  const rows = Array.from({ length: heads }, (_, h) => h).flatMap((h) =>
    [...chosen].map((i) => {
      const index = h * queries + i;
      const weights = new Float64Array(keys);
      const reached = causal ? Math.min(keys, i + 1) : keys;
      for (let j = 0; j < reached; ++j) {
        let score = 0;
        for (let d = 0; d < depth; ++d)
          score += (query.data[index * depth + d] as number) * (key.data[(h * keys + j) * depth + d] as number);
        weights[j] = Math.exp(score / Math.sqrt(depth));
      }
      const sum = weights.reduce((total, weight) => total + weight, 0);
      const output = new Float64Array(depth);
      for (let j = 0; j < reached; ++j) {
        const weight = (weights[j] = (weights[j] as number) / sum);
        for (let d = 0; d < depth; ++d)
          output[d] = (output[d] as number) + weight * (value.data[(h * keys + j) * depth + d] as number);
      }
      return { index, weights, output };
    }),
  );
  return { rows };
}

/** Largest difference from the reference, over its largest value. */
export function errorOf({ output, weights }: Result, { rows }: Reference): number {
  const differences = [
    relative(
      output,
      rows.map((row) => ({ at: row.index, expected: row.output })),
    ),
  ];
  if (weights !== undefined)
    differences.push(
      relative(
        weights,
        rows.map((row) => ({ at: row.index, expected: row.weights })),
      ),
    );
  return Math.max(...differences);
}

function relative(all: Float32Array, rows: readonly { at: number; expected: Float64Array }[]): number {
  let worst = 0;
  let largest = 0;
  for (const { at, expected } of rows) {
    expected.forEach((number, column) => {
      const difference = Math.abs(number - (all[at * expected.length + column] ?? NaN));
      // NaN is the worst there is, and stays.
      worst = difference > worst || Number.isNaN(difference) ? difference : worst;
      largest = Math.max(largest, Math.abs(number));
    });
  }
  return worst / largest;
}
