import type { Matrix, MatrixFacts } from './matrix.js';

/** In a pooled grid: every cell of the block is masked. (A cell that is not a finite number makes its block NaN.) */
export const MASKED = -Infinity;

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

/** An empty grid for a matrix, of at most maxRows x maxColumns. */
export function emptyGrid(matrix: Matrix, maxRows: number, maxColumns: number): PooledGrid {
  const rows = Math.min(matrix.rows, Math.max(1, Math.floor(maxRows)));
  const columns = Math.min(matrix.columns, Math.max(1, Math.floor(maxColumns)));
  return { values: new Float32Array(rows * columns), rows, columns };
}

/** Fills rows [from, to) of a grid made by emptyGrid. The facts must be complete. */
export function poolRows(matrix: Matrix, facts: MatrixFacts, grid: PooledGrid, from: number, to: number): void {
  const { data, columns: sourceColumns, causal } = matrix;
  const { values, columns } = grid;
  const starts = new Int32Array(columns + 1);
  for (let column = 0; column <= columns; ++column) starts[column] = blockStart(column, sourceColumns, columns);
  for (let row = from; row < to; ++row) {
    const out = row * columns;
    values.fill(MASKED, out, out + columns);
    const last = blockStart(row + 1, matrix.rows, grid.rows);
    for (let source = blockStart(row, matrix.rows, grid.rows); source < last; ++source) {
      if (facts.maskedRows[source] === 1) continue;
      const start = source * sourceColumns;
      for (let column = 0; column < columns; ++column) {
        let best = values[out + column] as number;
        const end = starts[column + 1] as number;
        for (let key = starts[column] as number; key < end; ++key) {
          const value = data[start + key] as number;
          if (causal && key > source && (value === 0 || value !== value)) continue;
          if (value - value !== 0) best = NaN;
          else if (value > best) best = value;
        }
        values[out + column] = best;
      }
    }
  }
}

/** The cell with the largest weight in a block of rows and columns [from, to); the first finite one wins a tie. */
export function largestCell(
  matrix: Matrix,
  rowFrom: number,
  rowTo: number,
  columnFrom: number,
  columnTo: number,
): { row: number; column: number } {
  let best = { row: rowFrom, column: columnFrom };
  let most = -Infinity;
  for (let row = rowFrom; row < rowTo; ++row) {
    for (let column = columnFrom; column < columnTo; ++column) {
      const value = matrix.data[row * matrix.columns + column] as number;
      if (value > most) {
        most = value;
        best = { row, column };
      }
    }
  }
  return best;
}
