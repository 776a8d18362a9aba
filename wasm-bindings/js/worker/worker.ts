// The code of a worker of an AttentionPool: it owns an instance of the core, and does its work in steps, between which it
// listens for cancellations and for what is done sooner. Sessions answer in whatever order, all else in the order it came.
import type { InternalAttentionOptions } from '../attention-arguments.js';
import type { AttentionSession, RowWork, TileOptions } from '../attention-session.js';
import { HeadscopeError, reasonOf } from '../errors.js';
import type { Headscope } from '../headscope.js';
import { loadWithModule, startCompiled } from '../load.js';
import type { ResidentTensor } from '../resident-tensor.js';
import type { Tensor } from '../tensor.js';
import {
  packError,
  type PackedError,
  type Part,
  type Request,
  type Response,
  type Share,
  type Slice,
} from './protocol.js';
import { STEP_MILLISECONDS, rowByRow } from './row-by-row.js';
import { Work, kvHeadsOf, type Geometry, type Step } from './split.js';
import { Turns } from './turns.js';

/** What has an answer. */
type Question = Exclude<Extract<Request, { id: number }>, { type: 'cancel' }>;

interface Port {
  onmessage: ((event: { readonly data: Request }) => void) | null;
  postMessage(message: Response, transfer: ArrayBuffer[]): void;
}

/** A question to a session. */
type SessionQuestion = Extract<Question, { type: 'session' | 'overview' }>;

/** The session for some heads, from `first` on, counted through the whole call. */
interface KeptSession {
  readonly first: number;
  readonly session: AttentionSession;
}

/** The sessions for the heads of a share, as few as can be. */
interface OpenSession {
  readonly geometry: Geometry;
  readonly parts: readonly KeptSession[];
  /** Heads whose rows have all been computed: from then on some columns cost less than all. */
  readonly seen: Set<number>;
  /** Answers that are under way. */
  readonly running: Set<Promise<void>>;
}

/** Statistics count as so many milliseconds longer than they take: whatever is looked at comes before them. */
const STATISTICS_DELAY = 1e9;

/** Softmax costs as much as so many multiplications for each weight, and the rest of a row as so many weights. */
const OVERHEAD = 16;

// In Node a worker talks through a port of its parent's, in a browser through its global scope.
const port = ((globalThis.process?.getBuiltinModule as typeof process.getBuiltinModule | undefined)?.(
  'node:worker_threads',
).parentPort ?? globalThis) as unknown as Port;

/** Requests that are waiting or running. Cancelling removes one. */
const wanted = new Set<number>();
/** What is kept for later calls. */
const kept = new Map<number, ResidentTensor>();
const sessions = new Map<number, OpenSession>();
const turns = new Turns();
let lastJob = Promise.resolve();
let engineLoaded: (engine: Headscope) => void;
const engine = new Promise<Headscope>((resolve) => (engineLoaded = resolve));

/** Multiplications in a millisecond. A guess for a slow machine, until there is something to measure. */
let speed = 2 ** 22;

function post(message: Response, tensors: readonly (Float32Array | undefined)[] = []): void {
  port.postMessage(
    message,
    tensors.flatMap((data) => (data === undefined ? [] : [data.buffer as ArrayBuffer])),
  );
}

/** A share of a call, its tensors in the core's memory. */
class Attention {
  readonly #engine: Headscope;
  readonly #share: Share;
  readonly #query: ResidentTensor;
  readonly #key: ResidentTensor;
  readonly #value: ResidentTensor;
  /** Tensors that are for this call alone. */
  readonly #own: ResidentTensor[] = [];

  constructor(engine: Headscope, share: Share) {
    const { geometry, from, to } = share;
    const { keyLength, depth, valueDepth } = geometry;
    const [firstHead, endHead] = kvHeadsOf(geometry, from, to);
    const keys = (endHead - firstHead) * keyLength;
    this.#engine = engine;
    this.#share = share;
    this.#query = this.#tensor(share.query, [to - from, depth]);
    this.#key = this.#tensor(share.key, [keys, depth]);
    this.#value = this.#tensor(share.value, [keys, valueDepth]);
  }

  /** A tensor that is kept, or is from now on, or is for this call alone. */
  #tensor({ id, data }: Slice, shape: readonly number[]): ResidentTensor {
    if (data === undefined) return kept.get(id) as ResidentTensor;
    const tensor = this.#engine.createTensor({ data, shape });
    if (id === 0) this.#own.push(tensor);
    else kept.set(id, tensor);
    return tensor;
  }

  /** A kept tensor for results, which is made by the first call that has some. */
  #target(id: number, shape: readonly number[]): ResidentTensor {
    let tensor = kept.get(id);
    if (tensor === undefined) kept.set(id, (tensor = this.#engine.createTensor({ shape })));
    return tensor;
  }

  dispose(): void {
    for (const tensor of this.#own) tensor.dispose();
  }

  /** A step's rows of a tensor that has those of the share. */
  #rows(tensor: ResidentTensor, step: Step, ...columns: number[]): ResidentTensor {
    const row = this.#firstRow(step) - this.#share.from;
    return tensor.view(row * (columns[0] ?? 1), [1, step.heads, step.rows, ...columns]);
  }

  #firstRow({ batch, head, row }: Step): number {
    const { heads, queryLength } = this.#share.geometry;
    return (batch * heads + head) * queryLength + row;
  }

  /** The query, key and value of a step. */
  #operands(step: Step): [ResidentTensor, ResidentTensor, ResidentTensor] {
    const { geometry, from } = this.#share;
    const { heads, kvHeads, keyLength, depth, valueDepth } = geometry;
    const group = heads / kvHeads;
    const head = step.batch * heads + step.head;
    const firstKey = (Math.floor(head / group) - kvHeadsOf(geometry, from, from + 1)[0]) * keyLength;
    const keys = (tensor: ResidentTensor, columns: number): ResidentTensor =>
      tensor.view(firstKey * columns, [1, Math.ceil(step.heads / group), keyLength, columns]);
    return [this.#rows(this.#query, step, depth), keys(this.#key, depth), keys(this.#value, valueDepth)];
  }

  /** A session for the heads of a step. */
  open(step: Step): KeptSession {
    const { heads, valueDepth } = this.#share.geometry;
    const [query, key, value] = this.#operands(step);
    const session = this.#engine.attentionSession(query, key, valueDepth > 0 ? value : null, this.#optionsOf(step));
    return { first: step.batch * heads + step.head, session };
  }

  /** What the step computes, or where it is: results that are kept or shared are not in the part. */
  run(step: Step): Part {
    const { geometry, from, into } = this.#share;
    const { keyLength, valueDepth } = geometry;
    const row = this.#firstRow(step);
    const to = row + step.heads * step.rows;
    const [query, key, value] = this.#operands(step);
    const options = this.#optionsOf(step);
    if (typeof into.output === 'number') {
      const target = (id: unknown, ...columns: number[]): ResidentTensor | undefined =>
        typeof id === 'number'
          ? this.#rows(this.#target(id, [this.#share.to - from, ...columns]), step, ...columns)
          : undefined;
      const targets = {
        output: target(into.output, valueDepth) as ResidentTensor,
        weights: target(into.weights, keyLength),
        logSumExp: target(into.logSumExp),
      };
      this.#engine.attentionInto(targets, query, key, value, options);
      return { from: row, to };
    }
    const { output, weights, logSumExp, scores } = this.#engine.attention(query, key, value, options);
    const part: Record<string, Float32Array> = {};
    for (const [name, result] of Object.entries({ output, weights, logSumExp, scores })) {
      const shared = into[name as keyof typeof into];
      if (result === undefined) continue;
      if (shared === undefined) part[name] = result.data;
      else (shared as Float32Array).set(result.data, (row * result.data.length) / (to - row));
    }
    return { ...part, from: row, to };
  }

  /** The options of the call for the heads and rows of a step. */
  #optionsOf({ batch, head, heads, row, rows }: Step): InternalAttentionOptions {
    const { geometry, mask, options } = this.#share;
    const { alibi, sinks, keyLengths, alignedLength, ...rest } = options;
    const perHead = (tensor: Tensor): Tensor => ({ data: tensor.data.subarray(head, head + heads), shape: [heads] });
    return {
      ...rest,
      alibi: typeof alibi === 'object' ? perHead(alibi as Tensor) : alibi,
      sinks: sinks && perHead(sinks as Tensor),
      keyLengths: keyLengths && [keyLengths[batch] as number],
      mask: mask && maskOf(mask, { batch, head, heads, row, rows }),
      origin: {
        head: batch * geometry.heads + head,
        query: row,
        queryLength: alignedLength,
        heads: geometry.heads,
      },
    };
  }
}

/** What a step needs of a mask. A dimension of 1 is for all. */
function maskOf({ data, shape, start }: NonNullable<Share['mask']>, { batch, head, heads, row, rows }: Step) {
  const [B, H, Lq, Lk] = shape;
  const first = (((B === 1 ? 0 : batch) * H + (H === 1 ? 0 : head)) * Lq + (Lq === 1 ? 0 : row)) * Lk - start;
  const own = [1, H === 1 ? 1 : heads, Lq === 1 ? 1 : rows, Lk] as const;
  return { data: data.subarray(first, first + own[1] * own[2] * Lk), shape: own };
}

async function attention(headscope: Headscope, id: number, share: Share): Promise<void> {
  const work = new Work(share.geometry, share.options);
  const { keyLength, depth, valueDepth } = share.geometry;
  const left = (row: number): number => ((share.to - row) * keyLength * (depth + valueDepth)) / speed;
  await turns.first(left(share.from));
  const job = new Attention(headscope, share);
  try {
    for (let row = share.from; row < share.to && wanted.has(id);) {
      const step = work.step(row, share.to, speed * STEP_MILLISECONDS);
      const started = performance.now();
      const part = job.run(step);
      // The clock of a page may be coarse: what takes no time says nothing.
      const elapsed = performance.now() - started;
      if (elapsed > 1) speed = work.cost(step) / elapsed;
      row = part.to;
      const { output, weights, logSumExp, scores } = part;
      const tensors = [output, weights, logSumExp, scores];
      if (row === share.to) return post({ type: 'done', id, result: part }, tensors);
      post({ type: 'part', id, part }, tensors);
      await turns.next(left(row));
    }
  } finally {
    job.dispose();
  }
}

function open(headscope: Headscope, share: Share): OpenSession {
  const work = new Work(share.geometry, share.options);
  const job = new Attention(headscope, share);
  const parts: KeptSession[] = [];
  try {
    for (let row = share.from; row < share.to;) {
      const step = work.step(row, share.to, Infinity);
      parts.push(job.open(step));
      row += step.heads * step.rows;
    }
    return { geometry: share.geometry, parts, seen: new Set(), running: new Set() };
  } catch (error) {
    for (const { session } of parts) session.dispose();
    throw error;
  } finally {
    job.dispose();
  }
}

/** The session that has a head, and the head's number in it. */
function sessionOf({ parts }: OpenSession, head: number): [AttentionSession, number] {
  const { first, session } = parts.findLast((some) => some.first <= head) as KeptSession;
  return [session, head - first];
}

/** Milliseconds that a row takes of which so many columns are wanted; all of them where the row has not been seen. */
function rowTime({ geometry: { depth, keyLength } }: OpenSession, columns = keyLength): number {
  return ((columns + OVERHEAD) * (depth + OVERHEAD)) / speed;
}

/** What comes of some work on a session; undefined when the question is cancelled. */
function goThrough<Result>(
  id: number,
  work: RowWork<Result>,
  perRow: number,
  later: number,
  onRows?: (fraction: number) => void,
): Promise<Result | undefined> {
  return rowByRow(work, { turns, perRow, later, wanted: () => wanted.has(id), onRows });
}

/** A tile of a head; undefined when the question is cancelled. @param later as of rowByRow */
async function tile(
  id: number,
  open: OpenSession,
  head: number,
  options: TileOptions,
  later: number,
  onRows?: (fraction: number) => void,
): Promise<Tensor | undefined> {
  const [session, own] = sessionOf(open, head);
  const work = session.tileWork(own, options);
  const perRow = rowTime(open, open.seen.has(head) ? options.columns?.count : undefined);
  const picture = await goThrough(id, work, perRow, later, onRows);
  if (picture !== undefined && work.rows.count === open.geometry.queryLength) open.seen.add(head);
  return picture;
}

async function overview(
  open: OpenSession,
  { id, from, to, tile: options }: Extract<Request, { type: 'overview' }>,
): Promise<void> {
  const wholeHead = open.geometry.queryLength * rowTime(open);
  for (let head = from; head < to; ++head) {
    const later = (to - head - 1) * wholeHead;
    const picture = await tile(id, open, head, options, later);
    if (picture === undefined) return;
    post({ type: 'part', id, part: { head, picture } }, [picture.data]);
    await turns.next(later);
  }
  post({ type: 'done', id, result: undefined });
}

/** Answers a question to a session; says nothing when it is cancelled. */
async function look(open: OpenSession, request: SessionQuestion): Promise<void> {
  if (request.type === 'overview') return overview(open, request);
  const { id, method, head, args } = request;
  if (method === 'tile') {
    const onRows = (fraction: number): void => post({ type: 'part', id, part: { fraction } });
    const picture = await tile(id, open, head, args[0] as TileOptions, 0, onRows);
    return picture && post({ type: 'done', id, result: picture }, [picture.data]);
  }
  const [session, own] = sessionOf(open, head);
  if (method === 'statistics') {
    const result = await goThrough(id, session.statisticsWork(own), rowTime(open), STATISTICS_DELAY);
    return result && post({ type: 'done', id, result });
  }
  await turns.first(0);
  if (!wanted.has(id)) return;
  const methods = session as unknown as Record<string, (head: number, ...args: readonly unknown[]) => unknown>;
  post({ type: 'done', id, result: methods[method]?.(own, ...args) });
}

/** The tensors of a result, one level deep. */
function tensorsOf(result: unknown): Float32Array[] {
  const { data } = result as Tensor;
  if (data instanceof Float32Array) return [data];
  return Object.values(result as object).flatMap((part) => (part === undefined ? [] : tensorsOf(part)));
}

async function run(request: Question): Promise<void> {
  const headscope = await engine;
  const { id } = request;
  if (request.type === 'attention') return attention(headscope, id, request.share);
  if (request.type === 'session' || request.type === 'overview') {
    return look(sessions.get(request.session) as OpenSession, request);
  }
  await turns.first(0);
  if (!wanted.has(id)) return;
  switch (request.type) {
    case 'call': {
      const methods = headscope as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
      const result = methods[request.method]?.(...request.args);
      return post({ type: 'done', id, result }, tensorsOf(result));
    }
    case 'open':
      sessions.set(request.session, open(headscope, request.share));
      return post({ type: 'done', id, result: undefined });
    case 'read': {
      const data = kept.get(request.slice)?.read().data;
      return post({ type: 'done', id, result: data }, [data]);
    }
  }
}

async function answer(request: Question): Promise<void> {
  if (!wanted.has(request.id)) return;
  try {
    await run(request);
  } catch (error) {
    if (error instanceof HeadscopeError) post({ type: 'refused', id: request.id, error: packError(error) });
    else post({ type: 'failed', error: failure(error) });
  } finally {
    wanted.delete(request.id);
  }
}

function failure(error: unknown): PackedError {
  return error instanceof HeadscopeError
    ? packError(error)
    : { code: 'WorkerFailed', argument: 'worker', expected: 'a running core', got: reasonOf(error) };
}

/** Disposes of a session once what it has been asked is answered; what comes behind it does not wait for that. */
function close(id: number): void {
  const open = sessions.get(id);
  if (open === undefined) return;
  sessions.delete(id);
  void Promise.all(open.running).then(() => {
    for (const { session } of open.parts) session.dispose();
  });
}

/** Takes a lock until the end of the worker, and says so; does nothing where there are no locks: not in every page. */
async function hold(lock: string | undefined): Promise<void> {
  if (lock === undefined) return;
  try {
    await new Promise<void>((resolve, reject) => {
      navigator.locks
        .request(lock, () => {
          resolve();
          return new Promise(() => undefined);
        })
        .catch(reject);
    });
    post({ type: 'locked' });
  } catch {
    // Then nobody hears of its end.
  }
}

async function load({ options, lock }: Extract<Request, { type: 'load' }>): Promise<void> {
  try {
    const locked = hold(lock);
    const { headscope, module } =
      'module' in options
        ? { headscope: await startCompiled(options.module, options.flavour), module: options.module }
        : await loadWithModule(options);
    // Nothing is answered before: a worker that dies unlocked after its first answer would be waited for forever.
    await locked;
    post({ type: 'loaded', compiled: { flavour: headscope.flavour, module } });
    engineLoaded(headscope);
  } catch (error) {
    post({ type: 'failed', error: failure(error) });
  }
}

port.onmessage = ({ data: request }) => {
  switch (request.type) {
    case 'load':
      void load(request);
      break;
    case 'cancel':
      wanted.delete(request.id);
      break;
    // In their turn: a call before them may still need what they dispose of.
    case 'drop':
      lastJob = lastJob.then(() => {
        kept.get(request.slice)?.dispose();
        kept.delete(request.slice);
      });
      break;
    case 'close':
      lastJob = lastJob.then(() => close(request.session));
      break;
    // They depend on nothing but their session, which is open.
    case 'session':
    case 'overview': {
      const running = sessions.get(request.session)?.running;
      wanted.add(request.id);
      const answered = answer(request).then(() => void running?.delete(answered));
      running?.add(answered);
      break;
    }
    default:
      wanted.add(request.id);
      lastJob = lastJob.then(() => answer(request));
  }
};
