/** A run of Han or kana: written without blanks, so each character is a token. */
const UNSPACED = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\u30FC\\u3005';
/** An unspaced run, a word (with inner apostrophes and hyphens), a number, or a run of other marks. */
const PIECES = new RegExp(
  `[${UNSPACED}]+|(?:(?![${UNSPACED}])[\\p{L}\\p{M}\\p{N}])+(?:['’\\-.](?:(?![${UNSPACED}])[\\p{L}\\p{M}\\p{N}])+)*|[^\\s\\p{L}\\p{M}\\p{N}]+|\\p{M}+`,
  'gu',
);
const STARTS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');
const STARTS_WORD = /^[\p{L}\p{N}]/u;

/** What a reader sees as one character, where the browser can tell; code points where it cannot. */
function characters(text: string): string[] {
  if (typeof Intl.Segmenter !== 'function') return [...text];
  return [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment);
}

/**
 * Words, numbers and marks of a text; Chinese and Japanese character by character.
 * Stops after `limit` tokens: the rest is not looked at.
 */
export function tokenise(text: string, limit: number): string[] {
  const tokens: string[] = [];
  for (const [piece] of text.matchAll(PIECES)) {
    if (STARTS_WORD.test(piece) && !STARTS_UNSPACED.test(piece)) tokens.push(piece);
    else tokens.push(...characters(piece.slice(0, 4 * limit)));
    if (tokens.length >= limit) break;
  }
  return tokens.slice(0, limit);
}
