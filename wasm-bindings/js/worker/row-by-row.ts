import type { RowWork } from '../attention-session.js';
import type { Turns } from './turns.js';

/** Milliseconds that a worker goes on without looking at what else there is to do. */
export const STEP_MILLISECONDS = 15;

/** The kernels take as many rows together: steps that end elsewhere would have some rows computed twice. */
const ROWS_TOGETHER = 8;

export interface RowByRowOptions {
  readonly turns: Turns;
  /** Milliseconds that a row takes, by a guess that is rather too high. */
  readonly perRow: number;
  /** Milliseconds that the work is to count as longer than it is, for which other work goes before it. */
  readonly later: number;
  /** Whether anybody still wants the result. */
  readonly wanted: () => boolean;
  /** Told what fraction of the rows is done. */
  readonly onRows?: ((fraction: number) => void) | undefined;
}

/** Does some work a few rows at a time, as its turn comes. Gives undefined when nobody wants it any more. */
export async function rowByRow<Result>(
  work: RowWork<Result>,
  { turns, perRow, later, wanted, onRows }: RowByRowOptions,
): Promise<Result | undefined> {
  const { first, count } = work.rows;
  const end = first + count;
  let row = first;
  try {
    await turns.first(later + count * perRow);
    for (;;) {
      if (!wanted()) return undefined;
      const next = row + STEP_MILLISECONDS / perRow;
      const to = Math.min(end, Math.ceil(next / ROWS_TOGETHER) * ROWS_TOGETHER);
      const started = performance.now();
      work.run(row, to - row);
      const elapsed = performance.now() - started;
      // Rows may take longer than those before them, as under a causal mask: a step has at most twice as many as the last.
      perRow = Math.max(elapsed / (to - row), perRow / 2);
      row = to;
      if (row >= end) return work.result();
      onRows?.((row - first) / count);
      await turns.next(later + (end - row) * perRow);
    }
  } finally {
    work.dispose();
  }
}
