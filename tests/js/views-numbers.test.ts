import { describe, expect, it } from 'vitest';
import { cellDigits, countDigits, exactDigits, percent, threeDigits } from '../../web/views/numbers.js';

const NBSP = '\u00a0';

describe('threeDigits', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [1, '1.00'],
    [0.41237893, '0.412'],
    [0.9996, '1.00'],
    [1.8449, '1.84'],
    [12.345, '12.3'],
    [123.4, '123'],
    [1234, '1230'],
    [0.00123456, '0.00123'],
    [0.0000123456, '1.23e-5'],
    [1234567, '1.23e+6'],
    [-2.5, '−2.50'],
    [NaN, 'NaN'],
    [Infinity, '∞'],
    [-Infinity, '−∞'],
  ])('says %d as %s', (value, text) => {
    expect(threeDigits(value)).toBe(text);
  });
});

describe('exactDigits', () => {
  it('keeps every digit of a float32 weight', () => {
    // 0.1 as float32 is exactly 0.100000001490116119384765625; its shortest double is this one.
    expect(exactDigits(Math.fround(0.1))).toBe('0.10000000149011612');
  });

  it('tells the two zeros apart', () => {
    expect(exactDigits(-0)).toBe('-0');
  });
});

describe('percent', () => {
  it.each([
    [0.412, `41${NBSP}%`],
    [1, `100${NBSP}%`],
    [0, `0${NBSP}%`],
    [0.001, `<${NBSP}1${NBSP}%`],
  ])('says %d as %s', (value, text) => {
    expect(percent(value)).toBe(text);
  });
});

describe('cellDigits', () => {
  it.each([
    [0.4123, 2, '0.41'],
    [0.4123, 3, '0.412'],
    [1, 2, '1.00'],
    [0.9999, 2, '1.00'],
    [0, 3, '0'],
    [0.004, 2, '<.01'],
    [0.0004, 3, '<.001'],
    [0.006, 2, '0.01'],
    [-0.5, 2, '−0.50'],
    [12.34, 2, '12'],
    [4321, 2, '4e3'],
    [NaN, 2, 'NaN'],
  ] as const)('fits %d with %d decimals into a cell as %s', (value, decimals, text) => {
    expect(cellDigits(value, decimals)).toBe(text);
  });
});

describe('countDigits', () => {
  it('groups by thousands in every locale', () => {
    expect(countDigits(1048576)).toBe('1\u202f048\u202f576');
    expect(countDigits(999)).toBe('999');
  });
});
