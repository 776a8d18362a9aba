import { describe, expect, it } from 'vitest';
import { parsedNumber, shortestFloat } from '../../web/element/panels/explainer/number-text.js';
import { MASKED } from '../../web/views/pooling.js';
import { entropyOf, rankIn, readLine, sumOfLines } from '../../web/views/row-statistics.js';
import { columnSentence, headSentence, invalidSentence, rowSentence } from '../../web/views/summary.js';
import { type SentencePart } from '../../web/views/sentence.js';
import { AxisLabels } from '../../web/views/token-labels.js';

const tokens = new AxisLabels(4, ['the', 'cat', 'sat', 'on']);
const labels = { queries: tokens, keys: tokens, same: true };

const plain = (parts: SentencePart[]): string =>
  parts
    .map(({ text }) => text)
    .join('')
    .replaceAll('\u00a0', ' ');

describe('the sentence about', () => {
  it('a whole head names its strongest link and its mean entropy', () => {
    const link = { query: 2, key: 1, weight: 0.4123 };
    expect(plain(headSentence(labels, link, { bits: 1.9219, rows: 4, invalidRows: 0 }))).toBe(
      'Strongest link: "sat" → "cat" (0.412); mean entropy 1.92 bits.',
    );
    expect(plain(headSentence(labels, link, null))).toBe('Strongest link: "sat" → "cat" (0.412).');
  });

  it('weights that are not finite says how many rows are left out of the mean, where there is one', () => {
    expect(plain(invalidSentence({ bits: 1, rows: 4, invalidRows: 1 }))).toBe(
      'Left out of the mean: 1 of 4 rows with weights that are not finite numbers.',
    );
    expect(plain(invalidSentence(null))).toBe('Some weights are not finite numbers.');
    // Nobody counted them.
    expect(plain(invalidSentence({ bits: 1, rows: 4, invalidRows: 0 }))).toBe('Some weights are not finite numbers.');
  });

  it('a difference has signs', () => {
    expect(plain(headSentence(labels, { query: 0, key: 3, weight: -0.25 }, null, true))).toBe(
      'Largest difference: "the" → "on" (−0.250).',
    );
    const row = readLine([0.1, -0.3, 0.05, 0.15], 2, true);
    expect(plain(rowSentence(labels, [2], row, undefined, true))).toBe(
      '"sat" differs most at "cat" (−0.300), then "on" (+0.150).',
    );
    expect(plain(rowSentence(labels, [2], readLine([MASKED, 0.5, MASKED, MASKED], 2, true), undefined, true))).toBe(
      '"sat" differs most at "cat" (+0.500).',
    );
  });

  it('a long row has numbers where shares would all be less than one percent', () => {
    const many = readLine(
      Array.from({ length: 1000 }, (_, i) => (i === 1 ? 0.002 : 0.998 / 999)),
      2,
    );
    expect(plain(rowSentence(labels, [2], many))).toBe('"sat" looks mostly at "cat" (0.00200), then "the" (0.000999).');
    const even = readLine(Array<number>(1000).fill(0.001), 2);
    expect(plain(rowSentence(labels, [2], even))).toBe('"sat" looks at all 1000 keys alike (0.00100 each).');
  });

  it('several queries is about the mean of their rows', () => {
    const row = readLine([0.1, 0.6, 0.3, 0], 2);
    expect(plain(rowSentence(labels, [0, 1, 3], row))).toBe(
      'The mean of 3 queries looks mostly at "cat" (60 %), then "sat" (30 %).',
    );
    // No query is its own key where there are several.
    expect(plain(rowSentence(labels, [1], row))).toBe('"cat" looks mostly at itself (60 %), then "sat" (30 %).');
  });

  it('a key says who looks at it, in weights, because columns are no shares', () => {
    expect(plain(columnSentence(labels, [1], readLine([0.1, 0.9, MASKED, 0.85], 2)))).toBe(
      '"cat" gets most from "cat" (0.900), then "on" (0.850).',
    );
    expect(plain(columnSentence(labels, [1, 2], readLine([0.3], 2)))).toBe(
      'The mean of 2 keys gets most from "the" (0.300).',
    );
    expect(plain(columnSentence(labels, [3], readLine([MASKED, MASKED], 2)))).toBe(
      '"on" is looked at by nothing: its column is masked.',
    );
    expect(plain(columnSentence(labels, [3], readLine([NaN, 1], 2)))).toBe(
      '"on" has weights that are not finite numbers.',
    );
  });
});

describe('a line of weights', () => {
  it('leaves out what is masked', () => {
    const line = readLine([MASKED, 0.25, MASKED, 0.75], 5);
    expect(line).toEqual({
      top: [
        { key: 3, weight: 0.75 },
        { key: 1, weight: 0.25 },
      ],
      open: 2,
      sum: 1,
      least: 0.25,
      invalid: false,
    });
    expect(rankIn([MASKED, 0.25, MASKED, 0.75], 1)).toBe(2);
  });

  it('keeps the largest of many, the first of equal ones first', () => {
    const line = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5];
    expect(readLine(line, 4).top.map(({ key }) => key)).toEqual([5, 7, 4, 8]);
    const signed = line.map((weight, i) => (i % 2 === 1 ? -weight : weight));
    expect(readLine(signed, 3, true).top).toEqual([
      { key: 5, weight: -9 },
      { key: 7, weight: -6 },
      { key: 4, weight: 5 },
    ]);
  });

  it('has an entropy in bits', () => {
    expect(entropyOf([0.25, 0.25, 0.25, 0.25])).toBe(2);
    expect(entropyOf([0.5, 0.25, 0.25, 0, MASKED])).toBe(1.5);
    expect(entropyOf([1])).toBe(0);
  });

  it('adds up with others; what is masked in all of them stays so', () => {
    const sum = sumOfLines([
      [MASKED, MASKED, 0.5, 1],
      [MASKED, 0.25, 0.25, NaN],
    ]);
    expect(Array.from(sum)).toEqual([MASKED, 0.25, 0.75, NaN]);
  });
});

describe('a number in a field', () => {
  it('is as short as it can be', () => {
    expect(shortestFloat(Math.fround(0.1))).toBe('0.1');
    expect(shortestFloat(Math.fround(-1.2345678))).toBe('-1.2345678');
    expect(shortestFloat(0)).toBe('0');
    expect(shortestFloat(NaN)).toBe('NaN');
    expect(shortestFloat(Math.fround(1e-20))).toBe('1e-20');
  });

  it.each([
    ['-1.5', -1.5],
    [' −1,5 ', -1.5],
    ['1e-3', 0.001],
    ['', null],
    ['-', null],
    ['abc', null],
    ['1e39', null],
    ['Infinity', null],
  ])('%j is %s', (text, value) => {
    expect(parsedNumber(text)).toBe(value);
  });
});
