import { sumOfLines } from '../../../views/row-statistics.js';
import { activeKeys, activeQueries } from '../../selection.js';
import type { HeadWeights } from '../../source/head-weights.js';
import type { Frame } from '../panel.js';

/** The weights of the chosen queries over the keys; where only keys are chosen, theirs over the queries. */
export interface ChosenLine {
  readonly of: 'query' | 'key';
  readonly chosen: readonly number[];
  /** Sum of the chosen rows (or columns); a masked weight is MASKED. */
  readonly sum: ArrayLike<number>;
  /** The same, divided by their number. */
  readonly mean: ArrayLike<number>;
}

const lines = new WeakMap<HeadWeights, ChosenLine>();

/**
 * What the sentence and the list of keys are about: the active queries or keys, or else the last query, which sees the
 * most under a causal mask. Null as long as its weights are not known.
 */
export function chosenLine({ selection, weights }: Frame): ChosenLine | null {
  const queries = activeQueries(selection);
  const keys = activeKeys(selection);
  const of = queries.length === 0 && keys.length > 0 ? 'key' : 'query';
  const chosen = of === 'key' ? keys : queries.length > 0 ? queries : [weights.rows - 1];
  const known = lines.get(weights);
  if (known?.of === of && known.chosen.join() === chosen.join()) return known;
  const sum: ArrayLike<number>[] = [];
  for (const index of chosen) {
    const line = of === 'key' ? weights.column(index) : weights.row(index);
    if (line === null) return null;
    sum.push(line);
  }
  const total = sum.length === 1 ? (sum[0] as Float32Array) : sumOfLines(sum);
  const mean = sum.length === 1 ? total : Float64Array.from(total, (weight) => weight / sum.length);
  const line = { of, chosen, sum: total, mean } as const;
  lines.set(weights, line);
  return line;
}
