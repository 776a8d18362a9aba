import { describe, expect, it } from 'vitest';
import { addStatistics, headOrder, meanStatistics, noStatistics } from '../../web/views/head-statistics.js';
import { emptyGrid, MASKED, noSurvey, poolBlocks, type BlockValue } from '../../web/views/pooling.js';
import { bandOf, type Band } from '../../web/views/positions.js';
import { copyRows, markedCells, plainCells, surveyRows, type Cells, type Rows } from '../../web/views/rows.js';
import { composed, filtered, mergedWords, subtracted, withoutKeys } from '../../web/views/transforms.js';
import { AxisLabels } from '../../web/views/token-labels.js';

const ALL: Band = { left: Infinity, right: Infinity };
const CAUSAL: Band = { left: Infinity, right: 0 };
const M = MASKED;

function cells(rows: number[][], band = ALL): Cells {
  return plainCells(Float32Array.from(rows.flat()), rows.length, rows[0]?.length ?? 0, band);
}

function marked(rows: number[][]): Cells {
  return markedCells(Float32Array.from(rows.flat()), rows.length, rows[0]?.length ?? 0);
}

function expectRows(source: Rows, expected: number[][]): void {
  expect(source.rows).toBe(expected.length);
  const read = expected.map((_, row) => Array.from(source.read(row)));
  read.forEach((row, i) => {
    expect(row).toHaveLength(source.columns);
    row.forEach((value, j) => {
      const wanted = expected[i]?.[j] ?? Infinity;
      if (Number.isFinite(wanted)) expect(value, `row ${i}, column ${j}`).toBeCloseTo(wanted, 6);
      else expect(value, `row ${i}, column ${j}`).toBe(wanted);
    });
  });
}

/** Eight weights in four rows, the words "un|believ|able" and "cat". */
const TOKENS = [
  [0.25, 0.25, 0.125, 0.375],
  [0.5, 0, 0.5, 0],
  [0, 0.25, 0.25, 0.5],
  [0.125, 0.125, 0.25, 0.5],
];

describe('rows of weights', () => {
  it('mark what a band hides where it is 0, and what is not finite; of other zeros nobody knows that they are masked', () => {
    const source = cells(
      [
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0.5, Infinity, 0, NaN],
        [0, 0.5, -Infinity, 0],
      ],
      CAUSAL,
    );
    const expected = [
      [1, M, M, M],
      [0, 0, M, M],
      [0.5, NaN, 0, M],
      [0, 0.5, NaN, 0],
    ];
    expectRows(source, expected);
    expected.forEach((row, i) => row.forEach((value, j) => expect(source.cell(i, j)).toBe(value)));
    const survey = noSurvey();
    surveyRows(source, survey, 0, 4);
    expect(survey).toEqual({ max: 1, min: 0, hasMasked: true, hasInvalid: true });
  });

  it('show weights that a mask should have hidden', () => {
    expectRows(cells([[0.5, 0.5]], CAUSAL), [[0.5, 0.5]]);
  });

  it('know windows, on both sides or behind only', () => {
    const rows = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    expectRows(cells(rows, bandOf({ causal: false, window: 1 })), [
      [1, 0, M],
      [0, 1, 0],
      [M, 0, 1],
    ]);
    expectRows(cells(rows, bandOf({ causal: true, window: 0 })), [
      [1, M, M],
      [M, 1, M],
      [M, M, 1],
    ]);
  });

  it('do not change what the page gave', () => {
    const data = Float32Array.of(0.5, NaN, 0, 0.5);
    const source = plainCells(data, 2, 2, CAUSAL);
    copyRows(filtered(withoutKeys(source, [0]), 1, 1), new Float32Array(4), 0, 2);
    expect(Array.from(data)).toEqual([0.5, NaN, 0, 0.5]);
  });
});

describe('words instead of sub-words', () => {
  it('take the mean of rows and the sum of columns', () => {
    // Rows 0..2 are one word, and so are columns 0..2.
    const open = [(0.25 + 0.25 + 0.125 + 0.5 + 0 + 0.5 + 0 + 0.25 + 0.25) / 3, (0.375 + 0 + 0.5) / 3];
    expectRows(mergedWords(cells(TOKENS), [0, 3]), [open, [0.5, 0.5]]);
    expectRows(mergedWords(cells(TOKENS), [0, 1, 2, 3]), TOKENS);
  });

  it('are masked where all of them is, and invalid where any is', () => {
    const source = cells(
      [
        [1, 0, 0, 0],
        [0.5, 0.5, 0, 0],
        [NaN, 0, 1, 0],
        [0, 0.25, 0.25, 0.5],
      ],
      CAUSAL,
    );
    expectRows(mergedWords(source, [0, 2]), [
      [1, M],
      [NaN, (1 + 0.25 + 0.5) / 2],
    ]);
  });

  it('have the names of their parts', () => {
    const labels = new AxisLabels(4, ['un', '##believ', '##able', '##']).merged([0, 3]);
    expect([labels.count, labels.label(0), labels.label(1)]).toEqual([2, 'unbelievable', '##']);
    expect(new AxisLabels(3, null).merged([0, 2])).toMatchObject({ count: 2, named: false });
  });
});

describe('hidden keys', () => {
  it('leave the others of a row to be divided by their sum', () => {
    expectRows(withoutKeys(cells(TOKENS), [3, 0]), [
      [M, 0.25 / 0.375, 0.125 / 0.375, M],
      [M, 0, 1, M],
      [M, 0.5, 0.5, M],
      [M, 0.125 / 0.375, 0.25 / 0.375, M],
    ]);
  });

  it('leave masks and rows without anything else as they are', () => {
    expectRows(
      withoutKeys(
        cells(
          [
            [1, 0],
            [0.25, 0.75],
          ],
          CAUSAL,
        ),
        [0],
      ),
      [
        [M, M],
        [M, 1],
      ],
    );
    expectRows(withoutKeys(cells([[1, 0]]), [0]), [[M, 0]]);
    expectRows(withoutKeys(cells([[NaN, 0.5, 0.5]]), [2]), [[NaN, NaN, M]]);
  });

  it('have what they are told to in their place', () => {
    expectRows(withoutKeys(marked([[0.5, 0.25, 0.25, M]]), [0], 0), [[0, 0.5, 0.5, M]]);
  });
});

describe('composites of heads', () => {
  const one = marked([[0.5, 0.25, M, M]]);
  const other = marked([[0.25, NaN, 0.75, M]]);
  it('are means, in which what is masked counts as 0', () => {
    expectRows(composed([one, other], 'mean'), [[0.375, NaN, 0.375, M]]);
  });
  it('are largest weights', () => {
    expectRows(composed([one, other], 'max'), [[0.5, NaN, 0.75, M]]);
    expectRows(composed([marked([[-2]]), marked([[-1]])], 'max'), [[-1]]);
  });
});

describe('filters', () => {
  it('keep the k largest of a row, the lower key of equal ones', () => {
    expectRows(filtered(cells(TOKENS), 2, 1), [
      [0.25, M, M, 0.375],
      [0.5, M, 0.5, M],
      [M, 0.25, M, 0.5],
      [M, M, 0.25, 0.5],
    ]);
    expectRows(filtered(cells(TOKENS), 9, 1), TOKENS);
  });

  it('keep as many of the largest as make up a share of the sum', () => {
    // 0.375 + 0.25 = 0.625 of 1; 0.5 of 1 is enough for one half.
    expectRows(filtered(cells(TOKENS), 0, 0.6), [
      [0.25, M, M, 0.375],
      [0.5, M, 0.5, M],
      [M, 0.25, M, 0.5],
      [M, M, 0.25, 0.5],
    ]);
    expectRows(filtered(cells(TOKENS), 0, 0.5), [
      [0.25, M, M, 0.375],
      [0.5, M, M, M],
      [M, M, M, 0.5],
      [M, M, M, 0.5],
    ]);
    // The stricter of both counts.
    expectRows(filtered(cells([[0.4, 0.3, 0.2, 0.1]]), 1, 0.9), [[0.4, M, M, M]]);
    expectRows(filtered(cells([[0.4, 0.3, 0.2, 0.1]]), 3, 0.5), [[0.4, 0.3, M, M]]);
  });

  it('leave marks alone', () => {
    expectRows(filtered(marked([[NaN, 0.5, M, 0.25]]), 1, 1), [[NaN, 0.5, M, M]]);
    expectRows(filtered(marked([[M, M]]), 1, 0.5), [[M, M]]);
  });

  it('leave a 0 of the row alone where it is among the largest', () => {
    expectRows(filtered(cells([[0, 1, 0]]), 2, 1), [[0, 1, M]]);
  });

  it('put what they are told to in the place of what they leave out', () => {
    expectRows(filtered(marked([[0.25, 0.5, M]]), 1, 1, 0), [[0, 0.5, M]]);
  });
});

describe('a difference', () => {
  it('is masked where both are', () => {
    expectRows(subtracted(marked([[0.5, M, 0.25, M, NaN]]), marked([[0.75, 0.5, M, M, 1]])), [
      [-0.25, -0.5, 0.25, M, NaN],
    ]);
  });
});

describe('pooled blocks', () => {
  function pooled(rows: number[][], how: BlockValue, height: number, width: number): number[] {
    const source = marked(rows);
    const grid = emptyGrid(source, height, width);
    const whole = { first: 0, count: source.rows };
    poolBlocks(source, whole, { first: 0, count: source.columns }, how, grid, 0, grid.rows);
    return Array.from(grid.values);
  }

  it('show the largest, the mean, or what is farthest from 0', () => {
    const rows = [
      [0.5, -0.75, 0.125, M],
      [0.25, M, M, M],
    ];
    expect(pooled(rows, 'max', 1, 2)).toEqual([0.5, 0.125]);
    expect(pooled(rows, 'mean', 1, 2)).toEqual([0, 0.03125]);
    expect(pooled(rows, 'extreme', 1, 2)).toEqual([-0.75, 0.125]);
    expect(pooled(rows, 'mean', 2, 4)).toEqual([0.5, -0.75, 0.125, M, 0.25, M, M, M]);
  });

  it('are NaN where any cell is, masked where all are', () => {
    for (const how of ['max', 'mean', 'extreme'] as const) {
      expect(
        pooled(
          [
            [NaN, 1, M, M],
            [1, 1, M, M],
          ],
          how,
          1,
          2,
        ),
      ).toEqual([NaN, M]);
    }
  });

  it('are made of some rows and columns, in slices', () => {
    const source = marked(Array.from({ length: 7 }, (_, i) => Array.from({ length: 9 }, (_, j) => 10 * i + j)));
    const grid = emptyGrid({ rows: 4, columns: 5 }, 2, 2);
    const survey = noSurvey();
    const spans = [
      { first: 2, count: 4 },
      { first: 3, count: 5 },
    ] as const;
    for (const row of [0, 1]) poolBlocks(source, ...spans, 'max', grid, row, row + 1, survey);
    // Rows 2, 3 and 4, 5; columns 3, 4 and 5, 6, 7.
    expect(Array.from(grid.values)).toEqual([34, 37, 54, 57]);
    expect(survey).toEqual({ max: 57, min: 0, hasMasked: false, hasInvalid: false });
  });
});

describe('what a head does', () => {
  it('is told by means over the rows that see anything', () => {
    const sums = noStatistics();
    const source = cells([
      [1, 0, 0],
      [0, 0, 0],
      [0.5, 0.25, 0.25],
    ]);
    addStatistics(source, sums, 0, 1);
    addStatistics(source, sums, 1, 3);
    const { entropy, ...rest } = meanStatistics(sums);
    // Only rows 0 and 2 count.
    expect(rest).toEqual({
      meanDistance: (0 + (0.5 * 2 + 0.25)) / 2,
      firstKey: 0.75,
      diagonal: (1 + 0.25) / 2,
      previousToken: (0 + 0.25) / 2,
      invalidRows: 0,
    });
    expect(entropy).toBeCloseTo((0.5 * Math.log(2) + 2 * 0.25 * Math.log(4)) / 2, 7);
    expect(meanStatistics(noStatistics()).entropy).toBeNaN();
  });

  it('is told of what is left without hidden keys', () => {
    const sums = noStatistics();
    const rows = [
      [0.25, 0.25, 0.25, 0.25],
      [1, 0, 0, 0],
      [0, 0, 0, 0],
      [0.1, 0.2, 0.3, 0.4],
    ];
    addStatistics(withoutKeys(cells(rows), [0]), sums, 0, 4);
    // Thirds, and 2, 3 and 4 of 9: log2 of 3 bits and 1.5305 bits. The two rows between see nothing any more.
    const { entropy, firstKey } = meanStatistics(sums);
    expect(entropy / Math.LN2).toBeCloseTo((Math.log2(3) + 1.530493) / 2, 5);
    expect(firstKey).toBe(0);
  });

  it('leaves out rows that hold what is no finite number, and counts them', () => {
    const sums = noStatistics();
    addStatistics(
      cells([
        [0.5, 0.5, 0],
        [NaN, NaN, NaN],
        [0.25, Infinity, 0.25],
      ]),
      sums,
      0,
      3,
    );
    expect(meanStatistics(sums)).toEqual({
      entropy: Math.log(2),
      meanDistance: 0.5,
      firstKey: 0.5,
      diagonal: 0.5,
      previousToken: 0,
      invalidRows: 2,
    });
  });

  it('has no entropy and no distance where weights are no shares of one', () => {
    for (const row of [
      [2, 1, 1],
      [1.5, -0.5, 0],
    ]) {
      const sums = noStatistics();
      addStatistics(cells([[1, 0, 0], row, [0, 0, 1]]), sums, 0, 3);
      expect(meanStatistics(sums)).toMatchObject({ entropy: NaN, meanDistance: NaN, invalidRows: 0 });
      expect(meanStatistics(sums).firstKey).toBeCloseTo((1 + (row[0] ?? NaN)) / 3, 12);
    }
  });

  it('puts heads in order', () => {
    const head = (entropy: number, firstKey: number) => ({
      entropy,
      firstKey,
      meanDistance: -firstKey,
      diagonal: entropy,
      previousToken: 0,
    });
    const heads = [head(2, 0.1), null, head(1, 0.1), head(3, 0.7), head(NaN, NaN)];
    expect(headOrder(heads, 'none')).toEqual([0, 1, 2, 3, 4]);
    expect(headOrder(heads, 'entropy')).toEqual([2, 0, 3, 1, 4]);
    expect(headOrder(heads, 'sink')).toEqual([3, 0, 2, 1, 4]);
    expect(headOrder(heads, 'distance')).toEqual([3, 0, 2, 1, 4]);
    expect(headOrder(heads, 'diagonal')).toEqual([3, 0, 2, 1, 4]);
    expect(headOrder(heads, 'previous')).toEqual([0, 2, 3, 4, 1]);
  });
});
