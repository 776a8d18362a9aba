import { attentionArguments, type AttentionArguments, type AttentionOptions } from '../attention-arguments.js';
import type { AttentionResult } from '../attention-results.js';
import type { AttentionSessionOptions } from '../attention-session.js';
import { HeadscopeError, reasonOf } from '../errors.js';
import type { Flavour } from '../flavour.js';
import {
  projectionTensors,
  type Headscope,
  type Projections,
  type SelfAttentionOptions,
  type SelfAttentionSteps,
} from '../headscope.js';
import { linearOperands, type LinearParameters } from '../linear-parameters.js';
import type { LoadOptions } from '../load-options.js';
import { expectShape } from '../resident-tensor.js';
import type { RotaryOptions } from '../rotary-embedding.js';
import { describe, elementCount, toTensor, type Tensor, type TensorLike } from '../tensor.js';
import { attend, callOf, openSessions, type Targets } from './attend.js';
import { Crew, aborted, ask, checkSignal, type Member } from './crew.js';
import { isShared, putRows, type Layout, type Rows } from './layout.js';
import { PoolSession, type CallOptions } from './pool-session.js';
import { PoolTensor } from './pool-tensor.js';
import type { Part, ResultName } from './protocol.js';

export interface PoolOptions extends LoadOptions {
  /** How many workers there are at most; one for each processor, but not more than 8, unless given. */
  readonly workers?: number | undefined;
  /** Milliseconds without work after which workers end and give their memory back; 30,000 unless given. */
  readonly idleTimeout?: number | undefined;
}

export interface PoolAttentionOptions extends AttentionOptions, CallOptions {
  /** Told again and again what fraction of the work is done, up to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /**
   * Given the weights of each head as soon as they are known, (Lq, Lk) row-major, in no particular order; asks for
   * `weights`. They are a view of the `weights` that the result will have.
   */
  readonly onHead?: ((batch: number, head: number, weights: Float32Array) => void) | undefined;
}

/** Tensors of a pool that take the results of a call, whose shapes they must have. */
export interface PoolResults {
  readonly output: PoolTensor;
  readonly weights?: PoolTensor | undefined;
  readonly logSumExp?: PoolTensor | undefined;
}

const MOST_WORKERS = 8;
const IDLE_TIMEOUT = 30_000;

function processors(): number {
  return globalThis.navigator?.hardwareConcurrency ?? process.getBuiltinModule('node:os').availableParallelism();
}

/**
 * {@link Headscope} in workers, so that nothing blocks the page and all processors work: the same functions with the
 * same arguments, as promises. They reject with {@link HeadscopeError}. Attention is divided by heads, then by queries;
 * the results are the same bits for any number of workers. It needs no HTTP header.
 *
 * Tensors are copied to the workers and back, apart from those that lie in a `SharedArrayBuffer` (where the query does,
 * so do the results) and those that {@link createTensor} made. A worker that dies is replaced, and its part of the call
 * computed once more: what was given must stay as it is until the promise is settled.
 */
export class AttentionPool {
  readonly #crew: Crew;
  #lastSession = 0;

  constructor(options: PoolOptions = {}) {
    const { workers = Math.min(processors(), MOST_WORKERS), idleTimeout = IDLE_TIMEOUT } = options;
    if (!Number.isSafeInteger(workers) || workers < 1) {
      throw new HeadscopeError('InvalidArgument', 'workers', 'a whole number from 1 up', describe(workers));
    }
    if (!(idleTimeout >= 0)) {
      throw new HeadscopeError('InvalidArgument', 'idleTimeout', 'a number from 0 up', describe(idleTimeout));
    }
    this.#crew = new Crew(options, workers, idleTimeout);
  }

  /** The build that the workers use. Starts one. */
  get flavour(): Promise<Flavour> {
    const start = async (): Promise<Flavour> => this.#crew.flavour;
    return start();
  }

  /**
   * {@link Headscope.attention}, divided among the workers.
   *
   * @throws (rejects) HeadscopeError as there, and `Aborted`, `LoadFailed`, `WorkerFailed`
   */
  async attention(
    query: TensorLike | PoolTensor,
    key: TensorLike | PoolTensor,
    value: TensorLike | PoolTensor | null,
    options: PoolAttentionOptions = {},
  ): Promise<AttentionResult> {
    const { signal, onProgress, onHead } = options;
    const wanted = onHead === undefined ? options : { ...options, needWeights: true };
    const given = attentionArguments(query, key, value, wanted);
    const behind = settling(given);
    if (behind) await behind;
    checkSignal(signal);
    const call = callOf(given, wanted);
    if (call === null) {
      const whole = await this.#whole(given, wanted, signal);
      onProgress?.(1);
      return whole;
    }
    const results = new Results(given, wanted);
    const { heads, queryLength } = given.sizes;
    const known = new Uint32Array(call.work.rows / queryLength);
    let done = 0;
    await attend(this.#crew, call, results.targets, signal, (part) => {
      results.add(part);
      done += part.to - part.from;
      for (let row = part.from; onHead !== undefined && row < part.to;) {
        const head = Math.floor(row / queryLength);
        const end = Math.min(part.to, (head + 1) * queryLength);
        if ((known[head] = (known[head] as number) + end - row) === queryLength) {
          onHead(Math.floor(head / heads), head % heads, results.weightsOf(head));
        }
        row = end;
      }
      onProgress?.(done / call.work.rows);
    });
    const { tensor: presentKey } = call.key;
    const { tensor: presentValue } = call.value;
    return given.pastKey === undefined ? results.all : { ...results.all, presentKey, presentValue };
  }

  /**
   * {@link Headscope.attentionInto}: results go to tensors of this pool. With tensors of this pool for query, key and
   * value nothing is copied from the second call on.
   *
   * @throws (rejects) HeadscopeError as {@link attention}; the results are then of no use
   */
  async attentionInto(
    results: PoolResults,
    query: TensorLike | PoolTensor,
    key: TensorLike | PoolTensor,
    value: TensorLike | PoolTensor,
    options: AttentionOptions & CallOptions & Pick<PoolAttentionOptions, 'onProgress'> = {},
  ): Promise<void> {
    const { output, weights, logSumExp } = results;
    const { signal, onProgress } = options;
    const wanted = { ...options, needWeights: weights !== undefined, needLogSumExp: logSumExp !== undefined };
    const given = attentionArguments(query, key, value, wanted);
    const layouts = resultLayouts(given);
    const targets: Record<string, Rows> = {};
    for (const [name, tensor] of Object.entries({ output, weights, logSumExp })) {
      if (tensor === undefined) continue;
      const { shape, layout } = layouts[name as ResultName];
      expectShape(name, tensor.shape, shape);
      if ([given.query, given.key, given.value].includes(tensor)) {
        throw new HeadscopeError('InvalidArgument', name, 'another tensor than the inputs', 'one of them');
      }
      targets[name] = { tensor, layout };
    }
    const behind = settling(given);
    if (behind) await behind;
    checkSignal(signal);
    const call = callOf(given, wanted);
    if (call === null) {
      const whole = await this.#whole(given, wanted, signal);
      for (const [name, { tensor }] of Object.entries(targets)) {
        (tensor as PoolTensor).write(whole[name as ResultName] as Tensor);
      }
      return;
    }
    const written = Object.values(targets).map(({ tensor }) => tensor as PoolTensor);
    for (const tensor of written) tensor.beginWrite();
    let done = 0;
    const running = attend(this.#crew, call, targets, signal, (part) => {
      done += part.to - part.from;
      onProgress?.(Math.min(1, done / call.work.rows));
    });
    for (const tensor of written) tensor.endWrite();
    await running;
  }

  /** A tensor that stays with the workers; zeros where only the shape is given. */
  createTensor(like: TensorLike | { readonly shape: readonly number[] }): PoolTensor {
    return new PoolTensor(this.#crew, like);
  }

  /**
   * {@link Headscope.attentionSession}, its heads divided among the workers.
   *
   * @throws (rejects) HeadscopeError as there, and `Aborted`, `LoadFailed`, `WorkerFailed`
   */
  async attentionSession(
    query: TensorLike | PoolTensor,
    key: TensorLike | PoolTensor,
    value: TensorLike | PoolTensor | null = null,
    options: AttentionSessionOptions & CallOptions = {},
  ): Promise<PoolSession> {
    const { signal } = options;
    const given = attentionArguments(query, key, value, options);
    const behind = settling(given);
    if (behind) await behind;
    checkSignal(signal);
    const call = callOf(given, options);
    // Where the tensors do not belong together, the core says what is wrong.
    if (call === null) await this.#whole(given, options, signal);
    const id = ++this.#lastSession;
    const shares = call === null ? [] : await openSessions(this.#crew, call, id, signal);
    return new PoolSession(this.#crew, id, shares, given.sizes);
  }

  /** {@link Headscope.selfAttention}. */
  async selfAttention(
    x: TensorLike,
    projections: Projections,
    options: SelfAttentionOptions & CallOptions = {},
  ): Promise<SelfAttentionSteps> {
    const { query, key, value } = projectionTensors(projections);
    const matrices = { query: copyOf(query), key: copyOf(key), value: copyOf(value) };
    const { scale, causal, signal } = options;
    return this.#ask('selfAttention', [copyOf(toTensor(x, 'x')), matrices, { scale, causal }], signal);
  }

  /** {@link Headscope.linear}. */
  async linear(x: TensorLike, parameters: LinearParameters, options: CallOptions = {}): Promise<Tensor> {
    const { weight, bias } = linearOperands(parameters, '');
    const copies = { weight: copyOf(weight), bias: bias && copyOf(bias) };
    return this.#ask('linear', [copyOf(toTensor(x, 'x')), copies], options.signal);
  }

  /** {@link Headscope.sinusoidalPositions}. */
  async sinusoidalPositions(length: number, dim: number, options: CallOptions = {}): Promise<Tensor> {
    return this.#ask('sinusoidalPositions', [length, dim], options.signal);
  }

  /** {@link Headscope.rotaryEmbedding}. */
  async rotaryEmbedding(x: TensorLike, { signal, ...options }: RotaryOptions & CallOptions = {}): Promise<Tensor> {
    return this.#ask('rotaryEmbedding', [copyOf(toTensor(x, 'x')), options], signal);
  }

  /** Ends all workers and frees their memory. Calls that wait reject with `Aborted`; a later call starts new workers. */
  terminate(): void {
    this.#crew.stop(aborted('terminate()'));
  }

  [Symbol.dispose](): void {
    this.terminate();
  }

  /** A call of attention that is not divided. */
  #whole(given: AttentionArguments, options: PoolAttentionOptions, signal?: AbortSignal): Promise<AttentionResult> {
    const rest = { ...options, signal: undefined, onProgress: undefined, onHead: undefined };
    const [query, key, value] = [given.query, given.key, given.value].map((tensor) => copyOf(tensor as Tensor));
    const copies = { mask: given.scores.mask, pastKey: given.pastKey, pastValue: given.pastValue };
    return this.#ask('attention', [query as Tensor, key as Tensor, value as Tensor, { ...rest, ...copies }], signal);
  }

  async #ask<K extends 'attention' | 'selfAttention' | 'linear' | 'sinusoidalPositions' | 'rotaryEmbedding'>(
    method: K,
    args: Parameters<Headscope[K]>,
    signal: AbortSignal | undefined,
  ): Promise<ReturnType<Headscope[K]>> {
    const member = (): Member => this.#crew.idlest;
    const result = await ask({ member, request: (id) => ({ type: 'call', id, method, args }), signal });
    return result as ReturnType<Headscope[K]>;
  }
}

/** The shapes and layouts of the results of a call. */
function resultLayouts({ heads: sideBySide, sizes, shapes }: AttentionArguments): Record<ResultName, ResultLayout> {
  const { batch, heads, queryLength, keyLength } = sizes;
  const result = (shape: readonly number[], columns: number, sideBySide = false): ResultLayout => ({
    shape,
    layout: { batch, heads, rows: queryLength, columns, sideBySide },
  });
  const valueDepth = (shapes.output.at(-1) as number) / (sideBySide ?? 1);
  return {
    output: result(shapes.output, valueDepth, sideBySide !== undefined),
    weights: result(shapes.weights, keyLength),
    scores: result(shapes.weights, keyLength),
    logSumExp: result(shapes.logSumExp, 1),
  };
}

interface ResultLayout {
  readonly shape: readonly number[];
  readonly layout: Layout;
}

/** Puts the results of a call together. */
class Results {
  readonly #results: Partial<
    Record<ResultName, { tensor: Tensor; readonly layout: Layout; readonly shared: boolean }>
  > = {};

  constructor(given: AttentionArguments, options: AttentionOptions) {
    const { needWeights, needLogSumExp, needScores } = options;
    const wanted = { output: true, weights: needWeights, logSumExp: needLogSumExp, scores: needScores };
    for (const [name, { shape, layout }] of Object.entries(resultLayouts(given))) {
      if (!wanted[name as ResultName]) continue;
      const shared = isShared((given.query as Tensor).data) && !layout.sideBySide;
      const data = shared ? new Float32Array(new SharedArrayBuffer(4 * elementCount(shape))) : new Float32Array(0);
      this.#results[name as ResultName] = { tensor: { data, shape }, layout, shared };
    }
  }

  /** Those that workers write themselves. */
  get targets(): Targets {
    return Object.fromEntries(Object.entries(this.#results).filter(([, { shared }]) => shared));
  }

  add(part: Part): void {
    for (const [name, result] of Object.entries(this.#results)) {
      const values = part[name as ResultName];
      if (values === undefined) continue;
      const { layout, tensor } = result;
      const count = elementCount(tensor.shape);
      // What is the whole is taken as it is.
      if (values.length === count && !layout.sideBySide) result.tensor = { ...tensor, data: values };
      else {
        if (tensor.data.length !== count) result.tensor = { ...tensor, data: allocate(count) };
        putRows(result, part.from, values);
      }
    }
  }

  /** All weights of one head, as a view. */
  weightsOf(head: number): Float32Array {
    const { tensor, layout } = this.#results.weights as Rows;
    const size = layout.rows * layout.columns;
    return tensor.data.subarray(head * size, (head + 1) * size);
  }

  get all(): AttentionResult {
    const tensors = Object.entries(this.#results).map(([name, { tensor }]) => [name, tensor]);
    return Object.fromEntries(tensors) as AttentionResult;
  }
}

function allocate(length: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(length);
  } catch (error) {
    const wanted = `${Math.ceil(length / 2 ** 18)} MB for a result`;
    throw new HeadscopeError('OutOfMemory', 'memory', wanted, reasonOf(error), { cause: error });
  }
}

/** Brings tensors of the pool up to date that a call needs and another one wrote to; most calls need not wait. */
function settling({ query, key, value }: AttentionArguments): Promise<unknown> | undefined {
  const behind = [query, key, value].filter((tensor) => tensor instanceof PoolTensor && tensor.behind);
  return behind.length === 0 ? undefined : Promise.all(behind.map((tensor) => (tensor as PoolTensor).settle()));
}

/** A copy of what is seen only: the buffer of a view may hold much more, and would be sent as a whole. */
function copyOf<T extends { readonly data: Float32Array | Uint8Array }>(tensor: T): T {
  return { ...tensor, data: tensor.data.slice() };
}
