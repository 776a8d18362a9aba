import { turn } from '../../../wasm-bindings/js/worker/turn.js';

/** Longest stretch of work before the page gets its turn, in milliseconds. */
const SLICE = 7;

/** Cells that are read without looking at the clock. */
const CELLS_PER_STEP = 32_768;

/** Cuts long work on the main thread into slices, so that no task blocks the page. */
export class Pacer {
  #started = performance.now();

  constructor(readonly signal: AbortSignal) {}

  /** Whether the slice is used up, so that it is time to `pause()`. */
  get due(): boolean {
    return performance.now() - this.#started >= SLICE;
  }

  /** Lets the page work, then goes on. @throws the signal's reason when the work was called off meanwhile */
  async pause(): Promise<void> {
    await turn();
    this.signal.throwIfAborted();
    this.#started = performance.now();
  }

  /** Has `work` do all rows, some at a time. @param cells how many a row stands for */
  async rows(count: number, cells: number, work: (from: number, to: number) => void): Promise<void> {
    const step = Math.max(1, Math.floor(CELLS_PER_STEP / cells));
    for (let row = 0; row < count; row += step) {
      work(row, Math.min(count, row + step));
      if (this.due) await this.pause();
    }
  }
}
