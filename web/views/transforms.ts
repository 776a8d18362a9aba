// Matrices made of others, a row at a time. Nothing is computed before a row is read.
import { MASKED } from './pooling.js';
import type { Rows } from './rows.js';

type Size = Pick<Rows, 'rows' | 'columns' | 'cost'>;

function rowsOf({ rows, columns, cost }: Size, fill: (row: number, into: Float32Array) => void): Rows {
  const result = new Float32Array(columns);
  return {
    rows,
    columns,
    cost,
    read(row) {
      fill(row, result);
      return result;
    },
  };
}

/** What a cell that takes no part counts in a sum. */
const counted = (value: number): number => (value === MASKED ? 0 : value);

function sumOf(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; ++i) sum += counted(values[i] as number);
  return sum;
}

/**
 * Words instead of sub-words: the mean of a word's rows, the sum of its columns. What is masked counts as 0, and is
 * masked where all of a cell is.
 *
 * @param starts first token of each word, ascending from 0
 */
export function mergedWords(source: Rows, starts: readonly number[]): Rows {
  const { rows, columns } = source;
  const word = new Int32Array(columns);
  starts.forEach((start, i) => word.fill(i, start));
  const size = { rows: starts.length, columns: starts.length, cost: (2 * source.cost * rows) / starts.length };
  return rowsOf(size, (row, into) => {
    into.fill(MASKED);
    const first = starts[row] as number;
    const end = starts[row + 1] ?? rows;
    for (let token = first; token < end; ++token) {
      const values = source.read(token);
      for (let key = 0; key < columns; ++key) {
        const value = values[key] as number;
        if (value === MASKED) continue;
        const at = word[key] as number;
        into[at] = counted(into[at] as number) + value / (end - first);
      }
    }
  });
}

/**
 * Some keys are hidden; the others are divided by their sum in the row, if it is not 0.
 *
 * @param instead what stands in the place of a hidden key's weight
 */
export function withoutKeys(source: Rows, hidden: readonly number[], instead = MASKED): Rows {
  return rowsOf({ ...source, cost: 2 * source.cost }, (row, into) => {
    into.set(source.read(row));
    for (const key of hidden) into[key] = MASKED;
    const sum = sumOf(into);
    for (let key = 0; sum !== 0 && key < into.length; ++key) {
      if (into[key] !== MASKED) into[key] = (into[key] as number) / sum;
    }
    for (const key of hidden) into[key] = instead;
  });
}

/** The mean or the largest of each cell over some heads; masked where it is in all of them, otherwise 0 in the mean. */
export function composed(heads: readonly Rows[], how: 'mean' | 'max'): Rows {
  const { rows, columns } = heads[0] as Rows;
  const cost = heads.reduce((sum, head) => sum + 2 * head.cost, 0);
  return rowsOf({ rows, columns, cost }, (row, into) => {
    into.fill(MASKED);
    for (const head of heads) {
      const values = head.read(row);
      for (let key = 0; key < columns; ++key) {
        const value = values[key] as number;
        if (value === MASKED) continue;
        const before = into[key] as number;
        into[key] = how === 'mean' ? counted(before) + value / heads.length : Math.max(before, value);
      }
    }
  });
}

/**
 * Of each row only the largest weights: at most `topK` of them (0 for any number), and no more than make up `mass` of the
 * row's sum (1 for all). Of equal weights the lower keys stay.
 *
 * @param instead what stands in the place of a weight that is left out
 */
export function filtered(source: Rows, topK: number, mass: number, instead = MASKED): Rows {
  const sorted = new Float32Array(source.columns);
  return rowsOf({ ...source, cost: source.cost + 16 * source.columns }, (row, into) => {
    into.set(source.read(row));
    // NaN stands last in a sorted array, where it would be the largest.
    for (let key = 0; key < into.length; ++key) sorted[key] = into[key] === into[key] ? (into[key] as number) : MASKED;
    sorted.sort();
    let kept = topK > 0 ? Math.min(topK, sorted.length) : sorted.length;
    if (mass < 1) {
      const wanted = mass * sumOf(into) - 1e-7;
      let sum = 0;
      for (let count = 0; count < kept; ++count) {
        if (count > 0 && sum >= wanted) kept = count;
        else sum += counted(sorted[sorted.length - 1 - count] as number);
      }
    }
    const least = sorted[sorted.length - kept] as number;
    let ties = kept;
    for (let i = sorted.length - 1; i >= 0 && (sorted[i] as number) > least; --i) --ties;
    for (let key = 0; key < into.length; ++key) {
      const value = into[key] as number;
      if (value === MASKED || value !== value || value > least || (value === least && ties-- > 0)) continue;
      into[key] = instead;
    }
  });
}

/** One matrix less another of the same size; masked where both are, otherwise that counts as 0. */
export function subtracted(one: Rows, other: Rows): Rows {
  return rowsOf({ ...one, cost: one.cost + other.cost }, (row, into) => {
    into.set(one.read(row));
    subtractValues(into, other.read(row));
  });
}

/** Subtracts cell by cell, in place. */
export function subtractValues(from: Float32Array, values: Float32Array): void {
  for (let i = 0; i < from.length; ++i) {
    const [a, b] = [from[i] as number, values[i] as number];
    if (a !== MASKED || b !== MASKED) from[i] = counted(a) - counted(b);
  }
}
