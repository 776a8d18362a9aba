import { MASKED } from './pooling.js';
import { isDistribution } from './row-statistics.js';
import type { Rows } from './rows.js';

/** Averages over the rows of a head, as the engine gives them: see its attention session. NaN is not known. */
export interface HeadStatistics {
  readonly entropy: number;
  readonly meanDistance: number;
  readonly firstKey: number;
  readonly diagonal: number;
  readonly previousToken: number;
  /** How many rows have a weight that is no finite number, and are no part of the averages; not told by the engine, which averages them too. */
  readonly invalidRows?: number;
}

type Averages = Exclude<keyof HeadStatistics, 'invalidRows'>;

/** Sums over rows, each of which is a share of the mean. */
export type StatisticSums = { rows: number; invalidRows: number } & { [K in Averages]: number };

export const noStatistics = (): StatisticSums => ({
  rows: 0,
  invalidRows: 0,
  entropy: 0,
  meanDistance: 0,
  firstKey: 0,
  diagonal: 0,
  previousToken: 0,
});

/**
 * Adds rows [from, to); those that see nothing do not count. A query's position is its index. Weights that are no shares
 * of one have neither entropy nor mean distance: with one such row both are NaN.
 */
export function addStatistics(source: Rows, sums: StatisticSums, from: number, to: number): void {
  for (let row = from; row < to; ++row) {
    const values = source.read(row);
    const at = (key: number): number => {
      const weight = values[key] ?? 0;
      return weight === MASKED ? 0 : weight;
    };
    let [entropy, distance, sum, least] = [0, 0, 0, 0];
    let open = false;
    for (let key = 0; key < values.length; ++key) {
      const weight = values[key] as number;
      if (weight === MASKED || weight === 0) continue;
      open = true;
      sum += weight;
      if (weight < least) least = weight;
      entropy -= weight * Math.log(weight);
      distance += weight * Math.abs(row - key);
    }
    if (Number.isNaN(sum)) ++sums.invalidRows;
    if (!open || Number.isNaN(sum)) continue;
    const shares = isDistribution({ sum, least });
    ++sums.rows;
    sums.entropy += shares ? entropy : NaN;
    sums.meanDistance += shares ? distance : NaN;
    sums.firstKey += at(0);
    sums.diagonal += at(row);
    sums.previousToken += at(row - 1);
  }
}

/** The means; NaN where no row has a part in them. */
export function meanStatistics({ rows, invalidRows, ...sums }: StatisticSums): HeadStatistics {
  const names = Object.keys(sums) as Averages[];
  for (const name of names) sums[name] /= rows;
  return { ...sums, invalidRows };
}

/** What heads are put in order by. */
const SCORES = {
  entropy: ({ entropy }: HeadStatistics) => -entropy,
  distance: ({ meanDistance }: HeadStatistics) => -meanDistance,
  sink: ({ firstKey }: HeadStatistics) => firstKey,
  diagonal: ({ diagonal }: HeadStatistics) => diagonal,
  previous: ({ previousToken }: HeadStatistics) => previousToken,
} as const;

/** Heads in order, equal ones by number; those without statistics, or with NaN, stay last. */
export function headOrder(
  statistics: readonly (HeadStatistics | null)[],
  sort: keyof typeof SCORES | 'none',
): readonly number[] {
  const scores = statistics.map((one) => {
    const score = one === null || sort === 'none' ? NaN : SCORES[sort](one);
    return Number.isNaN(score) ? -Infinity : score;
  });
  const byScore = scores.map((score, head) => ({ score, head }));
  byScore.sort((a, b) => (a.score === b.score ? a.head - b.head : b.score - a.score));
  return byScore.map(({ head }) => head);
}
