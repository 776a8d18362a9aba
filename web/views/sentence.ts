import type { AxisLabels } from './token-labels.js';
import { gap, wordsOf, type Words } from './words.js';

/** A piece of a sentence: plain words, or a token, which must be kept apart from the words' direction of writing. */
export interface SentencePart {
  readonly text: string;
  readonly token: boolean;
}

/** Puts pieces of a sentence where a pattern has {0}, {1} ... */
export function composed(pattern: string, ...parts: readonly (string | readonly SentencePart[])[]): SentencePart[] {
  const pieces = pattern.split(/(\{\d\})/).flatMap((text): readonly SentencePart[] => {
    const part = /^\{\d\}$/.test(text) ? parts[Number(text[1])] : text;
    if (typeof part === 'object') return part;
    return part === undefined || part === '' ? [] : [{ text: part, token: false }];
  });
  return pieces.map((piece, i) => {
    const before = pieces[i - 1];
    const blank = before === undefined || before.token || piece.token ? '' : gap(before.text, piece.text);
    return blank === '' ? piece : { ...piece, text: blank + piece.text };
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

/** A sentence as one string, its tokens wrapped in Unicode isolates (for canvases and accessible names). */
export function plainSentence(parts: readonly SentencePart[]): string {
  return parts.map((part) => (part.token ? `\u2068${part.text}\u2069` : part.text)).join('');
}
