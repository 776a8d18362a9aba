import { withoutUnseen } from './token-labels.js';

/** A token as a piece of running text. */
export interface TextPiece {
  /** What is shown of it. Its own blanks are kept; a line break is a visible sign. */
  readonly text: string;
  /** A blank stands before it that is no part of it. */
  readonly gap: boolean;
  /** The line ends after it. */
  readonly breaks: boolean;
}

/** Blanks as tokenisers write them: byte-level BPE's Ġ, SentencePiece's ▁. */
const BLANK = /[Ġ▁]/g;
const CLOSING = /^[.,;:!?%…)\]}’”]/;
/** Scripts that set no blanks between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\u3000-\u303f\uff00-\uffef]/u;

/**
 * Tokens as people read them. Where the tokens bring blanks of their own (" cat", "Ġcat", "▁cat"), nothing is put
 * between them; else they are words, and get blanks between them, but for continued words ("##ing"), closing
 * punctuation, and scripts that set none.
 */
export function flowingText(tokens: readonly string[]): TextPiece[] {
  const ownBlanks = tokens.some((token) => /^[ Ġ▁]./.test(token));
  // What the line ends with so far; null at its start.
  let before: string | null = null;
  return tokens.map((token) => {
    const continued = token.length > 2 && token.startsWith('##');
    const plain = continued ? token.slice(2) : token.replace(BLANK, ' ').replace(/Ċ/g, '\n');
    const unspaced = UNSPACED.test(before?.slice(-1) ?? '') && UNSPACED.test(plain.charAt(0));
    const gap = !ownBlanks && before !== null && !continued && !unspaced && !CLOSING.test(plain);
    const breaks = plain.endsWith('\n');
    before = breaks ? null : plain;
    return { text: withoutUnseen(plain.replace(/\n/g, '⏎')) || '∅', gap, breaks };
  });
}

/** The direction of writing of the first letter in any of some tokens. */
export function directionOf(tokens: readonly string[]): 'ltr' | 'rtl' {
  const letter = /\p{L}/u.exec(tokens.join(' '))?.[0] ?? '';
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u.test(letter)
    ? 'rtl'
    : 'ltr';
}
