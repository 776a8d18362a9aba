import './words-later.js';
import { isDistribution, type RowStatistics } from './row-statistics.js';
import { percent, shareDigits, signedDigits, threeDigits } from './numbers.js';
import type { AxisLabels } from './token-labels.js';
import { composed, itemName, type SentencePart } from './sentence.js';
import { wordsOf, type Words } from './words.js';

/** The names a sentence uses. */
export interface SentenceLabels {
  readonly queries: AxisLabels;
  readonly keys: AxisLabels;
  /** Queries and keys are the same items, so that a query can look at itself. */
  readonly same: boolean;
}

/** What a sentence calls one or several queries (or keys): the item's name, or "the mean of 3 queries". */
export function chosenName(
  labels: AxisLabels,
  chosen: readonly number[],
  role: 'query' | 'key',
  words: Words,
): SentencePart[] {
  if (chosen.length === 1) return itemName(labels, chosen[0] as number, role, words);
  return composed(role === 'query' ? words.meanOfQueries : words.meanOfKeys, String(chosen.length));
}

/**
 * One plain sentence about a row: `"sat" looks mostly at "cat" (41 %), then "the" (22 %).`
 *
 * @param queries the row's query, or all those that it is the mean of
 * @param difference whether the row holds differences of weights
 */
export function rowSentence(
  labels: SentenceLabels,
  queries: readonly number[],
  row: RowStatistics,
  words: Words = wordsOf('en'),
  difference = false,
): SentencePart[] {
  const subject = chosenName(labels.queries, queries, 'query', words);
  const object = (key: number): SentencePart[] =>
    labels.same && queries.length === 1 && key === queries[0]
      ? composed(words.itself)
      : itemName(labels.keys, key, 'key', words);
  const [first, second] = row.top;
  if (row.invalid) return composed(words.invalidRow, subject);
  if (first === undefined) return composed(words.maskedRow, subject);
  if (first.weight === 0 && row.least === 0 && !difference) return composed(words.zeroRow, subject);
  if (!isDistribution(row)) {
    const digits = difference ? signedDigits : threeDigits;
    const [one, two] = difference ? [words.differsAt, words.differsAtThen] : [words.largestAt, words.largestAtThen];
    const parts = [first, second ?? first].flatMap(({ key, weight }) => [object(key), digits(weight)]);
    return composed(second === undefined ? one : two, subject, ...parts);
  }
  const figure = shareDigits(first.weight);
  const share = figure(first.weight);
  if (second === undefined || share === percent(1)) return composed(words.onlyAt, subject, object(first.key), share);
  if (first.weight - row.least <= 1e-6) return composed(words.alike, subject, String(row.open), share);
  return composed(words.mostlyAt, subject, object(first.key), share, object(second.key), figure(second.weight));
}

/** One plain sentence about columns: `"cat" gets most from "sat" (0.41), then "the" (0.22).` */
export function columnSentence(
  labels: SentenceLabels,
  keys: readonly number[],
  column: RowStatistics,
  words: Words = wordsOf('en'),
): SentencePart[] {
  const subject = chosenName(labels.keys, keys, 'key', words);
  const [first, second] = column.top;
  if (column.invalid) return composed(words.invalidRow, subject);
  if (first === undefined) return composed(words.maskedColumn, subject);
  const parts = [first, second ?? first].flatMap(({ key, weight }) => [
    itemName(labels.queries, key, 'query', words),
    threeDigits(weight),
  ]);
  return composed(second === undefined ? words.mostFrom : words.mostFromThen, subject, ...parts);
}

/** The cell with the largest weight, or of a difference the one farthest from 0. */
export interface Link {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
}

/** The mean entropy of a head's rows. */
export interface MeanEntropy {
  /** In bits. */
  readonly bits: number;
  /** Number of rows, and how many of them have weights that are no finite numbers, and so no part in the mean. */
  readonly rows: number;
  readonly invalidRows: number;
}

/**
 * One plain sentence about a whole head: `Strongest link: "sat" → "cat" (0.410); mean entropy 1.92 bits.`
 *
 * @param entropy null where it is not known, or there is none
 * @param difference whether the numbers are differences of weights
 */
export function headSentence(
  labels: SentenceLabels,
  { query, key, weight }: Link,
  entropy: MeanEntropy | null,
  difference = false,
  words: Words = wordsOf('en'),
): SentencePart[] {
  return composed(
    difference ? words.largestDifference : entropy === null ? words.strongest : words.strongestAndEntropy,
    itemName(labels.queries, query, 'query', words),
    itemName(labels.keys, key, 'key', words),
    difference ? signedDigits(weight) : threeDigits(weight),
    threeDigits(entropy?.bits ?? NaN),
  );
}

/** What is to be said besides where some weights are not finite numbers: how many rows are left out of the mean, if there is one. */
export function invalidSentence(entropy: MeanEntropy | null, words: Words = wordsOf('en')): SentencePart[] {
  if (entropy === null || entropy.invalidRows === 0) return composed(words.someInvalid);
  return composed(words.withoutRows, String(entropy.invalidRows), String(entropy.rows));
}
