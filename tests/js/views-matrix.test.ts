import { describe, expect, it } from 'vitest';
import { blockStart, emptyGrid, MASKED, poolBlocks } from '../../web/views/pooling.js';
import { plainCells, type Cells } from '../../web/views/rows.js';
import { isDistribution, rankIn, readLine } from '../../web/views/row-statistics.js';

function matrix(rows: number[][], causal = false): Cells {
  const band = { left: Infinity, right: causal ? 0 : Infinity };
  return plainCells(Float32Array.from(rows.flat()), rows.length, rows[0]?.length ?? 0, band);
}

function pooled(of: Cells, maxRows: number, maxColumns: number): number[] {
  const grid = emptyGrid(of, maxRows, maxColumns);
  const all = (count: number) => ({ first: 0, count });
  poolBlocks(of, all(of.rows), all(of.columns), 'max', grid, 0, grid.rows);
  return Array.from(grid.values);
}

describe('pooling', () => {
  const four = matrix([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
    [9, 10, 11, 12],
    [13, 14, 15, 16],
  ]);

  it('keeps the largest of each block', () => {
    expect(pooled(four, 2, 2)).toEqual([6, 8, 14, 16]);
    expect(pooled(four, 1, 4)).toEqual([13, 14, 15, 16]);
  });

  it('never enlarges', () => {
    expect(pooled(four, 100, 100)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
  });

  it('cuts uneven blocks without losing a cell: 5 columns into 2 are 2 and 3', () => {
    expect(pooled(matrix([[5, 1, 0, 0, 9]]), 1, 2)).toEqual([5, 9]);
  });

  it('lets one NaN be seen among numbers', () => {
    expect(pooled(matrix([[1, NaN, 2, 3]]), 1, 2)).toEqual([NaN, 3]);
    expect(pooled(matrix([[1, Infinity]]), 1, 1)).toEqual([NaN]);
  });

  it('masks a block only when all of it is masked', () => {
    const causal = matrix(
      [
        [1, 0, 0, 0],
        [0.5, 0.5, 0, 0],
        [0.2, 0.3, 0.5, 0],
        [0.1, 0.2, 0.3, 0.4],
      ],
      true,
    );
    const [first, second, third, fourth] = pooled(causal, 2, 2);
    expect([first, second]).toEqual([1, MASKED]);
    expect(third).toBeCloseTo(0.3, 6);
    expect(fourth).toBeCloseTo(0.5, 6);
  });

  it('puts every item in exactly one block, and none is empty', () => {
    for (const [count, blocks] of [
      [5, 2],
      [1000, 640],
      [7, 7],
    ] as const) {
      const starts = Array.from({ length: blocks + 1 }, (_, block) => blockStart(block, count, blocks));
      expect([starts[0], starts[blocks]]).toEqual([0, count]);
      for (let block = 0; block < blocks; ++block) expect(starts[block + 1]).toBeGreaterThan(starts[block] ?? Infinity);
    }
  });
});

describe('statistics of a row', () => {
  const line = [0.1, 0.4, 0.1, 0.4, 0];

  it('lists the largest weights, the lower key first in a tie', () => {
    const row = readLine(line, 3);
    expect(row.top.map(({ key }) => key)).toEqual([1, 3, 0]);
    expect(row).toMatchObject({ open: 5, least: 0, invalid: false });
    expect(row.sum).toBeCloseTo(1, 6);
    expect(isDistribution(row)).toBe(true);
  });

  it('ranks with shared places', () => {
    expect([0, 1, 2, 3, 4].map((key) => rankIn(line, key))).toEqual([3, 1, 3, 1, 5]);
  });

  it('leaves masked keys out', () => {
    const row = readLine([0.3, 0.7, MASKED], 5);
    expect(row.open).toBe(2);
    expect(row.top.map(({ key }) => key)).toEqual([1, 0]);
  });

  it('does not take scores for shares', () => {
    expect(isDistribution(readLine([-1, 2], 2))).toBe(false);
  });

  it('says when a row holds what is no number', () => {
    const row = readLine([NaN, 0.5], 2);
    expect(row.invalid).toBe(true);
    expect(row.top).toEqual([{ key: 1, weight: 0.5 }]);
  });
});
