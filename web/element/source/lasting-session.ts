import type { HeadStatistics } from '../../../wasm-bindings/js/attention-session.js';
import { HeadscopeError } from '../../../wasm-bindings/js/errors.js';
import type { CallOptions, PoolSession, PoolTileOptions } from '../../../wasm-bindings/js/worker/pool-session.js';
import type { Tensor } from '../../../wasm-bindings/js/tensor.js';

/** Whoever asks says until when the answer is wanted. */
type Until = Required<CallOptions>;

/**
 * A session that is opened anew when a worker dies with its heads, or the page ends its workers: whoever looks at the
 * picture notices nothing but the time it takes. Once, because what ends a second session is not chance.
 *
 * Its methods are those of {@link PoolSession} and throw the same, `WorkerFailed` the second time.
 */
export class LastingSession {
  #session: Promise<PoolSession>;
  readonly #lanes: readonly number[];
  readonly #open: () => Promise<PoolSession>;
  #reopened = false;
  #disposed = false;

  private constructor(session: PoolSession, open: () => Promise<PoolSession>) {
    this.#session = Promise.resolve(session);
    this.#open = open;
    this.#lanes = Array.from({ length: session.heads }, (_, head) => session.workerOf(head));
  }

  /** @param open asked for a session now, and once more when that is lost */
  static async opened(open: () => Promise<PoolSession>): Promise<LastingSession> {
    return new LastingSession(await open(), open);
  }

  /** The same for every session, since heads are divided evenly. */
  workerOf(head: number): number {
    return this.#lanes[head] as number;
  }

  row(head: number, query: number, until: Until): Promise<Float32Array> {
    return this.#ask(until, (session) => session.row(head, query, until));
  }

  tile(head: number, options: PoolTileOptions & Until): Promise<Tensor> {
    return this.#ask(options, (session) => session.tile(head, options));
  }

  statistics(head: number, until: Until): Promise<HeadStatistics> {
    return this.#ask(until, (session) => session.statistics(head, until));
  }

  async #ask<T>({ signal }: Until, ask: (session: PoolSession) => Promise<T>): Promise<T> {
    const asked = this.#session;
    try {
      return await ask(await asked);
    } catch (error) {
      if (signal?.aborted === true || !this.#isLost(error)) throw error;
      // Of several that were lost together, the first one has the session opened.
      if (asked === this.#session) {
        if (this.#reopened) throw error;
        this.#reopened = true;
        this.#session = this.#reopen(asked);
      }
      return ask(await this.#session);
    }
  }

  /** Whether an error says that the engine has not got any more what it kept. */
  #isLost(error: unknown): boolean {
    return (
      !this.#disposed && error instanceof HeadscopeError && ['WorkerFailed', 'Aborted', 'Disposed'].includes(error.code)
    );
  }

  async #reopen(lost: Promise<PoolSession>): Promise<PoolSession> {
    // Workers that live have their heads still.
    (await lost).dispose();
    const session = await this.#open();
    if (this.#disposed) session.dispose();
    return session;
  }

  dispose(): void {
    this.#disposed = true;
    this.#session.then(
      (session) => session.dispose(),
      () => undefined,
    );
  }
}
