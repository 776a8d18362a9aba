const SYMBOLS: Readonly<Record<string, string>> = { ' ': '␣', '\t': '⇥', '\n': '⏎', '\r': '␍' };

const segmenter =
  typeof Intl === 'object' && 'Segmenter' in Intl ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : null;

function graphemes(text: string): string[] {
  return segmenter === null ? Array.from(text) : Array.from(segmenter.segment(text), (part) => part.segment);
}

/** What turns the direction of writing, joins or parts letters, or is seen by programs alone: the usual short names. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ '\u00ad': 'SHY', '\u061c': 'ALM', '\u200b': 'ZWSP', '\u200c': 'ZWNJ', '\u200d': 'ZWJ', '\u200e': 'LRM' },
  ...{ '\u200f': 'RLM', '\u202a': 'LRE', '\u202b': 'RLE', '\u202c': 'PDF', '\u202d': 'LRO', '\u202e': 'RLO' },
  ...{
    '\u2028': 'LS',
    '\u2029': 'PS',
    '\u2060': 'WJ',
    '\u2066': 'LRI',
    '\u2067': 'RLI',
    '\u2068': 'FSI',
    '\u2069': 'PDI',
    '\ufeff': 'BOM',
  },
};

/** All that is not seen but what SYMBOLS has: controls, and what programs may ignore when they draw. */
const UNSEEN = /(?![\t\n\r])[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029\ufff9-\ufffb]/gu;
/** Has a shape that depends on a joiner after it: letters of scripts that join or stack them, marks, and emoji. */
const JOINS =
  /(?:[\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]|(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}])\p{L})$/u;
const JOINED = /^[\p{L}\p{M}\p{Extended_Pictographic}]/u;

/** Whether an unseen character does what it is for: it joins or parts letters, picks a shape, spells a flag. */
function isAtWork(character: string, before: string, after: string): boolean {
  if (/[\u200c\u200d]/.test(character)) return JOINS.test(before) && JOINED.test(after);
  if (/\p{Variation_Selector}/u.test(character)) return before !== '';
  return /[\u{e0020}-\u{e007f}]/u.test(character) && before.includes('\u{1f3f4}');
}

/** Text whose unseen characters are told by name, as <RLO>, so that nothing is written from another side than it seems. */
export function withoutUnseen(text: string): string {
  return text.replace(UNSEEN, (character, at: number) => {
    const before = text.slice(Math.max(0, at - 16), at);
    if (isAtWork(character, before, text.slice(at + character.length, at + 4))) return character;
    const code = character.codePointAt(0) ?? 0;
    return `<${NAMES[character] ?? `U+${code.toString(16).toUpperCase().padStart(4, '0')}`}>`;
  });
}

/**
 * A token as a reader can see it: line breaks and tabs as symbols, a token of nothing but blanks as "␣", and what is not
 * seen by its name.
 */
export function visibleToken(token: string): string {
  if (token === '') return '∅';
  const blank = token.trim() === '';
  const symbols = token.replace(blank ? /[ \t\n\r]/g : /[\t\n\r]/g, (character) => SYMBOLS[character] ?? character);
  return withoutUnseen(symbols);
}

/** A token cut to so many characters as people count them (an emoji or a letter with its accents is one). */
export function shortToken(token: string, length: number): string {
  const visible = visibleToken(token);
  // A grapheme has at least one code unit, so a short string needs no segmenting, and a long one only its start.
  if (visible.length <= length) return visible;
  const parts = graphemes(visible.slice(0, 16 * (length + 1)));
  return parts.length <= length && visible.length <= 16 * (length + 1)
    ? visible
    : `${parts.slice(0, length - 1).join('')}…`;
}

/** Names of the items along one axis. */
export class AxisLabels {
  readonly #tokens: readonly string[] | null;
  readonly #repeated: ReadonlySet<string>;

  /**
   * @param count number of items
   * @param tokens their names, as many as items; null when they have none
   */
  constructor(
    readonly count: number,
    tokens: readonly string[] | null,
  ) {
    this.#tokens = tokens;
    const seen = new Set<string>();
    const repeated = new Set<string>();
    for (const token of tokens ?? []) (seen.has(token) ? repeated : seen).add(token);
    this.#repeated = repeated;
  }

  /** Whether the items have names of their own. */
  get named(): boolean {
    return this.#tokens !== null;
  }

  /** Label beside the axis: the token, or its index, counted from 0. */
  label(index: number): string {
    const token = this.#tokens?.[index];
    return token === undefined ? String(index) : shortToken(token, 32);
  }

  /** The token as it was given, blanks and all; its index when the items have no names. */
  text(index: number): string {
    return this.#tokens?.[index] ?? String(index);
  }

  /** The token in a sentence, without its quotes; null when the items have no names. */
  token(index: number): string | null {
    const token = this.#tokens?.[index];
    return token === undefined ? null : shortToken(token, 24);
  }

  /** Names of words instead of their sub-words, without the marks "##" at which these were cut. @param starts first item of each */
  merged(starts: readonly number[]): AxisLabels {
    const tokens = this.#tokens;
    const word = (start: number, i: number): string =>
      (tokens ?? [])
        .slice(start, starts[i + 1])
        .map((token, part) => (part > 0 ? token.replace(/^##/, '') : token))
        .join('');
    return new AxisLabels(starts.length, tokens && starts.map(word));
  }

  /** Whether another item has the same name, so that a sentence must say which one is meant. */
  repeated(index: number): boolean {
    const token = this.#tokens?.[index];
    return token !== undefined && this.#repeated.has(token);
  }
}
