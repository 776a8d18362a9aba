import { describe, expect, it } from 'vitest';
import { cellEdges, cellGeometry } from '../../web/views/cell-geometry.js';
import { colourRamp, contrast, luminance, RAMP_STEPS, type Rgb } from '../../web/views/colour-ramp.js';
import { inkOn, palette, pixel } from '../../web/views/palette.js';
import { MASKED, type Missing, type PooledGrid } from '../../web/views/pooling.js';
import { evenEdges, rasterRows } from '../../web/views/raster.js';
import { makeScale } from '../../web/views/value-scale.js';

/** CIE 1976 lightness, 0..100, of a relative luminance: a measure of its own, not the one the ramp is built with. */
function cieLightness(y: number): number {
  return y > 216 / 24389 ? 116 * Math.cbrt(y) - 16 : (24389 / 27) * y;
}

function linear(channel: number): number {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Severe colour-vision deficiencies, linear RGB to linear RGB: Machado, Oliveira and Fernandes 2009, severity 1.0. */
const DEFICIENCIES = {
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function seen(colour: Rgb, matrix: readonly number[]): number {
  const rgb = colour.map(linear);
  const row = (r: number): number =>
    Math.max(
      0,
      [0, 1, 2].reduce((sum, c) => sum + (matrix[3 * r + c] ?? 0) * (rgb[c] ?? 0), 0),
    );
  return 0.2126 * row(0) + 0.7152 * row(1) + 0.0722 * row(2);
}

describe.each(['light', 'dark'] as const)('the ramp on a %s ground', (theme) => {
  const ramp = colourRamp(theme);
  const direction = theme === 'light' ? -1 : 1;
  const steps = (lightness: number[]): number[] =>
    lightness.slice(1).map((value, i) => direction * (value - (lightness[i] ?? 0)));

  it('has 256 colours from nothing to the most', () => {
    expect(ramp).toHaveLength(RAMP_STEPS);
    expect(contrast(ramp[0] ?? [0, 0, 0], ramp[255] ?? [0, 0, 0])).toBeGreaterThan(9);
  });

  it('gets steadily darker on paper, lighter in the dark', () => {
    const lightness = ramp.map((colour) => cieLightness(luminance(colour)));
    // A step may lose a rounding of 8 bits, not more.
    expect(Math.min(...steps(lightness))).toBeGreaterThan(-0.25);
    // Equal steps of the ramp look equal: each eighth of it is within 40 % of the mean.
    const eighths = [0, 1, 2, 3, 4, 5, 6, 7].map(
      (i) =>
        direction * ((lightness[Math.round((255 * (i + 1)) / 8)] ?? 0) - (lightness[Math.round((255 * i) / 8)] ?? 0)),
    );
    const mean = eighths.reduce((a, b) => a + b) / 8;
    expect(Math.max(...eighths) / mean).toBeLessThan(1.4);
    expect(Math.min(...eighths) / mean).toBeGreaterThan(0.6);
  });

  it.each(Object.entries(DEFICIENCIES))('keeps its order under %s', (_name, matrix) => {
    const lightness = ramp.filter((_, i) => i % 5 === 0).map((colour) => cieLightness(seen(colour, matrix)));
    expect(Math.min(...steps(lightness))).toBeGreaterThan(0);
  });

  it('carries readable numbers everywhere', () => {
    expect(Math.min(...ramp.map((colour) => contrast(colour, inkOn(colour))))).toBeGreaterThanOrEqual(4.5);
  });
});

describe('the scale', () => {
  it.each([
    [0, 1, 0],
    [1, 1, 255],
    [0.5, 1, 128],
    [-3, 1, 0],
    [2, 1, 255],
    [0.2, 0.4, 128],
    [0, 0, 0],
  ])('draws %d of 0..%d with colour %d', (value, max, index) => {
    const scale = makeScale({ kind: 'linear', domain: [0, max], palette: palette('light') });
    expect(scale.index(value, 1)).toBe(index);
  });

  it('packs red first in memory', () => {
    expect(Array.from(new Uint8Array(Uint32Array.of(pixel([1, 2, 3])).buffer))).toEqual([1, 2, 3, 255]);
  });
});

describe('cell edges', () => {
  it('share the pixels out without a gap', () => {
    expect(Array.from(evenEdges(3, 9))).toEqual([0, 3, 6, 9]);
    expect(Array.from(evenEdges(4, 10))).toEqual([0, 3, 5, 8, 10]);
  });
});

describe('cell sizes', () => {
  const space = { width: 640, height: 600, pixelRatio: 1 };

  it('are square and as large as the room allows', () => {
    const geometry = cellGeometry({ ...space, rows: 10, columns: 10 });
    expect([geometry.cellWidth, geometry.cellHeight, geometry.width]).toEqual([60, 60, 600]);
  });

  it('are bounded for a tiny matrix', () => {
    expect(cellGeometry({ ...space, rows: 1, columns: 1 }).cellWidth).toBe(88);
  });

  it.each([1, 1.5, 2, 3])('are whole device pixels at ratio %d', (pixelRatio) => {
    const { cellWidth, pixelWidth, width } = cellGeometry({ ...space, pixelRatio, rows: 50, columns: 50 });
    expect(cellWidth * pixelRatio).toBeCloseTo(Math.round(cellWidth * pixelRatio), 9);
    expect(width * pixelRatio).toBeCloseTo(pixelWidth, 9);
  });

  it('keep a readable size up to 64 items, and the picture pans', () => {
    const geometry = cellGeometry({ ...space, width: 200, rows: 30, columns: 30 });
    expect(geometry.cellWidth).toBe(16);
    expect(geometry.width).toBe(480);
  });

  it('shrink below a pixel for long sequences, and the picture still fits', () => {
    const geometry = cellGeometry({ ...space, rows: 4096, columns: 4096 });
    expect(geometry.width).toBeLessThanOrEqual(640);
    expect(geometry.height).toBeLessThanOrEqual(600);
    expect([geometry.pixelWidth, geometry.pixelHeight]).toEqual([600, 600]);
  });

  it('stay square when width and height nearly fit', () => {
    const geometry = cellGeometry({ ...space, height: 560, rows: 40, columns: 40 });
    expect([geometry.cellWidth, geometry.cellHeight]).toEqual([14, 14]);
  });

  it('keep few rows readable beside many columns', () => {
    const geometry = cellGeometry({ ...space, rows: 3, columns: 400 });
    expect(geometry.cellHeight).toBe(16);
    expect(geometry.width).toBeLessThanOrEqual(640);
  });

  it('are set apart only where they are large enough', () => {
    const large = cellGeometry({ ...space, rows: 10, columns: 10 });
    const small = cellGeometry({ ...space, rows: 200, columns: 200 });
    expect([cellEdges(large, 10, 10).gap, cellEdges(small, 200, 200).gap]).toEqual([1, 0]);
  });
});

describe('the raster', () => {
  const colours = palette('light');
  const scale = makeScale({ kind: 'linear', domain: [0, 1], palette: colours });
  const grid = (values: number[], columns: number): PooledGrid => ({
    values: Float32Array.from(values),
    rows: values.length / columns,
    columns,
  });
  const paint = (of: PooledGrid, size: number, gap: number): Uint32Array => {
    const width = of.columns * size;
    const height = of.rows * size;
    const words = new Uint32Array(width * height);
    const edges = { x: evenEdges(of.columns, width), y: evenEdges(of.rows, height), gap, pixelRatio: 1 };
    rasterRows({ words, width }, of, edges, colours, scale, 0, of.rows);
    return words;
  };
  const word = (colour: Rgb | undefined): number => pixel(colour ?? [0, 0, 0]);

  it('fills every cell with one colour of the ramp', () => {
    const least = word(colours.ramp[0]);
    const most = word(colours.ramp[255]);
    expect(Array.from(paint(grid([0, 1, 1, 0], 2), 2, 0))).toEqual([
      ...[least, least, most, most],
      ...[least, least, most, most],
      ...[most, most, least, least],
      ...[most, most, least, least],
    ]);
  });

  it('leaves a line of ground between cells', () => {
    const ground = word(colours.ground);
    const most = word(colours.ramp[255]);
    expect(Array.from(paint(grid([1], 1), 3, 1))).toEqual([
      ...[most, most, ground],
      ...[most, most, ground],
      ...[ground, ground, ground],
    ]);
  });

  it('draws masked, invalid and zero cells apart', () => {
    const kinds = [MASKED, NaN, 0].map((value) => new Set(paint(grid([value], 1), 12, 0)));
    expect(kinds).toEqual([
      new Set([word(colours.hatch), word(colours.ground)]),
      new Set([word(colours.invalid), word(colours.ground)]),
      new Set([word(colours.ramp[0])]),
    ]);
  });

  it('draws hidden cells with dots, and nothing of those that are left out', () => {
    const drawn = (why: Missing): Uint32Array => {
      const words = new Uint32Array(144);
      const edges = { x: evenEdges(1, 12), y: evenEdges(1, 12), gap: 0, pixelRatio: 1 };
      rasterRows({ words, width: 12 }, grid([MASKED], 1), edges, colours, scale, 0, 1, () => why);
      return words;
    };
    expect(new Set(drawn('leftOut'))).toEqual(new Set([word(colours.ground)]));
    // Four dots of 2 x 2 pixels.
    expect(drawn('hidden').filter((one) => one === word(colours.hatch))).toHaveLength(16);
    expect(drawn('masked')).toEqual(paint(grid([MASKED], 1), 12, 0));
  });

  it('hatches along one direction', () => {
    const words = paint(grid([MASKED], 1), 12, 0);
    const hatch = word(colours.hatch);
    for (let y = 0; y < 11; ++y) {
      for (let x = 1; x < 12; ++x) expect(words[(y + 1) * 12 + x - 1] === hatch).toBe(words[y * 12 + x] === hatch);
    }
  });

  it('is the same painted at once and row by row', () => {
    const of = grid([0, 0.5, MASKED, NaN, 1, 0.2], 2);
    const whole = paint(of, 5, 1);
    const words = new Uint32Array(whole.length);
    const edges = { x: evenEdges(2, 10), y: evenEdges(3, 15), gap: 1, pixelRatio: 1 };
    for (let row = 0; row < 3; ++row) rasterRows({ words, width: 10 }, of, edges, colours, scale, row, row + 1);
    expect(words).toEqual(whole);
  });
});
