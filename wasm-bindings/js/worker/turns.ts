import { turn } from './turn.js';

/** What waits for its turn. */
interface Waiting {
  readonly left: number;
  readonly go: () => void;
}

/**
 * Whose turn it is of all that a worker does step by step: what has least left to do goes first, of equals the one that
 * has waited longest. Before each turn messages are let in, so that what comes in meanwhile takes part, and what is
 * cancelled is noticed.
 */
export class Turns {
  readonly #waiting: Waiting[] = [];
  #running = false;

  /** The first turn of some work: at once where nothing else waits. @param left as of `next` */
  async first(left: number): Promise<void> {
    if (this.#waiting.length > 0) await this.next(left);
  }

  /**
   * Resolves when the caller may go on for some milliseconds; then it has to end, or to ask for its next turn, before it
   * waits for anything else.
   *
   * @param left about how many milliseconds of work are left
   */
  next(left: number): Promise<void> {
    return new Promise((go) => {
      this.#waiting.push({ left, go });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await turn();
      let best = 0;
      this.#waiting.forEach(({ left }, index) => {
        if (left < (this.#waiting[best] as Waiting).left) best = index;
      });
      this.#waiting.splice(best, 1)[0]?.go();
    }
    this.#running = false;
  }
}
