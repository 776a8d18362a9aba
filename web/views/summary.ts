import { isDistribution, type RowStatistics } from './row-statistics.js';
import { percent, threeDigits } from './numbers.js';
import type { AxisLabels } from './token-labels.js';

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

function words(text: string): SentencePart {
  return { text, token: false };
}

/** How a sentence names one item: `"cat"`, `"the" (position 4)` where the name occurs twice, `key 4` without names. */
export function itemName(labels: AxisLabels, index: number, role: 'query' | 'key'): SentencePart[] {
  const token = labels.token(index);
  if (token === null) return [words(`${role} ${index}`)];
  const name = [words('"'), { text: token, token: true }, words('"')];
  return labels.repeated(index) ? [...name, words(` (position ${index})`)] : name;
}

/** One plain sentence about a row: `"sat" looks mostly at "cat" (41 %), then "the" (22 %).` */
export function rowSentence(labels: SentenceLabels, query: number, row: RowStatistics): SentencePart[] {
  const subject = itemName(labels.queries, query, 'query');
  const object = (key: number): SentencePart[] =>
    labels.same && key === query ? [words('itself')] : itemName(labels.keys, key, 'key');
  const [first, second] = row.top;
  if (row.invalid) return [...subject, words(' has weights that are not finite numbers.')];
  if (first === undefined) return [...subject, words(' looks at nothing: its row is masked.')];
  if (!isDistribution(row)) {
    const sentence = [
      ...subject,
      words(' is largest at '),
      ...object(first.key),
      words(` (${threeDigits(first.weight)})`),
    ];
    if (second === undefined) return [...sentence, words('.')];
    return [...sentence, words(', then '), ...object(second.key), words(` (${threeDigits(second.weight)}).`)];
  }
  if (second === undefined || percent(first.weight) === percent(1)) {
    return [...subject, words(' looks only at '), ...object(first.key), words(` (${percent(first.weight)}).`)];
  }
  if (first.weight - row.least <= 1e-6) {
    return [...subject, words(` looks at all ${row.open} keys alike (${percent(first.weight)} each).`)];
  }
  return [
    ...subject,
    words(' looks mostly at '),
    ...object(first.key),
    words(` (${percent(first.weight)}), then `),
    ...object(second.key),
    words(` (${percent(second.weight)}).`),
  ];
}

/** A sentence as one string, its tokens wrapped in Unicode isolates (for canvases and accessible names). */
export function plainSentence(parts: readonly SentencePart[]): string {
  return parts.map((part) => (part.token ? `\u2068${part.text}\u2069` : part.text)).join('');
}
