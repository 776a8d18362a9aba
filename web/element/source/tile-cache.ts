/** Something to be computed for a cache. */
export interface Request<T> {
  /** What it is, in a word that nothing else has. */
  readonly key: string;
  /** Who computes it: requests of one lane wait for each other. */
  readonly lane: number;
  run(signal: AbortSignal): Promise<T>;
}

export interface TileCacheOptions {
  /** How many bytes are kept. */
  readonly bytes: number;
  /** How many requests of a lane are under way at once. */
  readonly atOnce: number;
  bytesOf(value: unknown): number;
  /** A result has come: whoever still needs anything asks again. */
  changed(): void;
  /** Something could not be computed. The cache is disposed of. */
  failed(error: unknown): void;
}

interface Asked<T> extends Request<T> {
  /** The drawing that asked for it last. */
  drawing: number;
  readonly controller: AbortController;
  running: boolean;
}

/**
 * Keeps results, up to a number of bytes, those that were asked for last; and computes what is missing, what was asked
 * for last first. What nobody asks for any more is not begun, and stopped if it was.
 */
export class TileCache {
  readonly #options: TileCacheOptions;
  /** The oldest first. */
  readonly #kept = new Map<string, unknown>();
  /** The one asked for longest ago first. */
  readonly #asked = new Map<string, Asked<unknown>>();
  #bytes = 0;
  /** Counts what happens between one `changed()` and the next. */
  #drawing = 0;
  #hasChanged = false;
  #disposed = false;

  constructor(options: TileCacheOptions) {
    this.#options = options;
  }

  /** What is kept under a key; null when nothing is. */
  get<T>(key: string): T | null {
    const value = this.#kept.get(key);
    if (value === undefined) return null;
    this.#kept.delete(key);
    this.#kept.set(key, value);
    return value as T;
  }

  put(key: string, value: unknown): void {
    this.#bytes -= this.#size(key);
    this.#kept.delete(key);
    this.#kept.set(key, value);
    this.#bytes += this.#size(key);
    for (const oldest of this.#kept.keys()) {
      // The newest stays, however large it is: somebody is waiting for it.
      if (this.#bytes <= this.#options.bytes || oldest === key) break;
      this.#bytes -= this.#size(oldest);
      this.#kept.delete(oldest);
    }
  }

  #size(key: string): number {
    const value = this.#kept.get(key);
    return value === undefined ? 0 : this.#options.bytesOf(value);
  }

  /** What is kept; or null, and it is on its way. */
  ask<T>(request: Request<T>): T | null {
    const { key } = request;
    const kept = this.get<T>(key);
    if (kept !== null) return kept;
    if (this.#disposed) return null;
    if (this.#hasChanged) this.#nextDrawing();
    const before = this.#asked.get(key);
    this.#asked.delete(key);
    const asked = before ?? { ...request, drawing: 0, controller: new AbortController(), running: false };
    asked.drawing = this.#drawing;
    this.#asked.set(key, asked);
    this.#begin();
    return null;
  }

  /** Forgets what the last drawing did not ask for any more. */
  #nextDrawing(): void {
    this.#hasChanged = false;
    for (const [key, { drawing, controller }] of this.#asked) {
      if (drawing === this.#drawing) continue;
      this.#asked.delete(key);
      controller.abort();
    }
    ++this.#drawing;
  }

  /** Stops everything and keeps nothing. */
  dispose(): void {
    this.#disposed = true;
    for (const { controller } of this.#asked.values()) controller.abort();
    this.#asked.clear();
    this.#kept.clear();
    this.#bytes = 0;
  }

  #begin(): void {
    const running = new Map<number, number>();
    for (const { lane, running: runs } of this.#asked.values()) {
      if (runs) running.set(lane, (running.get(lane) ?? 0) + 1);
    }
    for (const asked of [...this.#asked.values()].reverse()) {
      const { lane } = asked;
      const busy = running.get(lane) ?? 0;
      if (asked.running || busy >= this.#options.atOnce) continue;
      running.set(lane, busy + 1);
      void this.#run(asked);
    }
  }

  async #run(asked: Asked<unknown>): Promise<void> {
    asked.running = true;
    const { key, controller } = asked;
    try {
      const value = await asked.run(controller.signal);
      if (controller.signal.aborted) return;
      this.#asked.delete(key);
      this.put(key, value);
      this.#hasChanged = true;
      this.#options.changed();
    } catch (error) {
      if (controller.signal.aborted) return;
      this.#asked.delete(key);
      this.dispose();
      this.#options.failed(error);
    } finally {
      this.#begin();
    }
  }
}
