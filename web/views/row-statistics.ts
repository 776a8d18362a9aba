import { MASKED } from './pooling.js';

/** What one query does with its keys. */
export interface RowStatistics {
  /** The largest weights, largest first, the lower key first in a tie; masked keys are left out. */
  readonly top: readonly { readonly key: number; readonly weight: number }[];
  /** Number of keys that are not masked. */
  readonly open: number;
  /** Sum of the weights that are not masked, in double. */
  readonly sum: number;
  /** Smallest weight that is not masked. */
  readonly least: number;
  /** Whether some weight of the row is NaN or infinite. */
  readonly invalid: boolean;
}

/**
 * Reads one row (or column), in which a masked weight is MASKED.
 *
 * @param topCount how many of the largest weights to keep
 * @param signed whether the largest are those farthest from 0, as in a difference
 */
export function readLine(line: ArrayLike<number>, topCount: number, signed = false): RowStatistics {
  const size = (weight: number): number => (signed ? Math.abs(weight) : weight);
  const top: { key: number; weight: number }[] = [];
  let open = 0;
  let sum = 0;
  let least = Infinity;
  let invalid = false;
  // The size that a weight must exceed to belong to the largest.
  let bar = -Infinity;
  for (let key = 0; key < line.length; ++key) {
    const weight = line[key] as number;
    if (weight === MASKED) continue;
    ++open;
    sum += weight;
    if (weight - weight !== 0) {
      invalid = true;
      continue;
    }
    if (weight < least) least = weight;
    if (size(weight) <= bar) continue;
    const place = top.findIndex((entry) => size(weight) > size(entry.weight));
    top.splice(place < 0 ? top.length : place, 0, { key, weight });
    if (top.length > topCount) top.pop();
    if (top.length === topCount) bar = size(top[topCount - 1]?.weight ?? Infinity);
  }
  return { top, open, sum, least, invalid };
}

/** Entropy in bits of a row whose weights are shares of one. */
export function entropyOf(line: ArrayLike<number>): number {
  let bits = 0;
  for (let key = 0; key < line.length; ++key) {
    const weight = line[key] as number;
    if (weight > 0) bits -= weight * Math.log2(weight);
  }
  return bits;
}

/** Place of an item among those of its line that are not masked: 1 is the largest; equal weights share a place. */
export function rankIn(line: ArrayLike<number>, index: number): number {
  const own = line[index] as number;
  let rank = 1;
  for (let other = 0; other < line.length; ++other) if ((line[other] as number) > own) ++rank;
  return rank;
}

/** Several lines as one, in double: a weight that is masked in all of them is MASKED, and elsewhere counts as 0. */
export function sumOfLines(lines: readonly ArrayLike<number>[]): Float64Array {
  const sum = new Float64Array(lines[0]?.length ?? 0).fill(MASKED);
  for (const line of lines) {
    for (let i = 0; i < sum.length; ++i) {
      const weight = line[i] as number;
      if (weight !== MASKED) sum[i] = sum[i] === MASKED ? weight : (sum[i] as number) + weight;
    }
  }
  return sum;
}

/** Whether a row reads as shares of one: no weight below 0, and a sum of 1 but for rounding. */
export function isDistribution(row: Pick<RowStatistics, 'least' | 'sum'>): boolean {
  return row.least >= 0 && Math.abs(row.sum - 1) <= 2e-3;
}
