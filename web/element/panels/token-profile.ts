import { MASKED } from '../../views/pooling.js';
import { composed, type SentencePart } from '../../views/sentence.js';
import { filled } from '../../views/words.js';
import { activeKeys, activeQueries, type Place, type Selection } from '../selection.js';
import type { HeadWeights } from '../source/head-weights.js';
import { chosenSum } from './chosen-sum.js';
import type { Frame } from './panel.js';

export type Axis = 'query' | 'key';

export const otherAxis = (axis: Axis): Axis => (axis === 'query' ? 'key' : 'query');
export const placeOn = (axis: Axis, index: number): Place =>
  axis === 'query' ? { query: index, key: null } : { query: null, key: index };

/** The weights of the tokens that are meant, one for each token of the other axis. */
export interface TokenProfile {
  /** Whose weights: of queries over the keys, or of keys over the queries. */
  readonly of: Axis;
  /** The tokens that are meant; none for the mean of all queries. */
  readonly items: readonly number[];
  /** Null while they are on their way, and where there are none. MASKED and NaN as in HeadWeights. */
  readonly values: ArrayLike<number> | null;
  /** The largest of the values, of differences the largest magnitude; 0 when none is above it. */
  readonly most: number;
}

/** The mean of all queries is taken of so many weights at most: 4096 queries of 4096 keys. */
const MOST_MEAN = 2 ** 24;

/** What several tokens are together. */
export type Together = 'sum' | 'mean';

const active = (axis: Axis, selection: Selection): readonly number[] =>
  axis === 'query' ? activeQueries(selection) : activeKeys(selection);

export const pinnedOn = (axis: Axis, { pin }: Selection): readonly number[] =>
  (axis === 'query' ? pin?.queries : pin?.keys) ?? [];

/**
 * What the tokens of one axis say about those of the other: the active ones of the preferred axis, or else of the
 * other; a pin on one axis alone goes before the preference, so that hovering a cell of its row does not turn it round.
 * @param whenNone the tokens that are meant when none is active; none for the mean of all queries, or the last one where
 *   these are too many, null for nothing
 */
export function tokenProfile(
  { weights, selection, scale }: Frame,
  preferred: Axis,
  how: Together,
  whenNone: readonly number[] | null = [],
): TokenProfile {
  const order = [preferred, otherAxis(preferred)];
  if (selection.pin !== null && pinnedOn(preferred, selection).length === 0) order.reverse();
  const of = order.find((axis) => active(axis, selection).length > 0) ?? 'query';
  const chosen = active(of, selection);
  const { rows, columns } = weights;
  const tooMany = whenNone?.length === 0 && rows * columns > MOST_MEAN;
  const items = chosen.length > 0 ? chosen : tooMany ? [rows - 1] : (whenNone ?? []);
  const values = items.length > 0 ? together(weights, of, items, how) : whenNone && meanRow(weights);
  let most = 0;
  for (let i = 0; i < (values?.length ?? 0); ++i) {
    const value = values?.[i] || 0;
    // What is masked is less than anything.
    most = Math.max(most, scale.diverging && value !== MASKED ? Math.abs(value) : value);
  }
  return { of, items, values, most };
}

function meanRow(weights: HeadWeights): Float32Array | null {
  const { rows, columns } = weights;
  const whole = { rows: { first: 0, count: rows }, columns: { first: 0, count: columns } };
  return weights.tile({ ...whole, height: 1, width: columns, pooling: 'mean' })?.values ?? null;
}

function together(weights: HeadWeights, of: Axis, items: readonly number[], how: Together): ArrayLike<number> | null {
  const sum = chosenSum(weights, of, items);
  return how === 'sum' || items.length === 1 ? sum : (sum?.map((value) => value / items.length) ?? null);
}

/**
 * What a profile shows, in words: `Where "sat" looks`; nothing where it shows nothing.
 * @param one what the first of its tokens is called
 */
export function profileWords(
  { words }: Frame,
  { of, items: { length }, values }: TokenProfile,
  one: SentencePart[],
): SentencePart[] {
  if (length === 0) return values === null ? [] : composed(words.receivedOnAverage);
  const name = length === 1 ? one : composed(filled(of === 'query' ? words.queries : words.keys, length));
  if (of === 'key') return composed(words.whoLooksAt, name);
  return composed(length === 1 ? words.whereLooks : words.whereTheyLook, name);
}

/** The same with what the weights are of: `Where "sat" looks, head 3`. */
export function profileTitle(frame: Frame, profile: TokenProfile, one: SentencePart[]): SentencePart[] {
  const shown = profileWords(frame, profile, one);
  return composed('{0}{1}{2}', shown, shown.length === 0 ? '' : frame.words.comma, frame.title);
}
