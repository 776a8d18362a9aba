import { expect, it } from 'vitest';
import { chosenSum } from '../../web/element/panels/chosen-sum.js';
import type { HeadWeights, TileRequest } from '../../web/element/source/head-weights.js';
import { MASKED } from '../../web/views/pooling.js';

const ROWS = 50;
const COLUMNS = 3;

/** Whole numbers, which float32 adds exactly; the last key is masked for all, the first for the first queries. */
const at = (query: number, key: number): number =>
  key === COLUMNS - 1 || (key === 0 && query < 5) ? MASKED : query + 100 * key;

function weights(pooled: TileRequest[]): HeadWeights {
  return {
    rows: ROWS,
    columns: COLUMNS,
    row: (query: number) => Float32Array.from({ length: COLUMNS }, (_, key) => at(query, key)),
    column: (key: number) => Float32Array.from({ length: ROWS }, (_, query) => at(query, key)),
    tile(request: TileRequest) {
      pooled.push(request);
      const { rows, columns, height, width } = request;
      const values = Float32Array.from({ length: height * width }, (_, cell) => {
        const block = Array.from({ length: rows.count / height }, (_, y) =>
          Array.from({ length: columns.count / width }, (_, x) =>
            at(
              rows.first + Math.floor(cell / width) * (rows.count / height) + y,
              columns.first + (cell % width) * (columns.count / width) + x,
            ),
          ),
        ).flat();
        const open = block.filter((weight) => weight !== MASKED);
        return open.length === 0 ? MASKED : open.reduce((sum, weight) => sum + weight, 0) / block.length;
      });
      return { values, rows: height, columns: width };
    },
  } as unknown as HeadWeights;
}

it('is the same for neighbours, which are asked for as one tile, and for others, asked for one by one', () => {
  const pooled: TileRequest[] = [];
  const neighbours = Array.from({ length: 40 }, (_, i) => i);
  // Queries 0 to 39, of which 5 to 39 see key 0: 780 − 10; key 1: 780 + 40 · 100.
  expect(Array.from(chosenSum(weights(pooled), 'query', neighbours) ?? [], Math.round)).toEqual([770, 4780, MASKED]);
  expect(pooled).toHaveLength(1);
  const scattered = [...neighbours, 41];
  expect(Array.from(chosenSum(weights(pooled), 'query', scattered) ?? [])).toEqual([811, 4921, MASKED]);
  expect(pooled).toHaveLength(1);
});

it('is one line of the other axis for keys', () => {
  const sum = chosenSum(weights([]), 'key', [0, 1]) ?? [];
  expect([sum.length, sum[0], sum[7]]).toEqual([ROWS, 100, 7 + 107]);
});

it('is not known before all of it is, and everything is asked for at once', () => {
  const asked: number[] = [];
  const coming = {
    ...weights([]),
    row(query: number) {
      asked.push(query);
      return null;
    },
  };
  expect(chosenSum(coming, 'query', [1, 4, 9])).toBeNull();
  expect(asked).toEqual([1, 4, 9]);
});
