import { describe, expect, it } from 'vitest';
import { readLine } from '../../web/views/row-statistics.js';
import { MASKED } from '../../web/views/pooling.js';
import { rowSentence } from '../../web/views/summary.js';
import { flowingText } from '../../web/views/flowing-text.js';
import { plainSentence } from '../../web/views/sentence.js';
import { labelledItems, labelStep } from '../../web/views/ticks.js';
import { AxisLabels, shortToken, visibleToken } from '../../web/views/token-labels.js';
import { filled, loadWords, wordsOf } from '../../web/views/words.js';

/** The sentence with ordinary spaces and without the invisible isolates. */
function sentence(row: number[], tokens: string[] | null, options: { query?: number; same?: boolean } = {}): string {
  const line = Float32Array.from(row);
  const labels = new AxisLabels(row.length, tokens);
  const { query = 2, same = false } = options;
  const parts = rowSentence({ queries: labels, keys: labels, same }, [query], readLine(line, 2));
  return parts
    .map(({ text }) => text)
    .join('')
    .replaceAll('\u00a0', ' ');
}

describe('a sentence in Chinese', () => {
  it('has a blank between characters and numbers, and none at quotation marks', async () => {
    await loadWords('zh');
    const words = wordsOf('zh');
    const row = readLine(Float32Array.of(0.1, 0.2, 0.7), 2);
    const of = (tokens: string[] | null): string => {
      const labels = new AxisLabels(3, tokens);
      return rowSentence({ queries: labels, keys: labels, same: false }, [1], row, words)
        .map(({ text }) => text)
        .join('')
        .replaceAll('\u00a0', ' ');
    };
    expect(of(null)).toBe('查询 1 主要看键 2（70 %），其次是键 1（20 %）。');
    expect(of(['1', '垫子', 'x'])).toBe('“垫子”主要看“x”（70 %），其次是“垫子”（20 %）。');
    expect(filled(words.weightsOf, filled(words.head, 3))).toBe('头 3 的注意力权重');
    expect(filled('at {0} of {1}', 1, 'x')).toBe('at 1 of x');
  });
});

describe('the sentence about a row', () => {
  const tokens = ['the', 'cat', 'sat'];

  it('names the two largest weights', () => {
    expect(sentence([0.22, 0.41, 0.37 - 0.2, 0.2], ['the', 'cat', 'sat', 'on'])).toBe(
      '"sat" looks mostly at "cat" (41 %), then "the" (22 %).',
    );
  });

  it('calls a token that looks at itself so', () => {
    expect(sentence([0.1, 0.2, 0.7], tokens, { same: true })).toBe(
      '"sat" looks mostly at itself (70 %), then "cat" (20 %).',
    );
  });

  it('says that one key has it all', () => {
    expect(sentence([0, 1, 0], tokens)).toBe('"sat" looks only at "cat" (100 %).');
    expect(sentence([1], ['a'], { query: 0 })).toBe('"a" looks only at "a" (100 %).');
  });

  it('says that all are alike', () => {
    expect(sentence([1 / 3, 1 / 3, 1 / 3], tokens)).toBe('"sat" looks at all 3 keys alike (33 % each).');
  });

  it('says that a row is masked', () => {
    expect(sentence([MASKED, MASKED, MASKED], tokens)).toBe('"sat" looks at nothing: its row is masked.');
  });

  it('says that a row is 0', () => {
    expect(sentence([0, 0, 0], tokens)).toBe('"sat" looks at nothing: all of its weights are 0.');
    expect(sentence([0, -1, 0], tokens)).toBe('"sat" is largest at "the" (0), then "sat" (0).');
  });

  it('says that a row holds what is no number', () => {
    expect(sentence([NaN, 0, 0], tokens)).toBe('"sat" has weights that are not finite numbers.');
  });

  it('gives numbers instead of shares when the row does not add up to one', () => {
    expect(sentence([3, -1, 0.5], tokens)).toBe('"sat" is largest at "the" (3.00), then "sat" (0.500).');
  });

  it('says which of two tokens with one name is meant', () => {
    expect(sentence([0.6, 0.3, 0.1], ['the', 'the', 'sat'])).toBe(
      '"sat" looks mostly at "the" (position 0) (60 %), then "the" (position 1) (30 %).',
    );
  });

  it('counts where there are no names', () => {
    expect(sentence([0.6, 0.3, 0.1], null)).toBe('query 2 looks mostly at key 0 (60 %), then key 1 (30 %).');
  });

  it('keeps the direction of a token apart from that of the words', () => {
    expect(
      plainSentence([
        { text: 'a ', token: false },
        { text: 'שלום', token: true },
      ]),
    ).toBe('a \u2068שלום\u2069');
  });
});

describe('tokens as a reader can see them', () => {
  it.each([
    ['', '∅'],
    [' ', '␣'],
    ['\n', '⏎'],
    [' \t', '␣⇥'],
    ['a b', 'a b'],
    ['a\nb', 'a⏎b'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ])('%j as %s', (token, text) => {
    expect(visibleToken(token)).toBe(text);
  });

  it.each([
    ['\u202eevil', '<RLO>evil'],
    ['a\u2066b\u2069', 'a<LRI>b<PDI>'],
    ['\u200fשלום', '<RLM>שלום'],
    ['a\u200bb\ufeff', 'a<ZWSP>b<BOM>'],
    ['a\u0000\u0085', 'a<U+0000><U+0085>'],
    ['\u3164', '<U+3164>'],
    ['a\u{e0041}b', 'a<U+E0041>b'],
    ['a\u2028b', 'a<LS>b'],
    // Joiners that join nothing.
    ['e\u200dvil', 'e<ZWJ>vil'],
    ['\u200d', '<ZWJ>'],
    ['\ufe0f', '<U+FE0F>'],
    ['👩\u200d', '👩<ZWJ>'],
  ])('%j, which is not seen, by its name: %s', (token, text) => {
    expect(visibleToken(token)).toBe(text);
    expect(flowingText([token])[0]?.text).toBe(text);
    expect(new AxisLabels(1, [token]).token(0)).toBe(text);
  });

  it.each([
    '👩\u200d💻',
    '👩🏽\u200d🚀',
    '❤\ufe0f',
    '1\ufe0f\u20e3',
    '🏴\u{e0067}\u{e0062}\u{e007f}',
    'क्\u200dष',
    'র\u200d্য',
    'می\u200cخواهم',
    '\u0600',
  ])('%j as it is: what is not seen in it is at work', (token) => {
    expect(visibleToken(token)).toBe(token);
  });

  it('shortens by what people count as characters', () => {
    expect(shortToken('abcdef', 4)).toBe('abc…');
    expect(shortToken('abcd', 4)).toBe('abcd');
    // Four flags: 16 code units, but 4 characters.
    expect(shortToken('🇫🇮🇸🇪🇳🇴🇩🇰', 4)).toBe('🇫🇮🇸🇪🇳🇴🇩🇰');
    expect(shortToken('🇫🇮🇸🇪🇳🇴🇩🇰🇮🇸', 4)).toBe('🇫🇮🇸🇪🇳🇴…');
  });

  it('is quick with a very long token', () => {
    expect(shortToken('x'.repeat(5_000_000), 24)).toBe(`${'x'.repeat(23)}…`);
  });
});

describe('labels along an axis', () => {
  it('are the indices where there are no tokens', () => {
    const labels = new AxisLabels(3, null);
    expect([labels.named, labels.label(2), labels.token(2)]).toEqual([false, '2', null]);
  });

  it('know which names occur twice', () => {
    const labels = new AxisLabels(3, ['a', 'b', 'a']);
    expect([0, 1, 2].map((index) => labels.repeated(index))).toEqual([true, false, true]);
  });

  it.each([
    [16, 1],
    [15, 1],
    [14, 2],
    [5, 5],
    [2, 10],
    [0.6, 50],
    [0.1, 200],
  ])('with %d pixels per item every %d-th has room', (cell, step) => {
    expect(labelStep(cell)).toBe(step);
  });

  it('start with the first item', () => {
    expect(labelledItems(11, 5)).toEqual([0, 5, 10]);
    expect(labelledItems(0, 5)).toEqual([]);
  });
});
