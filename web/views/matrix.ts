/** The weights of one head: row-major (rows = queries, columns = keys). */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** Keys after the query are masked: key index > query index, as torch.tril does it, aligned at the top left. */
  readonly causal: boolean;
}

/** What is known about a whole matrix. */
export interface MatrixFacts {
  /** Largest finite weight that is not masked; 0 when there is none. */
  readonly max: number;
  /** Smallest finite weight that is not masked; 0 when there is none. */
  readonly min: number;
  /** Number of cells that are NaN or infinite and not masked. */
  readonly invalid: number;
  /** Number of masked cells. */
  readonly masked: number;
  /** 1 for a row that is masked whole: nothing but zeros, which no softmax gives otherwise. */
  readonly maskedRows: Uint8Array;
}

/** The facts of a matrix of which no row was read yet. */
export function noFacts(rows: number): MatrixFacts {
  return { max: -Infinity, min: Infinity, invalid: 0, masked: 0, maskedRows: new Uint8Array(rows) };
}

/**
 * Reads rows [from, to) and returns the facts known so far. Read all rows once, in order, in slices as small as
 * needed, then `settle` the facts.
 */
export function readRows(matrix: Matrix, facts: MatrixFacts, from: number, to: number): MatrixFacts {
  const { data, columns, causal } = matrix;
  let { max, min, invalid, masked } = facts;
  const { maskedRows } = facts;
  for (let row = from; row < to; ++row) {
    const start = row * columns;
    let onlyZeros = true;
    let above = 0;
    for (let column = 0; column < columns; ++column) {
      const value = data[start + column] as number;
      if (causal && column > row && (value === 0 || value !== value)) {
        ++above;
        continue;
      }
      if (value !== 0) onlyZeros = false;
      if (value - value !== 0) {
        ++invalid;
        continue;
      }
      if (value > max) max = value;
      if (value < min) min = value;
    }
    if (onlyZeros) maskedRows[row] = 1;
    masked += onlyZeros ? columns : above;
  }
  return { max, min, invalid, masked, maskedRows };
}

/** Facts for use once every row was read: without a finite weight the scale is 0 to 0. */
export function settle(facts: MatrixFacts): MatrixFacts {
  return { ...facts, max: facts.max === -Infinity ? 0 : facts.max, min: facts.min === Infinity ? 0 : facts.min };
}

/** Whether a cell takes no part: hidden by the causal mask, or in a row that is masked whole. */
export function isMasked(matrix: Matrix, facts: MatrixFacts, row: number, column: number): boolean {
  if (facts.maskedRows[row] === 1) return true;
  if (!matrix.causal || column <= row) return false;
  const value = matrix.data[row * matrix.columns + column] as number;
  return value === 0 || Number.isNaN(value);
}
