import { describe, expect, it } from 'vitest';
import type { TileOptions } from '../../wasm-bindings/js/attention-session.js';
import { drawTile } from '../../web/element/source/session-tile.js';
import { MASKED } from '../../web/views/pooling.js';
import type { Band } from '../../web/views/positions.js';

const ROWS = 24;
const COLUMNS = 18;

/** What the engine says of a made-up head: numbers that rise along rows, 0 outside of the band. */
const weight = (band: Band, query: number, key: number): number =>
  key > query + band.right || key < query - band.left ? 0 : query * COLUMNS + key + 1;

/** The first item of a block, as the engine's documentation has it. */
const first = (block: number, count: number, blocks: number): number => Math.floor((block * count) / blocks);

/** The largest of each block as the documentation has it; null where the band leaves none of it. */
function pooled(band: Band, { rows, columns, height = 0, width = 0 }: TileOptions): (number | null)[] {
  if (rows === undefined || columns === undefined) throw new Error('no span');
  const values: (number | null)[] = [];
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      let most: number | null = null;
      for (let i = first(y, rows.count, height); i < first(y + 1, rows.count, height); ++i) {
        for (let j = first(x, columns.count, width); j < first(x + 1, columns.count, width); ++j) {
          const value = weight(band, rows.first + i, columns.first + j);
          if (value > 0) most = Math.max(most ?? 0, value);
        }
      }
      values.push(most);
    }
  }
  return values;
}

/** A session of that head, and how many rows it was asked for each time. */
function session(band: Band) {
  const asked: number[] = [];
  return {
    asked,
    tile(_: number, { signal, ...options }: TileOptions & { signal?: AbortSignal } = {}) {
      signal?.throwIfAborted();
      asked.push(options.rows?.count ?? 0);
      const data = Float32Array.from(pooled(band, options), (value) => value ?? 0);
      return Promise.resolve({ data, shape: [options.height ?? 0, options.width ?? 0] });
    },
  };
}

const OPEN = { left: Infinity, right: Infinity };

describe('a tile of a session', () => {
  it.each<[string, Band]>([
    ['everything open', OPEN],
    ['causal', { left: Infinity, right: 0 }],
    ['a window', { left: 3, right: 3 }],
    ['a causal window of one', { left: 0, right: 0 }],
  ])('is the same in pieces as whole, and masked where nothing is left: %s', async (_, band) => {
    for (const [top, height] of [
      [0, 24],
      [0, 16],
      [1, 10],
      [4, 7],
      [0, 5],
    ] as const) {
      for (const [left, width] of [
        [0, 18],
        [2, 5],
        [11, 1],
      ] as const) {
        const rows = { first: top, count: ROWS - top };
        const columns = { first: left, count: COLUMNS - left };
        const request = { rows, columns, height, width: Math.min(width, columns.count), pooling: 'max' } as const;
        const { values } = await drawTile(session(band), 0, request, band, new AbortController().signal, undefined, 40);
        expect(Array.from(values, (value) => (value === MASKED ? null : value))).toEqual(pooled(band, request));
      }
    }
  });

  it('is cut where blocks end at whole rows, and told piece by piece', async () => {
    const of = session(OPEN);
    const shares: number[] = [];
    const rows = { first: 0, count: ROWS };
    const request = { rows, columns: { first: 0, count: COLUMNS }, height: 16, width: 4, pooling: 'max' } as const;
    const grid = await drawTile(
      of,
      0,
      request,
      OPEN,
      new AbortController().signal,
      (piece, share) => {
        expect(piece).toMatchObject({ rows: 4, columns: 4 });
        shares.push(share);
      },
      6 * COLUMNS,
    );
    expect([grid.rows, grid.columns]).toEqual([16, 4]);
    // Two blocks are three rows.
    expect(of.asked).toEqual([6, 6, 6, 6]);
    expect(shares).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('stops between pieces', async () => {
    const of = session(OPEN);
    const stop = new AbortController();
    const rows = { first: 0, count: ROWS };
    const request = { rows, columns: { first: 0, count: COLUMNS }, height: 24, width: 18, pooling: 'max' } as const;
    const drawn = drawTile(of, 0, request, OPEN, stop.signal, () => stop.abort(new Error('enough')), COLUMNS);
    await expect(drawn).rejects.toThrow('enough');
    expect(of.asked).toEqual([1]);
  });
});
