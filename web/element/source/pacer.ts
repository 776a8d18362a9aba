/** Longest stretch of work before the page gets its turn, in milliseconds. */
const SLICE = 7;

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
    await new Promise((resolve) => setTimeout(resolve));
    this.signal.throwIfAborted();
    this.#started = performance.now();
  }
}
