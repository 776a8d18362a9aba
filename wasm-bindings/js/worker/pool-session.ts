import { count } from '../attention-options.js';
import type { HeadStatistics, TileOptions } from '../attention-session.js';
import { HeadscopeError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { ask, checkSignal, type Crew, type Member } from './crew.js';
import type { Interim, Picture, Progress, SessionMethod } from './protocol.js';

/** What ends the wait for an answer. */
export interface CallOptions {
  /** Ends the call: its promise rejects with `Aborted` at once, and the workers stop within some milliseconds. */
  readonly signal?: AbortSignal | undefined;
}

export interface OverviewOptions extends Pick<TileOptions, 'width' | 'height' | 'pooling'>, CallOptions {
  /** Given the picture of each head as soon as it is there, in no particular order. */
  readonly onHead?: ((head: number, picture: Tensor) => void) | undefined;
}

export interface PoolTileOptions extends TileOptions, CallOptions {
  /** Told now and then what fraction of the picture is drawn; 1 in the end. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** The heads that a worker has, counted through all batch elements. */
export interface SessionShare {
  readonly member: Member;
  readonly from: number;
  readonly to: number;
}

/**
 * {@link AttentionSession} in the workers of a pool, each of which has some of the heads: the same functions, as
 * promises. What takes least comes first, statistics last: a row is there within some hundredths of a second, whatever
 * else was asked before. They reject with {@link HeadscopeError}: as there, `Aborted`, and `WorkerFailed` once a worker has died with
 * its heads. `pool.attentionSession` makes it.
 */
export class PoolSession {
  /** B·Hq */
  readonly heads: number;
  /** Lq */
  readonly queryLength: number;
  /** Lk */
  readonly keyLength: number;
  readonly #crew: Crew;
  readonly #id: number;
  #shares: readonly SessionShare[] | undefined;

  /** Not for use: `pool.attentionSession` makes it. */
  constructor(
    crew: Crew,
    id: number,
    shares: readonly SessionShare[],
    { queryLength, keyLength }: { readonly queryLength: number; readonly keyLength: number },
  ) {
    this.#crew = crew;
    this.#id = id;
    this.#shares = shares;
    this.heads = shares.at(-1)?.to ?? 0;
    this.queryLength = queryLength;
    this.keyLength = keyLength;
  }

  /** The number of the worker that has a head, from 0: what is asked of the same one waits for its turn. */
  workerOf(head: number): number {
    return this.#open.findIndex(({ to }) => head < to);
  }

  /** The weights (Lk) of query i. */
  async row(head: number, i: number, options: CallOptions = {}): Promise<Float32Array> {
    return this.#ask('row', head, [i], options.signal) as Promise<Float32Array>;
  }

  /** A picture of some rows and columns, (height, width); see {@link AttentionSession.tile}. */
  async tile(head: number, { signal, onProgress, ...options }: PoolTileOptions = {}): Promise<Tensor> {
    const onPart = onProgress && ((part: Interim): void => onProgress((part as Progress).fraction));
    const picture = (await this.#ask('tile', head, [options], signal, onPart)) as Tensor;
    onProgress?.(1);
    return picture;
  }

  /** The largest weights of query i, largest first: min(k, Lk) of them. */
  async topK(head: number, i: number, k: number, options: CallOptions = {}): Promise<TopK> {
    return this.#ask('topK', head, [i, k], options.signal) as Promise<TopK>;
  }

  /** What a head does, on average over its queries that see anything. */
  async statistics(head: number, options: CallOptions = {}): Promise<HeadStatistics> {
    return this.#ask('statistics', head, [], options.signal) as Promise<HeadStatistics>;
  }

  /** The weighted mean (Dv) of the values for query i; for a session that was made with values. */
  async output(head: number, i: number, options: CallOptions = {}): Promise<Float32Array> {
    return this.#ask('output', head, [i], options.signal) as Promise<Float32Array>;
  }

  /** A picture of each head, whole: (height, width) each. All workers take part. */
  async overview({ signal, onHead, width, height, pooling }: OverviewOptions = {}): Promise<Tensor[]> {
    const pictures = new Array<Tensor>(this.heads);
    const tile = { width, height, pooling };
    // What ends the work of one worker ends that of all.
    const all = new AbortController();
    const abort = (): void => all.abort(signal?.reason);
    checkSignal(signal);
    signal?.addEventListener('abort', abort);
    try {
      await Promise.all(
        this.#open.map(({ member, from, to }) =>
          ask({
            member: () => this.#alive(member),
            request: (id) => ({ type: 'overview', id, session: this.#id, from, to, tile }),
            signal: all.signal,
            onPart(part) {
              const { head, picture } = part as Picture;
              pictures[head] = picture;
              onHead?.(head, picture);
            },
          }),
        ),
      );
    } finally {
      signal?.removeEventListener('abort', abort);
      all.abort();
    }
    return pictures;
  }

  /** Frees the workers' memory. Calling it again does nothing; every other use after it rejects with `Disposed`. */
  dispose(): void {
    for (const { member } of this.#shares ?? []) {
      if (this.#crew.has(member)) member.release({ type: 'close', session: this.#id });
    }
    this.#shares = undefined;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  get #open(): readonly SessionShare[] {
    if (this.#shares !== undefined) return this.#shares;
    throw new HeadscopeError('Disposed', 'session', 'a session in use', 'a disposed one');
  }

  #alive(member: Member): Member {
    if (this.#crew.has(member)) return member;
    throw new HeadscopeError('WorkerFailed', 'session', 'a running worker', 'its end, and that of the session');
  }

  #ask(
    method: SessionMethod,
    head: number,
    args: readonly unknown[],
    signal: AbortSignal | undefined,
    onPart?: (part: Interim) => void,
  ): Promise<unknown> {
    const share = this.#open.find(({ to }) => count(head, 'head') < to);
    if (share === undefined) {
      throw new HeadscopeError('InvalidArgument', 'head', `less than ${this.heads}`, `${head}`);
    }
    const request = { type: 'session', session: this.#id, method, head, args } as const;
    return ask({ member: () => this.#alive(share.member), request: (id) => ({ ...request, id }), signal, onPart });
  }
}

/** @see AttentionSession.topK */
export interface TopK {
  readonly keys: Int32Array;
  readonly weights: Float32Array;
}
