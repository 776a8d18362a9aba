import { isDistribution, type RowStatistics } from './row-statistics.js';
import { percent, threeDigits } from './numbers.js';
import type { AxisLabels } from './token-labels.js';
import { wordsOf, type Words } from './words.js';

/** A piece of a sentence: plain words, or a token, which must be kept apart from the words' direction of writing. */
export interface SentencePart {
  readonly text: string;
  readonly token: boolean;
}

/** The names a sentence uses. */
export interface SentenceLabels {
  readonly queries: AxisLabels;
  readonly keys: AxisLabels;
  /** Queries and keys are the same items, so that a query can look at itself. */
  readonly same: boolean;
}

/** Puts pieces of a sentence where a pattern has {0}, {1} ... */
export function composed(pattern: string, ...parts: readonly (string | readonly SentencePart[])[]): SentencePart[] {
  return pattern.split(/(\{\d\})/).flatMap((text): readonly SentencePart[] => {
    const part = /^\{\d\}$/.test(text) ? parts[Number(text[1])] : text;
    if (typeof part === 'object') return part;
    return part === undefined || part === '' ? [] : [{ text: part, token: false }];
  });
}

/** How a sentence names one item: `"cat"`, `"the" (position 4)` where the name occurs twice, `key 4` without names. */
export function itemName(
  labels: AxisLabels,
  index: number,
  role: 'query' | 'key',
  words: Words = wordsOf('en'),
): SentencePart[] {
  const token = labels.token(index);
  if (token === null) return composed(words[`${role}Item`], String(index));
  const name = [{ text: token, token: true }];
  return labels.repeated(index) ? composed(words.repeatedToken, name, String(index)) : composed(words.token, name);
}

/** One plain sentence about a row: `"sat" looks mostly at "cat" (41 %), then "the" (22 %).` */
export function rowSentence(
  labels: SentenceLabels,
  query: number,
  row: RowStatistics,
  words: Words = wordsOf('en'),
): SentencePart[] {
  const subject = itemName(labels.queries, query, 'query', words);
  const object = (key: number): SentencePart[] =>
    labels.same && key === query ? composed(words.itself) : itemName(labels.keys, key, 'key', words);
  const [first, second] = row.top;
  if (row.invalid) return composed(words.invalidRow, subject);
  if (first === undefined) return composed(words.maskedRow, subject);
  if (!isDistribution(row)) {
    const largest = threeDigits(first.weight);
    return second === undefined
      ? composed(words.largestAt, subject, object(first.key), largest)
      : composed(
          words.largestAtThen,
          subject,
          object(first.key),
          largest,
          object(second.key),
          threeDigits(second.weight),
        );
  }
  const share = percent(first.weight);
  if (second === undefined || share === percent(1)) return composed(words.onlyAt, subject, object(first.key), share);
  if (first.weight - row.least <= 1e-6) return composed(words.alike, subject, String(row.open), share);
  return composed(words.mostlyAt, subject, object(first.key), share, object(second.key), percent(second.weight));
}

/** A sentence as one string, its tokens wrapped in Unicode isolates (for canvases and accessible names). */
export function plainSentence(parts: readonly SentencePart[]): string {
  return parts.map((part) => (part.token ? `\u2068${part.text}\u2069` : part.text)).join('');
}
