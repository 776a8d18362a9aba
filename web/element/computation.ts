import type { Scene } from './scene.js';
import type { OpenPicture, Picture } from './source/picture.js';

/** Work shorter than this shows no progress. In ms, as all times here. */
const SHOW_PROGRESS_AFTER = 150;

/** Least time between two pictures of a computation that goes on: to draw takes processors away from it. */
const FOLLOW_EVERY = 200;

/** What is drawn: a picture, and the other one where it is compared with another input or other knobs. */
export interface Pictures {
  readonly shown: Picture;
  readonly other: Picture | null;
}

export interface ComputationListener {
  /** There is something new to draw. */
  changed(): void;
  /** Share of the work until all heads are known, up to 1. */
  progress(fraction: number): void;
  /** All that was asked for is there: `good` is what has been computed. */
  ready(): void;
  /** Nothing comes of what was asked for; what was good before stays, unless it was that which broke. */
  failed(error: unknown): void;
}

/** From scenes to pictures: what is being computed, and what came of the last input that could be. */
export class Computation {
  #pending: Pictures | null = null;
  #good: Pictures | null = null;
  #progress = 0;
  #progressShown = false;
  #followed = 0;
  /** Whether anything of what is being computed was there to be drawn. */
  #begun = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly listener: ComputationListener) {}

  get busy(): boolean {
    return this.#pending !== null;
  }

  /** What came of the last input that could be computed. */
  get good(): Pictures | null {
    return this.#good;
  }

  /** Share of the work that is done; null where none is running, or only for a moment yet. */
  get progress(): number | null {
    return this.#progressShown ? this.#progress : null;
  }

  /** What is drawn now: until work takes long the picture before stays, so that quick edits do not flicker. */
  get pictures(): Pictures | null {
    const pending = this.#progressShown && (this.#pending?.shown.known ?? 0) > 0 ? this.#pending : null;
    return pending ?? this.#good;
  }

  /** Begins with a scene, and another one to compare it with if there is; what was running is dropped. */
  start(open: OpenPicture, scene: Scene, other: Scene | null): void {
    this.stop();
    const scenes = other === null ? [scene] : [scene, other];
    const progress = scenes.map(() => 0);
    let missing = scenes.length;
    this.#progress = 0;
    this.#begun = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#progressShown = this.busy;
      this.listener.changed();
    }, SHOW_PROGRESS_AFTER);
    const [shown, compared] = scenes.map((one, i) =>
      open(one, devicePixelRatio, {
        changed: () => this.#follow(),
        progress: (fraction) => {
          progress[i] = fraction;
          this.#progress = progress.reduce((sum, share) => sum + share, 0) / scenes.length;
          this.listener.progress(this.#progress);
          if (this.#progressShown) this.#follow();
        },
        ready: () => {
          if (--missing === 0) this.#ready();
        },
        failed: (error) => this.#fail(error),
      }),
    );
    if (shown !== undefined) this.#pending = { shown, other: compared ?? null };
  }

  /** Drops what is running. */
  stop(): void {
    dispose(this.#pending);
    this.#pending = null;
    this.#progressShown = false;
  }

  /** Drops what was good, too: there is nothing to draw. */
  clear(): void {
    dispose(this.#good);
    this.#good = null;
  }

  /** What is being computed is drawn in steps; the beginning and the end of it are drawn in any case. */
  #follow(): void {
    const now = performance.now();
    const begins = !this.#begun && this.pictures === this.#pending;
    if (this.busy && !begins && now < this.#followed + FOLLOW_EVERY) return;
    this.#begun ||= begins;
    this.#followed = now;
    this.listener.changed();
  }

  #ready(): void {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    this.#progressShown = false;
    this.clear();
    this.#good = pending;
    this.listener.ready();
  }

  #fail(error: unknown): void {
    // A picture that has been good can still lose its engine.
    if (!this.busy) this.clear();
    this.stop();
    this.listener.failed(error);
  }
}

function dispose(pictures: Pictures | null): void {
  pictures?.shown.dispose();
  pictures?.other?.dispose();
}
