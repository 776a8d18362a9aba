import { sumOfLines } from '../../views/row-statistics.js';
import type { HeadWeights, Span } from '../source/head-weights.js';

/** So many neighbours are rather asked for as one pooled tile than one by one. */
const MANY = 32;

/**
 * Sum of the rows of some queries, (keys), or of the columns of some keys, (queries). What is masked in all of them is
 * MASKED, and elsewhere counts as 0. Null as long as it is not known.
 *
 * @param chosen at least one, ascending
 */
export function chosenSum(
  weights: HeadWeights,
  of: 'query' | 'key',
  chosen: readonly number[],
): Float32Array | Float64Array | null {
  const first = chosen[0] as number;
  const count = chosen.length;
  if (count > MANY && chosen[count - 1] === first + count - 1) {
    const [across, down]: [Span, Span] = [
      { first: 0, count: weights.columns },
      { first: 0, count: weights.rows },
    ];
    const request =
      of === 'query'
        ? { rows: { first, count }, columns: across, height: 1, width: across.count }
        : { rows: down, columns: { first, count }, height: down.count, width: 1 };
    return weights.tile({ ...request, pooling: 'mean' })?.values.map((mean) => mean * count) ?? null;
  }
  // All are asked for before one is missed, so that they are on their way together.
  const lines = chosen.map((index) => (of === 'key' ? weights.column(index) : weights.row(index)));
  const known = lines.filter((line) => line !== null);
  if (known.length < count) return null;
  return count === 1 ? (known[0] as Float32Array) : sumOfLines(known);
}
