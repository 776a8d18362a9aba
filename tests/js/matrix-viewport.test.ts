import { describe, expect, it } from 'vitest';
import { layOutMatrix } from '../../web/element/panels/matrix/matrix-layout.js';
import {
  cellsPerPixel,
  itemAt,
  largestZoom,
  levelOf,
  runs,
  seen,
  tilesSeen,
  tileSpan,
  Viewport,
  type SeenAxis,
} from '../../web/element/panels/matrix/viewport.js';
import { cellGeometry, type CellGeometry } from '../../web/views/cell-geometry.js';
import { AxisLabels } from '../../web/views/token-labels.js';

const geometryOf = (rows: number, columns: number, side: number, pixelRatio = 1): CellGeometry =>
  cellGeometry({ rows, columns, width: side, height: side, pixelRatio });

describe('what is seen of a matrix', () => {
  // 4096 cells in 512 pixels: an eighth of a pixel each.
  const large = geometryOf(4096, 4096, 512);
  const box = { width: 512, height: 512 };

  it('is all of it at first', () => {
    const view = seen(large, box, { x: 0, y: 0, zoom: 1 });
    expect(view).toMatchObject({ home: true, pannable: false });
    expect(view.columns).toEqual({ count: 4096, length: 512, scale: 0.125, start: 0, end: 4096 });
  });

  it('is a part of it when zoomed, whose cells are whole device pixels', () => {
    const view = seen(large, box, { x: 100, y: 50, zoom: 100 });
    // 12.5 pixels a cell become 13; what starts at cell 100 has room for 512 / 13 of them.
    expect(view).toMatchObject({ home: false, pannable: true });
    expect(view.columns.scale).toBe(13);
    expect(view.columns.start).toBe(100);
    expect(view.columns.end).toBeCloseTo(100 + 512 / 13, 9);
    expect(view.rows.start).toBe(50);
  });

  it('begins at a whole device pixel, on any screen', () => {
    const { columns } = seen(geometryOf(4096, 4096, 512, 2), box, { x: 100.37, y: 0, zoom: 100 });
    expect(columns.scale).toBe(12.5);
    const pixels = columns.start * columns.scale * 2;
    expect(pixels).toBeCloseTo(Math.round(pixels), 9);
    expect(Math.abs(columns.start - 100.37)).toBeLessThanOrEqual(0.5 / 25);
  });

  it('never lies beside the matrix', () => {
    for (const at of [-1e9, 1e9]) {
      const { columns, rows } = seen(large, box, { x: at, y: at, zoom: 64 });
      expect(columns.scale).toBe(8);
      expect([columns.start, columns.end]).toEqual(at < 0 ? [0, 64] : [4032, 4096]);
      expect([rows.start, rows.end]).toEqual(at < 0 ? [0, 64] : [4032, 4096]);
    }
  });

  it('is magnified within limits', () => {
    // 64 pixels are the largest cell: 512 times an eighth.
    expect(largestZoom(large)).toBe(512);
    expect(seen(large, box, { x: 0, y: 0, zoom: 1e9 }).columns.scale).toBe(64);
    expect(seen(large, box, { x: 0, y: 0, zoom: 0.1 }).home).toBe(true);
    // Six tokens are as large as they get.
    expect(largestZoom(geometryOf(6, 6, 512))).toBe(1);
  });

  it('is square once the narrow side of cells has become as long as the other', () => {
    // Five queries, whose rows keep a readable height, and 2048 keys, a quarter of a pixel each.
    const flat = geometryOf(5, 2048, 512);
    expect([flat.cellWidth, flat.cellHeight]).toEqual([0.25, 16]);
    const scales = (zoom: number): number[] => {
      const { columns, rows } = seen(flat, { width: 512, height: 80 }, { x: 0, y: 0, zoom });
      return [columns.scale, rows.scale];
    };
    expect(scales(16)).toEqual([4, 16]);
    expect(scales(64)).toEqual([16, 16]);
    expect(scales(128)).toEqual([32, 32]);
  });

  it('pans where readable cells have no room', () => {
    const narrow = geometryOf(40, 40, 200);
    expect(narrow.cellWidth).toBe(16);
    const view = seen(narrow, { width: 200, height: 200 }, { x: 0, y: 0, zoom: 1 });
    expect(view).toMatchObject({ home: true, pannable: true });
    expect(view.columns.end).toBe(12.5);
  });

  it('has an item at each point, and none beside it', () => {
    const axis: SeenAxis = { count: 20, length: 100, scale: 10, start: 3.5, end: 13.5 };
    expect([0, 4.9, 5, 99.9].map((at) => itemAt(axis, at))).toEqual([3, 3, 4, 13]);
    expect([-0.1, 100].map((at) => itemAt(axis, at))).toEqual([null, null]);
  });
});

describe('tiles', () => {
  it.each([
    [1, 0],
    [3, 0],
    [0.5, 1],
    [0.51, 1],
    [0.49, 2],
    [0.125, 3],
    [1 / 64, 6],
  ])('of cells of %d device pixels are pooled by 2 to the %d', (device, level) => {
    expect(levelOf(device)).toBe(level);
  });

  it('cover what is seen, and nothing beyond it', () => {
    const axis = (start: number, end: number): SeenAxis => ({ count: 4096, length: 1, scale: 1, start, end });
    expect(tilesSeen(axis(0, 256), 0)).toEqual([0, 1]);
    expect(tilesSeen(axis(255.5, 256.5), 0)).toEqual([0, 2]);
    expect(tilesSeen(axis(3000, 4096), 2)).toEqual([2, 4]);
  });

  it('share an axis out without gaps or overlaps, the last one shorter', () => {
    for (const [count, level] of [
      [4096, 0],
      [1003, 1],
      [257, 0],
      [5000, 3],
    ] as const) {
      const all: number[] = [];
      for (let index = 0; all.length < count; ++index) {
        const { span, pixels } = tileSpan(count, level, index);
        expect(pixels).toBeLessThanOrEqual(256);
        expect(pixels * 2 ** level).toBeGreaterThanOrEqual(span.count);
        for (let i = 0; i < span.count; ++i) all.push(span.first + i);
      }
      expect(all).toEqual(Array.from({ length: count }, (_, i) => i));
    }
  });
});

describe('a viewport', () => {
  it('tells all panels that share it', () => {
    const viewport = new Viewport();
    const told: number[] = [];
    viewport.watch(() => told.push(viewport.x));
    viewport.watch(() => told.push(viewport.zoom));
    viewport.show(5, 6, 7);
    expect(told).toEqual([5, 7]);
    expect(cellsPerPixel(viewport)).toEqual({ down: 1, across: 1 });
  });

  it('marks neighbours as one', () => {
    expect(runs([])).toEqual([]);
    expect(runs([4])).toEqual([[4, 4]]);
    expect(runs([0, 1, 2, 5, 7, 8])).toEqual([
      [0, 2],
      [5, 5],
      [7, 8],
    ]);
  });
});

describe('the layout of a matrix', () => {
  const layOut = (
    [rows, columns]: readonly [number, number],
    width: number,
    token?: string,
    pixelRatio = 1,
  ): ReturnType<typeof layOutMatrix> =>
    layOutMatrix({
      queries: new AxisLabels(rows, token === undefined ? null : Array<string>(rows).fill(token)),
      keys: new AxisLabels(columns, token === undefined ? null : Array<string>(columns).fill(token)),
      width,
      height: 500,
      pixelRatio,
      // A typewriter.
      measure: (text) => 7 * text.length,
    });

  it.each([
    [[3, 3], 800],
    [[64, 64], 300],
    [[600, 600], 328],
    [[5, 4096], 700],
    [[4096, 3], 500],
    [[2000, 2000], 801],
  ] as const)('keeps %j cells in a width of %d, to the device pixel', (size, width) => {
    for (const token of [undefined, 'uncharacteristically']) {
      for (const ratio of [1, 1.25, 2]) {
        const layout = layOut(size, width, token, ratio);
        expect(layout.rowLabels + layout.width + layout.overhang).toBeLessThanOrEqual(width);
        expect(layout.height).toBeLessThanOrEqual(500);
        for (const length of [layout.width, layout.height]) {
          expect(length * ratio).toBeCloseTo(Math.round(length * ratio), 6);
        }
        const { pannable } = seen(layout.geometry, layout, { x: 0, y: 0, zoom: 1 });
        const { geometry } = layout;
        expect(pannable).toBe(geometry.width > layout.width + 1e-6 || geometry.height > layout.height + 1e-6);
      }
    }
  });

  it('lets labels lie where they are shorter than cells, and rise where they are not', () => {
    expect(layOut([6, 6], 800, 'cat').flat).toBe(true);
    expect(layOut([60, 60], 800, 'uncharacteristically').flat).toBe(false);
    // Numbers lie, the farther apart the longer they are: 4 digits and a gap.
    expect(layOut([4096, 4096], 800)).toMatchObject({ flat: true, columnSpacing: 38 });
  });

  it('labels both axes alike where cells are small and the same', () => {
    expect(layOut([4096, 4096], 800)).toMatchObject({ rowSpacing: 38 });
    // Where there is room each query has its own, few queries do beside many keys, and names rise.
    expect(layOut([20, 20], 800).rowSpacing).toBe(15);
    expect(layOut([8, 4096], 800).rowSpacing).toBe(15);
    expect(layOut([4096, 4096], 800, 'cat').rowSpacing).toBe(15);
  });
});
