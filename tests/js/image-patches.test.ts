import { describe, expect, it } from 'vitest';
import {
  brightness,
  cutPatches,
  normalisePatches,
  patchName,
  patchNames,
  patchRows,
} from '../../web/demo/inputs/image-patches.js';

/** A picture whose red channel holds the given bytes, row by row; green is 255 less red, blue is 51 (0.2). */
function picture(width: number, red: readonly number[]) {
  const data = new Uint8ClampedArray(red.flatMap((value) => [value, 255 - value, 51, 255]));
  return { data, width, height: red.length / width };
}

describe('cutPatches', () => {
  // Two patches of 2 x 2 beside each other, two below: pixels in reading order of the picture.
  //  0 1 | 2 3
  //  4 5 | 6 7
  //  ----+----
  //  8 9 | 10 11
  // 12 13| 14 15
  const red = Array.from({ length: 16 }, (_, pixel) => pixel * 17);
  const cut = cutPatches(picture(4, red), 2, 3);

  it('lays numbers out as picture, pixel within the patch, patch, channel', () => {
    expect(cut.shape).toEqual([1, 4, 4, 3]);
    const reds = Array.from({ length: 16 }, (_, index) => Math.round((cut.data[index * 3] ?? 0) * 15));
    // Pixel 0 (top left) of patches 0..3, then pixel 1 (top right), 2 (bottom left), 3 (bottom right).
    expect(reds).toEqual([0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15]);
  });

  it('keeps red, green and blue together, in 0..1', () => {
    expect(Array.from(cut.data.subarray(0, 6))).toEqual([
      0,
      1,
      Math.fround(0.2),
      ...[2 / 15, 13 / 15, 0.2].map(Math.fround),
    ]);
  });

  it('weighs channels into one for grey', () => {
    const grey = cutPatches(picture(2, [0, 255, 0, 255]), 2, 1);
    expect(grey.shape).toEqual([1, 4, 1, 1]);
    expect(grey.data[0]).toBeCloseTo(0.7152 + 0.2 * 0.0722, 6);
    expect(grey.data[1]).toBeCloseTo(0.2126 + 0.2 * 0.0722, 6);
  });

  it('refuses pictures that are not whole patches', () => {
    expect(() => cutPatches(picture(3, new Array<number>(9).fill(0)), 2, 3)).toThrow(
      new RangeError('expected a picture of whole 2 x 2 patches, got 3 x 3 pixels'),
    );
  });

  it('cuts pictures that are wider than high', () => {
    const wide = cutPatches(picture(4, [0, 17, 34, 51, 68, 85, 102, 119]), 2, 1);
    expect(wide.shape).toEqual([1, 4, 2, 1]);
  });
});

describe('patchRows', () => {
  it('makes each patch one row: pixel by pixel, channels together', () => {
    // (1, p = 2, n = 3, d = 2); the number says pixel, patch, channel.
    const data = Float32Array.of(0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121);
    const rows = patchRows({ data, shape: [1, 2, 3, 2] });
    expect(rows.shape).toEqual([3, 4]);
    expect(Array.from(rows.data)).toEqual([0, 1, 100, 101, 10, 11, 110, 111, 20, 21, 120, 121]);
  });

  it('takes one picture', () => {
    expect(() => patchRows({ data: new Float32Array(2), shape: [2, 1, 1, 1] })).toThrow('expected one picture, got 2');
  });
});

describe('normalisePatches', () => {
  it('takes the mean patch away and scales what is left to a root mean square of 1', () => {
    // The mean row is (0.5, 0.5); what is left of the rows is (-0.5, 0.5) and (0.5, -0.5), both of size 0.5.
    const { data, shape } = normalisePatches({ data: Float32Array.of(0, 1, 1, 0), shape: [2, 2] });
    expect(shape).toEqual([2, 2]);
    const size = 0.5 / Math.sqrt(0.25 + 1e-4);
    [-size, size, size, -size].forEach((expected, index) => expect(data[index]).toBeCloseTo(expected, 6));
  });

  it('gives zeros, not NaN, for patches that are all the same', () => {
    const { data } = normalisePatches({ data: Float32Array.of(0.25, 0.5, 0.25, 0.5), shape: [2, 2] });
    expect(Array.from(data)).toEqual([0, 0, 0, 0]);
  });

  it('does not blow up noise below a hundredth of the range', () => {
    const { data } = normalisePatches({ data: Float32Array.of(0.5, 0.502), shape: [2, 1] });
    expect(Math.abs(data[0] ?? 1)).toBeLessThan(0.11);
  });

  it('does not mind brightness and contrast', () => {
    const rows = Float32Array.of(0.1, 0.9, 0.9, 0.4, 0.5, 0.2);
    const plain = normalisePatches({ data: rows, shape: [3, 2] });
    const flatter = normalisePatches({ data: rows.map((value) => 0.3 + value / 2), shape: [3, 2] });
    flatter.data.forEach((value, index) => expect(value).toBeCloseTo(plain.data[index] ?? NaN, 1));
  });
});

describe('names', () => {
  it('count rows and columns from 1', () => {
    expect(patchNames(2)).toEqual(['r1c1', 'r1c2', 'r2c1', 'r2c2']);
    expect(patchName(14 * 4 + 9, 14)).toBe('r5c10');
  });
});

describe('brightness', () => {
  it('is 1 for white and mostly green', () => {
    expect(brightness(1, 1, 1)).toBeCloseTo(1, 12);
    expect(brightness(0, 1, 0)).toBe(0.7152);
  });
});
