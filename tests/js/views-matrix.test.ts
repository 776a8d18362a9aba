import { describe, expect, it } from 'vitest';
import { isMasked, noFacts, readRows, settle, type Matrix, type MatrixFacts } from '../../web/views/matrix.js';
import { blockStart, emptyGrid, largestCell, MASKED, poolRows } from '../../web/views/pooling.js';
import { isDistribution, rankInRow, rowStatistics } from '../../web/views/row-statistics.js';

function matrix(rows: number[][], causal = false): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, columns: rows[0]?.length ?? 0, causal };
}

function factsOf(of: Matrix): MatrixFacts {
  return settle(readRows(of, noFacts(of.rows), 0, of.rows));
}

function pooled(of: Matrix, maxRows: number, maxColumns: number): number[] {
  const grid = emptyGrid(of, maxRows, maxColumns);
  poolRows(of, factsOf(of), grid, 0, grid.rows);
  return Array.from(grid.values);
}

describe('facts of a matrix', () => {
  it('finds the scale and the cells that take no part', () => {
    const causal = matrix(
      [
        [1, 0, 0],
        [0.25, 0.75, 0],
        [0, 0.5, 0.5],
      ],
      true,
    );
    expect(factsOf(causal)).toMatchObject({ max: 1, min: 0, invalid: 0, masked: 3 });
    expect(isMasked(causal, factsOf(causal), 0, 1)).toBe(true);
    // A weight of 0 that the query may see is a weight, not a mask.
    expect(isMasked(causal, factsOf(causal), 2, 0)).toBe(false);
  });

  it('counts NaN and infinities apart from the scale', () => {
    const facts = factsOf(matrix([[NaN, 0.5, Infinity, -2]]));
    expect(facts).toMatchObject({ max: 0.5, min: -2, invalid: 2 });
  });

  it('takes a row of nothing but zeros for masked whole', () => {
    const of = matrix([
      [0, 0],
      [0.5, 0.5],
    ]);
    const facts = factsOf(of);
    expect(Array.from(facts.maskedRows)).toEqual([1, 0]);
    expect(facts.masked).toBe(2);
    expect(isMasked(of, facts, 0, 0)).toBe(true);
  });

  it('shows a given weight that the causal mask should have hidden', () => {
    const of = matrix(
      [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
      true,
    );
    expect(isMasked(of, factsOf(of), 0, 1)).toBe(false);
  });

  it('is the same read at once and row by row', () => {
    const of = matrix([
      [0.1, 0.9],
      [NaN, 0.2],
      [0, 0],
    ]);
    let facts = noFacts(3);
    for (let row = 0; row < 3; ++row) facts = readRows(of, facts, row, row + 1);
    expect(settle(facts)).toEqual(factsOf(of));
  });

  it('has a scale of 0 to 0 without a finite weight', () => {
    expect(factsOf(matrix([[NaN]]))).toMatchObject({ max: 0, min: 0 });
  });
});

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
    expect(pooled(four, 100, 100)).toEqual(Array.from(four.data));
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

  it('points at the largest cell of a block', () => {
    expect(largestCell(four, 0, 2, 1, 3)).toEqual({ row: 1, column: 2 });
    expect(largestCell(matrix([[NaN, 0.1]]), 0, 1, 0, 2)).toEqual({ row: 0, column: 1 });
    expect(largestCell(matrix([[NaN]]), 0, 1, 0, 1)).toEqual({ row: 0, column: 0 });
  });
});

describe('statistics of a row', () => {
  const of = matrix([[0.1, 0.4, 0.1, 0.4, 0]], false);
  const facts = factsOf(of);

  it('lists the largest weights, the lower key first in a tie', () => {
    const row = rowStatistics(of, facts, 0, 3);
    expect(row.top.map(({ key }) => key)).toEqual([1, 3, 0]);
    expect(row).toMatchObject({ open: 5, least: 0, invalid: false });
    expect(row.sum).toBeCloseTo(1, 6);
    expect(isDistribution(row)).toBe(true);
  });

  it('ranks with shared places', () => {
    expect([0, 1, 2, 3, 4].map((key) => rankInRow(of, facts, 0, key))).toEqual([3, 1, 3, 1, 5]);
  });

  it('leaves masked keys out', () => {
    const causal = matrix(
      [
        [1, 0, 0],
        [0.3, 0.7, 0],
      ],
      true,
    );
    const row = rowStatistics(causal, factsOf(causal), 1, 5);
    expect(row.open).toBe(2);
    expect(row.top.map(({ key }) => key)).toEqual([1, 0]);
  });

  it('does not take scores for shares', () => {
    const scores = matrix([[-1, 2]]);
    expect(isDistribution(rowStatistics(scores, factsOf(scores), 0, 2))).toBe(false);
  });

  it('says when a row holds what is no number', () => {
    const broken = matrix([[NaN, 0.5]]);
    const row = rowStatistics(broken, factsOf(broken), 0, 2);
    expect(row.invalid).toBe(true);
    expect(row.top).toEqual([{ key: 1, weight: 0.5 }]);
  });
});
