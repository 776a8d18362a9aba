import { MASKED } from './pooling.js';
import type { Rows } from './rows.js';

/** Averages over the rows of a head, as the engine gives them: see its attention session. */
interface HeadStatistics {
  readonly entropy: number;
  readonly meanDistance: number;
  readonly firstKey: number;
  readonly diagonal: number;
  readonly previousToken: number;
}

/** Sums over rows, each of which is a share of the mean. */
export type StatisticSums = { rows: number } & { -readonly [K in keyof HeadStatistics]: number };

export const noStatistics = (): StatisticSums => ({
  rows: 0,
  entropy: 0,
  meanDistance: 0,
  firstKey: 0,
  diagonal: 0,
  previousToken: 0,
});

/** Adds rows [from, to); those that see nothing do not count. A query's position is its index. */
export function addStatistics(source: Rows, sums: StatisticSums, from: number, to: number): void {
  for (let row = from; row < to; ++row) {
    const values = source.read(row);
    const at = (key: number): number => Math.max(0, values[key] ?? 0);
    let [entropy, distance, sum] = [0, 0, 0];
    for (let key = 0; key < values.length; ++key) {
      const weight = values[key] as number;
      if (weight === MASKED || weight === 0) continue;
      sum += weight;
      entropy -= weight * Math.log(weight);
      distance += weight * Math.abs(row - key);
    }
    if (sum === 0) continue;
    ++sums.rows;
    sums.entropy += entropy;
    sums.meanDistance += distance;
    sums.firstKey += at(0);
    sums.diagonal += at(row);
    sums.previousToken += at(row - 1);
  }
}

/** The means; 0 where no row sees anything. */
export function meanStatistics({ rows, ...sums }: StatisticSums): HeadStatistics {
  const names = Object.keys(sums) as (keyof HeadStatistics)[];
  for (const name of names) sums[name] = rows === 0 ? 0 : sums[name] / rows;
  return sums;
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
