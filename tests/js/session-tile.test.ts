import { describe, expect, it } from 'vitest';
import type { TileOptions } from '../../wasm-bindings/js/attention-session.js';
import type { PoolTileOptions } from '../../wasm-bindings/js/worker/pool-session.js';
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

/** A session of that head. */
const session = (band: Band) => ({
  tile(_: number, { signal, onProgress, ...options }: PoolTileOptions = {}) {
    signal?.throwIfAborted();
    onProgress?.(0.5);
    const data = Float32Array.from(pooled(band, options), (value) => value ?? 0);
    return Promise.resolve({ data, shape: [options.height ?? 0, options.width ?? 0] });
  },
});

const OPEN = { left: Infinity, right: Infinity };

describe('a tile of a session', () => {
  it.each<[string, Band]>([
    ['everything open', OPEN],
    ['causal', { left: Infinity, right: 0 }],
    ['a window', { left: 3, right: 3 }],
    ['a causal window of one', { left: 0, right: 0 }],
  ])('is what the engine says, and masked where nothing is left: %s', async (_, band) => {
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
        const { values } = await drawTile(session(band), 0, request, band, new AbortController().signal);
        expect(Array.from(values, (value) => (value === MASKED ? null : value))).toEqual(pooled(band, request));
      }
    }
  });

  it('tells how far it is, and has no more blocks than rows and columns', async () => {
    const told: number[] = [];
    const [rows, columns] = [
      { first: 3, count: 5 },
      { first: 0, count: COLUMNS },
    ];
    const request = { rows, columns, height: 100, width: 4.5, pooling: 'max' } as const;
    const { signal } = new AbortController();
    const grid = await drawTile(session(OPEN), 0, request, OPEN, signal, (fraction) => told.push(fraction));
    expect(grid).toMatchObject({ rows: 5, columns: 4 });
    expect([...grid.values]).toEqual(pooled(OPEN, { ...request, height: 5, width: 4 }));
    expect(told).toEqual([0.5]);
  });

  it('ends with its signal', async () => {
    const rows = { first: 0, count: ROWS };
    const request = { rows, columns: { first: 0, count: COLUMNS }, height: 24, width: 18, pooling: 'max' } as const;
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(drawTile(session(OPEN), 0, request, OPEN, signal)).rejects.toThrow('enough');
  });
});
