import { HeadscopeError } from '../errors.js';
import type { Flavour } from '../flavour.js';
import { chosenOptions, resolveUrl, type LoadOptions } from '../load-options.js';
import { openWorker, type WorkerLink } from './link.js';
import { unpackError, type Compiled, type Interim, type Request, type Response } from './protocol.js';

/** Who asked a worker for something. */
export interface Asker {
  /** Some of the results, or word of them; more will come. */
  part?(part: Interim): void;
  done(result: unknown): void;
  /** Refused, or lost with the worker. */
  failed(error: HeadscopeError): void;
}

/** One worker of a crew, and what it has been asked. */
export class Member {
  readonly #link: WorkerLink;
  readonly #crew: CrewSide;
  readonly #asked = new Map<number, Asker>();
  #kept = 0;
  #lastId = 0;
  /** Why it is of no use any more; undefined as long as it is. */
  ended: HeadscopeError | undefined;

  constructor(crew: CrewSide) {
    this.#crew = crew;
    this.#link = openWorker(
      (response) => this.#receive(response),
      (reason) => crew.onFailure(this, reason),
    );
  }

  /** How many requests it has not answered. */
  get pending(): number {
    return this.#asked.size;
  }

  load(options: LoadOptions | Compiled): void {
    this.#link.post({ type: 'load', options, lock: this.#link.lock });
  }

  /** Asks for something; the answer goes to `asker`. Returns the number to cancel it by. */
  ask(request: (id: number) => Request, transfer: ArrayBuffer[], asker: Asker): number {
    const id = ++this.#lastId;
    try {
      this.#link.post(request(id), transfer);
    } catch (error) {
      // What cannot be cloned: a function among the options, say.
      throw new HeadscopeError('InvalidType', 'options', 'values that can be sent to a worker', String(error), {
        cause: error,
      });
    }
    this.#asked.set(id, asker);
    if (this.#asked.size === 1) this.#link.keepAlive(true);
    this.#crew.onAsked();
    return id;
  }

  /** Whether it keeps slices or sessions for later calls. */
  get keeps(): boolean {
    return this.#kept > 0;
  }

  /** It is going to keep one thing more. */
  keep(): void {
    ++this.#kept;
  }

  /** It need not keep that any more. */
  release(request: Extract<Request, { type: 'drop' | 'close' }>): void {
    --this.#kept;
    this.#link.post(request);
    this.#crew.onRest();
  }

  /** What has been asked is of no interest any more. */
  cancel(id: number): void {
    if (this.#end(id) !== undefined) this.#link.post({ type: 'cancel', id });
  }

  close(error: HeadscopeError): void {
    this.ended = error;
    this.#link.close();
    for (const id of [...this.#asked.keys()]) this.#end(id)?.failed(error);
  }

  #end(id: number): Asker | undefined {
    const asker = this.#asked.get(id);
    if (asker !== undefined) {
      this.#asked.delete(id);
      if (this.#asked.size === 0) this.#link.keepAlive(false);
      this.#crew.onAnswered();
    }
    return asker;
  }

  #receive(response: Response): void {
    switch (response.type) {
      case 'locked':
        return undefined;
      case 'loaded':
        return this.#crew.onLoaded(this, response.compiled);
      case 'failed':
        return this.#crew.onFailure(this, unpackError(response.error));
      // A request that was cancelled has nobody who listens.
      case 'part':
        return this.#asked.get(response.id)?.part?.(response.part);
      case 'done':
        return this.#end(response.id)?.done(response.result);
      case 'refused':
        return this.#end(response.id)?.failed(unpackError(response.error));
    }
  }
}

/** What a member tells its crew. */
interface CrewSide {
  onLoaded(member: Member, compiled: Compiled): void;
  onFailure(member: Member, reason: string | HeadscopeError): void;
  onAsked(): void;
  onAnswered(): void;
  onRest(): void;
}

/** The promise of a flavour, from the start of the first worker on. */
interface Loading {
  readonly flavour: Promise<Flavour>;
  readonly resolve: (flavour: Flavour) => void;
  readonly reject: (error: HeadscopeError) => void;
}

/**
 * The workers of a pool. Each starts when it is first needed; one that dies is replaced when it is needed again; after
 * some idle time all end that keep nothing. The first one compiles the core for all.
 */
export class Crew implements CrewSide {
  readonly #options: LoadOptions;
  readonly #idleTimeout: number;
  readonly #members: (Member | undefined)[];
  #loading: Loading | undefined;
  #compiled: Compiled | undefined;
  #pending = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LoadOptions, size: number, idleTimeout: number) {
    this.#options = options;
    this.#idleTimeout = idleTimeout;
    this.#members = new Array<undefined>(size).fill(undefined);
  }

  get size(): number {
    return this.#members.length;
  }

  get flavour(): Promise<Flavour> {
    this.member(0);
    return (this.#loading as Loading).flavour;
  }

  /** Worker number `index`, which is started if it does not run. */
  member(index: number): Member {
    return this.#members[index] ?? this.#start(index);
  }

  /** The worker that has least to do. One that does not run has nothing to do, but another idle one comes first. */
  get idlest(): Member {
    const pending = (member: Member | undefined): number => member?.pending ?? 0.5;
    let best = 0;
    this.#members.forEach((member, index) => {
      if (pending(member) < pending(this.#members[best])) best = index;
    });
    return this.member(best);
  }

  has(member: Member): boolean {
    return this.#members.includes(member);
  }

  /** Ends all workers. Whatever waits for them fails. */
  stop(error: HeadscopeError): void {
    clearTimeout(this.#timer);
    this.#loading?.reject(error);
    this.#loading = this.#compiled = undefined;
    this.#members.forEach((member) => member && this.#dismiss(member, error));
  }

  onLoaded(member: Member, compiled: Compiled): void {
    if (this.#compiled !== undefined) return;
    this.#compiled = compiled;
    this.#loading?.resolve(compiled.flavour);
    for (const other of this.#members) if (other !== member) other?.load(compiled);
  }

  onFailure(member: Member, reason: string | HeadscopeError): void {
    const loaded = this.#compiled !== undefined;
    const error =
      typeof reason === 'string'
        ? new HeadscopeError(loaded ? 'WorkerFailed' : 'LoadFailed', 'worker', 'a running worker', reason)
        : reason;
    if (loaded) this.#dismiss(member, error);
    else this.stop(error);
  }

  onAsked(): void {
    if (this.#pending++ === 0) clearTimeout(this.#timer);
  }

  onAnswered(): void {
    --this.#pending;
    this.onRest();
  }

  onRest(): void {
    if (this.#pending > 0 || this.#idleTimeout === Infinity) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const member of this.#members) if (member?.keeps === false) this.#dismiss(member, aborted('idleness'));
    }, this.#idleTimeout);
    // Node has nothing to wait for.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #start(index: number): Member {
    const { flavour, wasmUrl, wasmBinary } = chosenOptions(this.#options);
    const url = wasmUrl === undefined ? undefined : resolveUrl(wasmUrl).href;
    const member = (this.#members[index] = new Member(this));
    if (this.#compiled !== undefined) member.load(this.#compiled);
    else if (this.#loading === undefined) {
      let resolve!: Loading['resolve'];
      let reject!: Loading['reject'];
      const promise = new Promise<Flavour>((...settle) => ([resolve, reject] = settle));
      // Who does not ask for the flavour learns of a failure from the call.
      promise.catch(() => undefined);
      this.#loading = { flavour: promise, resolve, reject };
      member.load({ flavour, wasmUrl: url, wasmBinary });
    }
    return member;
  }

  #dismiss(member: Member, error: HeadscopeError): void {
    this.#members[this.#members.indexOf(member)] = undefined;
    member.close(error);
  }
}

/** @param by What ended a call before it was done */
export function aborted(by: string, cause?: unknown): HeadscopeError {
  return new HeadscopeError('Aborted', 'signal', 'the call to finish', by, { cause });
}

/** @throws HeadscopeError `Aborted` */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted('an abort before it began', signal.reason);
}

/** What a worker is asked for, besides a share of attention. */
export interface Question {
  /** Who is asked; another one if that one dies. */
  readonly member: () => Member;
  readonly request: (id: number) => Request;
  /** What the worker is given for good, so that it cannot be asked again. */
  readonly transfer?: ArrayBuffer[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onPart?: ((part: Interim) => void) | undefined;
}

/** @throws (rejects) HeadscopeError what the worker says, `Aborted`, `WorkerFailed` */
export function ask({ member, request, transfer, signal, onPart }: Question): Promise<unknown> {
  checkSignal(signal);
  return new Promise((resolve, reject) => {
    let cancel = (): void => undefined;
    const settle = (action: () => void): void => {
      signal?.removeEventListener('abort', abort);
      cancel();
      action();
    };
    const fail = (error: unknown): void =>
      settle(() => reject(error instanceof Error ? error : new Error(String(error))));
    const abort = (): void => fail(aborted('an abort', signal?.reason));
    const send = (again: boolean): void => {
      try {
        const asked = member();
        const id = asked.ask(request, transfer ?? [], {
          part(part) {
            try {
              onPart?.(part);
            } catch (error) {
              // The caller's own function threw.
              fail(error);
            }
          },
          done: (result) => settle(() => resolve(result)),
          failed(error) {
            if (error.code !== 'WorkerFailed' || again) fail(error);
            else send(true);
          },
        });
        cancel = () => asked.cancel(id);
      } catch (error) {
        fail(error);
      }
    };
    signal?.addEventListener('abort', abort);
    send(transfer !== undefined);
  });
}
