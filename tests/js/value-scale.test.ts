import { describe, expect, it } from 'vitest';
import { contrast, type Rgb } from '../../web/views/colour-ramp.js';
import { palette } from '../../web/views/palette.js';
import { LOG_RANGE, makeScale, type ScaleRequest, type ValueScale } from '../../web/views/value-scale.js';

function scale(request: Partial<ScaleRequest>): ValueScale {
  return makeScale({ kind: 'linear', domain: [0, 1], palette: palette('light'), ...request });
}

/** Indices of some values, all in rows whose largest is 1 unless told. */
function indices(of: ValueScale, values: number[], rowMax = 1): number[] {
  return values.map((value) => of.index(value, rowMax));
}

describe('a value scale', () => {
  it('is linear between its ends and constant beyond them', () => {
    expect(indices(scale({ domain: [0, 0.5] }), [-1, 0, 0.25, 0.5, 7])).toEqual([0, 0, 128, 255, 255]);
    expect(indices(scale({ domain: [0.2, 0.6] }), [0.1, 0.2, 0.3, 0.6])).toEqual([0, 0, 64, 255]);
  });

  it('takes square roots: a quarter of the upper end is in the middle', () => {
    expect(indices(scale({ kind: 'sqrt', domain: [0, 0.64] }), [0, 0.0064, 0.16, 0.64])).toEqual([0, 26, 128, 255]);
  });

  it('takes logarithms over four decades, zeros at the bottom', () => {
    const log = scale({ kind: 'log', domain: [0, 10] });
    expect(log.domain).toEqual([10 / LOG_RANGE, 10]);
    // 10, 1, 0.1, 0.01 and 0.001 are a quarter of the length apart.
    expect(indices(log, [10, 1, 0.1, 0.01, 0.001, 1e-9, 0, -1])).toEqual([255, 191, 128, 64, 0, 0, 0, 0]);
    expect(indices(scale({ kind: 'log', domain: [0.01, 1] }), [0.01, 0.1, 1])).toEqual([0, 128, 255]);
  });

  it('measures each row by its own largest', () => {
    const row = scale({ kind: 'row', domain: [0, 0.9] });
    expect(row.domain).toEqual([0, 1]);
    expect(indices(row, [0.1, 0.2], 0.2)).toEqual([128, 255]);
    expect(indices(row, [0.2], 0.8)).toEqual([64]);
    expect(indices(row, [0], 0)).toEqual([0]);
  });

  it('has one colour where nothing differs', () => {
    for (const kind of ['linear', 'sqrt', 'log', 'row'] as const) {
      expect(indices(scale({ kind, domain: [0, 0] }), [0], 0)).toEqual([0]);
    }
  });

  it('diverges from 0, alike on both sides', () => {
    const both = scale({ domain: [-0.2, 0.8], diverging: true });
    expect(both.domain).toEqual([-0.8, 0.8]);
    expect(indices(both, [-2, -0.8, -0.4, 0.4, 0.8])).toEqual([0, 0, 64, 191, 255]);
    expect(both.ramp).toBe(palette('light').diverging);
    expect(indices(scale({ kind: 'sqrt', domain: [-1, 1], diverging: true }), [-0.25, 0.25])).toEqual([64, 191]);
    expect(indices(scale({ kind: 'log', domain: [-1, 1], diverging: true }), [-0.01, 0.01])).toEqual([64, 191]);
    expect(indices(scale({ kind: 'row', domain: [-1, 1], diverging: true }), [-0.1, 0.1], 0.2)).toEqual([64, 191]);
  });
});

/** How a colour looks without green cones (Viénot, Brettel and Mollon 1999), in linear light. */
function withoutGreen(colour: Rgb): [number, number] {
  const [r, g, b] = colour.map((channel) => (channel / 255) ** 2.2) as [number, number, number];
  const yellow = 0.29275 * r + 0.70725 * g;
  return [yellow, -0.02234 * r + 0.02234 * g + b];
}

describe.each(['light', 'dark'] as const)('the ramp of differences, %s', (theme) => {
  const { diverging, ground } = palette(theme);
  const at = (index: number): Rgb => diverging[index] as Rgb;

  it('is 256 colours, the middle one close to the ground, the ends far from it', () => {
    expect(diverging).toHaveLength(256);
    for (const middle of [127, 128]) expect(contrast(at(middle), ground)).toBeLessThan(1.15);
    for (const end of [0, 255]) expect(contrast(at(end), ground)).toBeGreaterThan(7);
  });

  it('goes away from the ground step by step on both sides, about as far', () => {
    for (let i = 8; i < 128; i += 8) {
      for (const [near, far] of [
        [128 + i - 8, 128 + i],
        [127 - i + 8, 127 - i],
      ] as const) {
        expect(contrast(at(far), ground)).toBeGreaterThan(contrast(at(near), ground));
      }
      expect(contrast(at(127 - i), at(128 + i))).toBeLessThan(1.35);
    }
  });

  it('tells the sides apart without green cones: blue has more of blue, orange of the rest', () => {
    const [lowYellow, lowBlue] = withoutGreen(at(40));
    const [highYellow, highBlue] = withoutGreen(at(215));
    expect(lowBlue - lowYellow - (highBlue - highYellow)).toBeGreaterThan(0.15);
  });
});
