import { isOutside, type Band } from './positions.js';
import { MASKED, type Survey } from './pooling.js';

/** A matrix that is read row by row. A masked cell is MASKED, one that is not a finite number NaN. */
export interface Rows {
  /** Queries. */
  readonly rows: number;
  /** Keys. */
  readonly columns: number;
  /** About how many cells are read for one row. */
  readonly cost: number;
  /** One row, (columns). Not to be changed; the array may be used for the next row again. */
  read(row: number): Float32Array;
}

/** A matrix in memory, of which cells can be read one by one, too. */
export interface Cells extends Rows {
  cell(row: number, column: number): number;
}

/** A matrix whose cells carry their marks, row-major. */
export function markedCells(data: Float32Array, rows: number, columns: number): Cells {
  return {
    rows,
    columns,
    cost: columns,
    read: (row) => data.subarray(row * columns, (row + 1) * columns),
    cell: (row, column) => data[row * columns + column] as number,
  };
}

/**
 * Weights as they come from softmax, row-major. A weight of 0 (or NaN) outside the band is masked, any other is shown as
 * it is: that a row of nothing but zeros was masked nobody knows.
 */
export function plainCells(data: Float32Array, rows: number, columns: number, band: Band): Cells {
  const marked = new Float32Array(columns);
  const mark = (value: number, outside: boolean): number => {
    if (outside && (value === 0 || value !== value)) return MASKED;
    return value - value === 0 ? value : NaN;
  };
  return {
    rows,
    columns,
    cost: columns,
    read(row) {
      const first = Math.min(columns, Math.max(0, row - band.left));
      const end = Math.max(first, Math.min(columns, row + band.right + 1));
      const values = data.subarray(row * columns, (row + 1) * columns);
      let unfit = 0;
      for (let i = first; i < end; ++i) unfit += (values[i] as number) - (values[i] as number);
      if (unfit === 0 && end - first === columns) return values;
      marked.set(values);
      for (let i = 0; i < first; ++i) marked[i] = mark(values[i] as number, true);
      for (let i = end; i < columns; ++i) marked[i] = mark(values[i] as number, true);
      if (unfit !== 0) for (let i = first; i < end; ++i) marked[i] = mark(values[i] as number, false);
      return marked;
    },
    cell(row, column) {
      return mark(data[row * columns + column] as number, isOutside(band, row, column));
    },
  };
}

/** Copies of rows [from, to) one after the other. */
export function copyRows(source: Rows, into: Float32Array, from: number, to: number): void {
  for (let row = from; row < to; ++row) into.set(source.read(row), row * source.columns);
}

/** Adds rows [from, to) to a survey. */
export function surveyRows(source: Rows, survey: Survey, from: number, to: number): void {
  for (let row = from; row < to; ++row) {
    const values = source.read(row);
    let { max, min, hasMasked, hasInvalid } = survey;
    for (let column = 0; column < values.length; ++column) {
      const value = values[column] as number;
      if (value > max) max = value;
      else if (value === MASKED) hasMasked = true;
      else if (value < min) min = value;
      else if (value !== value) hasInvalid = true;
    }
    Object.assign(survey, { max, min, hasMasked, hasInvalid });
  }
}
