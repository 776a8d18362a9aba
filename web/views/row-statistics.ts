import { isMasked, type Matrix, type MatrixFacts } from './matrix.js';

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

/** Reads one row. @param topCount how many of the largest weights to keep */
export function rowStatistics(matrix: Matrix, facts: MatrixFacts, row: number, topCount: number): RowStatistics {
  const top: { key: number; weight: number }[] = [];
  let open = 0;
  let sum = 0;
  let least = Infinity;
  let invalid = false;
  for (let key = 0; key < matrix.columns; ++key) {
    if (isMasked(matrix, facts, row, key)) continue;
    const weight = matrix.data[row * matrix.columns + key] as number;
    ++open;
    sum += weight;
    if (!Number.isFinite(weight)) {
      invalid = true;
      continue;
    }
    least = Math.min(least, weight);
    const place = top.findIndex((entry) => weight > entry.weight);
    if (place >= 0) top.splice(place, 0, { key, weight });
    else if (top.length < topCount) top.push({ key, weight });
    if (top.length > topCount) top.pop();
  }
  return { top, open, sum, least, invalid };
}

/** Whether a row reads as shares of one: no weight below 0, and a sum of 1 but for rounding. */
export function isDistribution(row: RowStatistics): boolean {
  return row.least >= 0 && Math.abs(row.sum - 1) <= 2e-3;
}

/** Place of a key among the keys of its row that are not masked: 1 is the largest; equal weights share a place. */
export function rankInRow(matrix: Matrix, facts: MatrixFacts, row: number, key: number): number {
  const own = matrix.data[row * matrix.columns + key] as number;
  let rank = 1;
  for (let other = 0; other < matrix.columns; ++other) {
    if ((matrix.data[row * matrix.columns + other] as number) > own && !isMasked(matrix, facts, row, other)) ++rank;
  }
  return rank;
}
