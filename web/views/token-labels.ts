const SYMBOLS: Readonly<Record<string, string>> = { ' ': '␣', '\t': '⇥', '\n': '⏎', '\r': '␍' };

const segmenter =
  typeof Intl === 'object' && 'Segmenter' in Intl ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : null;

function graphemes(text: string): string[] {
  return segmenter === null ? Array.from(text) : Array.from(segmenter.segment(text), (part) => part.segment);
}

/** A token as a reader can see it: line breaks and tabs as symbols, and a token of nothing but blanks as "␣". */
export function visibleToken(token: string): string {
  if (token === '') return '∅';
  const blank = token.trim() === '';
  return token.replace(blank ? /[ \t\n\r]/g : /[\t\n\r]/g, (character) => SYMBOLS[character] ?? character);
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
