import { describe, expect, it } from 'vitest';
import { layOutStrip, placesInSight } from '../../web/element/panels/strip/strip-layout.js';
import { palette, pixel } from '../../web/views/palette.js';
import { MASKED } from '../../web/views/pooling.js';
import { rasterSmall } from '../../web/views/small-raster.js';
import { makeScale } from '../../web/views/value-scale.js';

const square = { queries: 100, keys: 100, sorted: false, room: 1000 };

describe('the strip of heads', () => {
  it('is one line where layers are not told apart, however many heads there are', () => {
    for (const heads of [2, 8, 2048]) {
      expect(layOutStrip({ ...square, heads, layers: 1 })).toMatchObject({
        layered: false,
        columns: heads,
        rows: 1,
        width: 56,
      });
    }
  });

  it('is a grid of layers and heads, all in sight at 12 x 12 even on a phone', () => {
    for (const room of [328, 1000]) {
      const layout = layOutStrip({ ...square, heads: 144, layers: 12, room });
      expect(layout).toMatchObject({ layered: true, columns: 12, rows: 12 });
      expect(layout.itemWidth).toBeGreaterThanOrEqual(24);
      expect(12 * layout.itemWidth + 48).toBeLessThanOrEqual(room + 8);
      expect(placesInSight(layout, 144, { left: 0, top: 0, width: room, height: 440 })).toHaveLength(144);
    }
  });

  it('has only what is in sight of 48 x 64', () => {
    const layout = layOutStrip({ ...square, heads: 48 * 64, layers: 48 });
    const { itemWidth, itemHeight } = layout;
    const sight = { left: 10 * itemWidth, top: 20 * itemHeight, width: 5 * itemWidth, height: 2 * itemHeight };
    const places = placesInSight(layout, 48 * 64, sight);
    const rows = [...new Set(places.map((place) => Math.floor(place / 64)))];
    const columns = [...new Set(places.map((place) => place % 64))];
    expect(rows).toEqual([19, 20, 21, 22]);
    expect(columns).toEqual([9, 10, 11, 12, 13, 14, 15]);
  });

  it('has no place beyond the last head', () => {
    const layout = layOutStrip({ ...square, heads: 20, layers: 2, sorted: true });
    expect(layout).toMatchObject({ layered: false, columns: 15, rows: 2 });
    const places = placesInSight(layout, 20, { left: 0, top: 0, width: 1000, height: 440 });
    expect(places).toEqual(Array.from({ length: 20 }, (_, place) => place));
  });

  it('scrolls by whole lines where not all have room', () => {
    const sorted = layOutStrip({ ...square, heads: 144, layers: 12, sorted: true });
    // 4 lines of 104 pixels, and 4 above them; a fifth would be cut at 440.
    expect(sorted).toMatchObject({ rows: 10, itemHeight: 104, scrollHeight: 420 });
    expect(layOutStrip({ ...square, heads: 60, layers: 12, sorted: true })).toMatchObject({
      rows: 4,
      scrollHeight: null,
    });
    expect(layOutStrip({ ...square, heads: 144, layers: 1, sorted: true }).scrollHeight).toBeNull();
    const many = layOutStrip({ ...square, heads: 48 * 8, layers: 48 });
    expect(((many.scrollHeight ?? 0) - 36) % many.itemHeight).toBe(0);
  });

  it('keeps the proportions of the matrix, but never makes it a mere line', () => {
    expect(layOutStrip({ ...square, heads: 4, layers: 1, queries: 50 })).toMatchObject({ width: 56, height: 28 });
    expect(layOutStrip({ ...square, heads: 4, layers: 1, queries: 1 })).toMatchObject({ width: 56, height: 14 });
  });
});

describe('a small picture', () => {
  const colours = palette('light');
  const scale = makeScale({ kind: 'linear', domain: [0, 1], palette: colours });
  const paint = (values: number[], columns: number, width: number, height: number): number[] => {
    const words = new Uint32Array(width * height);
    const grid = { values: Float32Array.from(values), rows: values.length / columns, columns };
    rasterSmall({ words, width }, height, grid, scale, colours, 1);
    return [...words];
  };
  const colour = (index: number): number => pixel(colours.ramp[index] ?? [0, 0, 0]);

  it('shows the largest of the cells that share a pixel', () => {
    expect(paint([0, 0.2, 1, 0, 0, 0.6, 0, 0], 4, 2, 1)).toEqual([colour(153), colour(255)]);
  });

  it('repeats a cell over all of its pixels', () => {
    expect(paint([0, 1], 2, 4, 2)).toEqual([0, 0, 255, 255, 0, 0, 255, 255].map(colour));
  });

  it('tells masked cells from 0, and lets what is not a number win', () => {
    const [masked, ...rest] = paint([MASKED, 0, NaN, 1], 4, 4, 1);
    expect(masked).toBe(pixel(colours.hatch));
    expect(rest).toEqual([colour(0), expect.anything(), colour(255)]);
    expect(paint([NaN, 1], 2, 1, 1)).toEqual([pixel(colours.invalid)]);
    expect(paint([1, NaN], 2, 1, 1)).toEqual([pixel(colours.invalid)]);
    expect(paint([MASKED, 0], 2, 1, 1)).toEqual([colour(0)]);
  });
});
