import { describe, expect, it } from 'vitest';
import { percent, readingOf } from '../../web/demo/inputs/image-reading.js';

describe('percent', () => {
  it('keeps two digits', () => {
    expect([1, 0.314, 0.0999, 0.0826, 0.0051, 0].map(percent)).toEqual(
      ['100', '31', '10', '8.3', '0.51', '0'].map((digits) => `${digits}\u00a0%`),
    );
  });
});

describe('readingOf', () => {
  it('names the places that matter, the patch itself as such', () => {
    expect(readingOf(Float32Array.of(0.1, 0.6, 0.25, 0.05), 1, 2)).toBe(
      'r1c2 looks mostly at itself (60\u00a0%) and r2c1 (25\u00a0%).',
    );
    expect(readingOf(Float32Array.of(0, 0, 0, 1), 0, 2)).toBe('r1c1 looks mostly at r2c2 (100\u00a0%).');
  });

  it('says so when it looks everywhere alike', () => {
    expect(readingOf(new Float32Array(4).fill(0.25), 2, 2)).toBe(
      'r2c1 looks at 4 patches almost alike, at most 25\u00a0% each.',
    );
  });

  it('knows rows that are masked whole, or not numbers', () => {
    expect(readingOf(new Float32Array(4), 0, 2)).toBe('r1c1 looks nowhere.');
    expect(readingOf(new Float32Array(4).fill(NaN), 0, 2)).toBe('r1c1 looks nowhere.');
  });
});
