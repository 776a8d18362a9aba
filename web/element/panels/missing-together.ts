import { MASKED } from '../../views/pooling.js';
import type { HeadWeights } from '../source/head-weights.js';
import { chosenSum } from './chosen-sum.js';
import { missingWord } from './missing.js';
import type { Frame } from './panel.js';

/** The last line that was asked for of each weights. */
const lines = new WeakMap<HeadWeights, { readonly name: string; readonly sum: ReturnType<typeof chosenSum> }>();

function lineOf(weights: HeadWeights, of: 'query' | 'key', chosen: readonly number[]): ReturnType<typeof chosenSum> {
  const name = of + chosen.join();
  const known = lines.get(weights);
  if (known?.name === name && known.sum !== null) return known.sum;
  const sum = chosenSum(weights, of, chosen);
  lines.set(weights, { name, sum });
  return sum;
}

/**
 * Why some queries (or keys) together have no weight at one of the other axis, in words.
 *
 * @param chosen ascending; none for all queries
 */
export function missingTogether(frame: Frame, of: 'query' | 'key', chosen: readonly number[], at: number): string {
  const { words, settings, weights } = frame;
  const [only, another] = chosen;
  if (only !== undefined && another === undefined) {
    return of === 'query' ? missingWord(frame, only, at) : missingWord(frame, at, only);
  }
  const keys = of === 'key' ? chosen : [at];
  if (keys.every((key) => settings.hide.includes(key))) return words.hidden;
  const { unfiltered } = weights;
  if (unfiltered === undefined) return words.masked;
  const before = only === undefined ? 0 : (lineOf(unfiltered, of, chosen)?.[at] ?? MASKED);
  return before === MASKED ? words.masked : words.dropped;
}
