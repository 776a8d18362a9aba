import { describe, expect, it } from 'vitest';
import { decodeStrokes, encodeStrokes, type Stroke } from '../../web/demo/inputs/image-strokes.js';

describe('encodeStrokes', () => {
  it('writes ink, pen, the first point and the ways to the next', () => {
    // Ink 1 = B, pen 2 = C, x 70 = 1 * 64 + 6 = BG, y 5 = AF; then +1 = h (33), -2 = e (30).
    expect(encodeStrokes([{ ink: 1, pen: 2, points: [70, 5, 71, 3] }])).toBe('BCBGAFhe');
  });

  it('separates strokes with full stops, and writes a dot as its point', () => {
    const dot: Stroke = { ink: 0, pen: 0, points: [255, 0] };
    expect(encodeStrokes([dot, dot])).toBe('AAD_AA.AAD_AA');
    expect(encodeStrokes([])).toBe('');
  });

  it('cuts long ways into steps that arrive', () => {
    const text = encodeStrokes([{ ink: 0, pen: 1, points: [0, 0, 255, 130] }]);
    const points = decodeStrokes(text)?.[0]?.points ?? [];
    expect(points.slice(0, 2)).toEqual([0, 0]);
    expect(points.slice(-2)).toEqual([255, 130]);
    expect(points.length / 2 - 1).toBe(Math.ceil(255 / 31));
  });

  it('is read back as it was', () => {
    const strokes: Stroke[] = [
      { ink: 4, pen: 1, points: [12, 200, 20, 190, 51, 221, 51, 190] },
      { ink: 2, pen: 0, points: [0, 255] },
    ];
    expect(decodeStrokes(encodeStrokes(strokes))).toEqual(strokes);
  });
});

describe('decodeStrokes', () => {
  it.each([
    ['characters that are no digits', 'AA AAAA'],
    ['markup', '<img src=x>'],
    ['a stroke that is cut off', 'AABG'],
    ['half a step', 'BCBGAFh'],
    ['an ink that there is not', '_AAAAA'],
    ['a pen that there is not', 'A_AAAA'],
    ['a point outside', 'AA__AA'],
    ['a way that leaves the picture', 'AAAAAAAA'],
    ['an empty stroke', 'AAAAAA..AAAAAA'],
  ])('refuses %s', (_, text) => {
    expect(decodeStrokes(text)).toBeNull();
  });

  it('reads nothing as no strokes', () => {
    expect(decodeStrokes('')).toEqual([]);
  });
});
