import type { Rows } from './rows.js';

/** In a pooled grid: no cell of the block has a weight. (A cell that is not a finite number makes its block NaN.) */
export const MASKED = -Infinity;

/** Why a cell has no weight: it is masked, its key is hidden, or a filter left it out. */
export type Missing = 'masked' | 'hidden' | 'leftOut';

/**
 * A matrix reduced to at most so many rows and columns: each value is the largest of its block, so that a single
 * bright cell among thousands stays visible; NaN when the block holds a NaN or an infinity; MASKED when all of it is.
 */
export interface PooledGrid {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** First index of block `block` when `count` items are cut into `blocks` blocks as even as whole numbers allow. */
export function blockStart(block: number, count: number, blocks: number): number {
  return Math.floor((block * count) / blocks);
}

/**
 * How many blocks an axis is cut into, so that each has a pixel: of as many items in all of them, if that can be had. What
 * is computed comes in pieces then, and is seldom computed anew because the page is wider.
 */
export function evenBlocks(count: number, pixels: number): number {
  const least = Math.ceil(count / pixels);
  for (let block = least; block < 2 * least; ++block) if (count % block === 0) return count / block;
  return Math.ceil(count / least);
}

/** An empty grid for a matrix, of at most maxRows x maxColumns. */
export function emptyGrid(matrix: Pick<Rows, 'rows' | 'columns'>, maxRows: number, maxColumns: number): PooledGrid {
  const rows = Math.min(matrix.rows, Math.max(1, Math.floor(maxRows)));
  const columns = Math.min(matrix.columns, Math.max(1, Math.floor(maxColumns)));
  return { values: new Float32Array(rows * columns), rows, columns };
}

/** What is known of a matrix, or of the part of it that was read. */
export interface Survey {
  /** Largest weight that is finite and not masked, at least 0. */
  max: number;
  /** Smallest one, at most 0. */
  min: number;
  hasMasked: boolean;
  hasInvalid: boolean;
}

export const noSurvey = (): Survey => ({ max: 0, min: 0, hasMasked: false, hasInvalid: false });

/** `count` items from `first` on. */
export interface Span {
  readonly first: number;
  readonly count: number;
}

/** What a pixel shows of its block: the largest, the mean, or what is farthest from 0. */
export type BlockValue = 'max' | 'mean' | 'extreme';

/**
 * Fills rows [from, to) of a grid with some rows and columns of a matrix, and adds them to a survey. In a mean a masked
 * cell counts as 0, unless its whole block is masked.
 */
export function poolBlocks(
  source: Rows,
  rows: Span,
  columns: Span,
  how: BlockValue,
  grid: PooledGrid,
  from: number,
  to: number,
  survey = noSurvey(),
): void {
  let { max, min, hasMasked, hasInvalid } = survey;
  const { values } = grid;
  const starts = new Int32Array(grid.columns + 1);
  for (let column = 0; column <= grid.columns; ++column) {
    starts[column] = columns.first + blockStart(column, columns.count, grid.columns);
  }
  const mean = how === 'mean';
  const extreme = how === 'extreme';
  for (let row = from; row < to; ++row) {
    const out = row * grid.columns;
    values.fill(MASKED, out, out + grid.columns);
    const first = blockStart(row, rows.count, grid.rows);
    const last = blockStart(row + 1, rows.count, grid.rows);
    for (let line = first; line < last; ++line) {
      const weights = source.read(rows.first + line);
      for (let column = 0; column < grid.columns; ++column) {
        let best = values[out + column] as number;
        const end = starts[column + 1] as number;
        for (let key = starts[column] as number; key < end; ++key) {
          const value = weights[key] as number;
          if (value > max) max = value;
          else if (value === MASKED) {
            hasMasked = true;
            continue;
          } else if (value < min) min = value;
          else if (value !== value) hasInvalid = true;
          if (best === MASKED || value !== value) best = value;
          else if (mean) best += value;
          else if (extreme ? Math.abs(value) > Math.abs(best) : value > best) best = value;
        }
        values[out + column] = best;
      }
    }
    for (let column = 0; mean && column < grid.columns; ++column) {
      const cells = (last - first) * ((starts[column + 1] as number) - (starts[column] as number));
      values[out + column] = (values[out + column] as number) / cells;
    }
  }
  Object.assign(survey, { max, min, hasMasked, hasInvalid });
}
