import { activeKeys, activeQueries } from '../../selection.js';
import type { HeadWeights } from '../../source/head-weights.js';
import { chosenSum } from '../chosen-sum.js';
import type { Frame } from '../panel.js';

/** The weights of the chosen queries over the keys; where only keys are chosen, theirs over the queries. */
export interface ChosenLine {
  readonly of: 'query' | 'key';
  readonly chosen: readonly number[];
  /** Sum of the chosen rows (or columns); a masked weight is MASKED. */
  readonly sum: Float32Array | Float64Array;
  /** The same, divided by their number. */
  readonly mean: Float32Array | Float64Array;
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
  const sum = chosenSum(weights, of, chosen);
  if (sum === null) return null;
  const line: ChosenLine = { of, chosen, sum, mean: sum.map((weight) => weight / chosen.length) };
  lines.set(weights, line);
  return line;
}
