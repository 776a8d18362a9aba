import { HeadscopeError, reasonOf } from '../errors.js';
import type { Flavour } from '../flavour.js';
import { attentionArguments, type AttentionOptions } from '../attention-arguments.js';
import type { AttentionResult } from '../attention-results.js';
import {
  projectionTensors,
  type Projections,
  type SelfAttentionOptions,
  type SelfAttentionSteps,
} from '../headscope.js';
import { chosenOptions, resolveUrl, type LoadOptions } from '../load-options.js';
import { linearOperands, type LinearParameters } from '../linear-parameters.js';
import { elementCount, toTensor, type BooleanTensor, type Tensor, type TensorLike } from '../tensor.js';
import { unpackError, type Job, type Part, type Request, type Response, type Result } from './protocol.js';
import { openWorker, type WorkerLink } from './link.js';

export interface CallOptions {
  /** Ends the call: its promise rejects with `Aborted` at once, and the worker stops after the head that it is at. */
  readonly signal?: AbortSignal | undefined;
}

export interface WorkerAttentionOptions extends AttentionOptions, CallOptions {
  /** Told after every few heads what fraction of the work is done, from 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /**
   * Given the weights of each head as soon as they are known, (Lq, Lk) row-major; needs `needWeights`. They are a view of
   * the `weights` that the result will have.
   */
  readonly onHead?: ((batch: number, head: number, weights: Float32Array) => void) | undefined;
}

interface Pending {
  readonly part: (part: Part) => void;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: HeadscopeError) => void;
}

/** A running worker. */
interface Session {
  readonly link: WorkerLink;
  readonly flavour: Promise<Flavour>;
}

/** A copy that can be transferred: the buffer of a view may hold much more than the view, and belongs to the caller. */
function copy<T extends Tensor | BooleanTensor>({ data, shape }: T): T {
  return { data: data.slice(), shape } as unknown as T;
}

/** The same, with leading 1s up to four dimensions. */
function copyAs4d<T extends Tensor | BooleanTensor>(tensor: T): T {
  const { data, shape } = copy(tensor);
  return { data, shape: [...Array<number>(4 - shape.length).fill(1), ...shape] } as unknown as T;
}

function buffersOf(...tensors: readonly (Tensor | BooleanTensor | undefined)[]): ArrayBuffer[] {
  return tensors.flatMap((tensor) => (tensor === undefined ? [] : [tensor.data.buffer as ArrayBuffer]));
}

/** Puts the parts of a result together; a part that is the whole is taken as it is. */
class Gathered {
  readonly #shape: readonly number[];
  #data = new Float32Array(0);

  constructor(shape: readonly number[]) {
    this.#shape = shape;
  }

  /** Adds the values of some of `total` heads, and returns them in their place. */
  add({ first, heads }: Part, total: number, values: Float32Array): Float32Array {
    if (heads === total) {
      this.#data = values as Float32Array<ArrayBuffer>;
      return values;
    }
    const start = (first / heads) * values.length;
    if (first === 0) this.#data = allocate(elementCount(this.#shape));
    this.#data.set(values, start);
    return this.#data.subarray(start, start + values.length);
  }

  get tensor(): Tensor {
    return { data: this.#data, shape: this.#shape };
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

function aborted(got: string, cause?: unknown): HeadscopeError {
  return new HeadscopeError('Aborted', 'signal', 'the call to finish', got, { cause });
}

/**
 * {@link Headscope} in a worker, so that nothing blocks the page: the same functions with the same arguments, as
 * promises. They reject with {@link HeadscopeError}. One call runs at a time; the others wait for their turn.
 *
 * The worker starts with the first call. If it fails, all calls that wait reject, and the next one starts a new worker.
 */
export class AttentionWorker {
  readonly #options: LoadOptions;
  readonly #pending = new Map<number, Pending>();
  #session: Session | null = null;
  #lastId = 0;

  constructor(options: LoadOptions = {}) {
    this.#options = options;
  }

  /** The build that the worker uses. Starts the worker. */
  get flavour(): Promise<Flavour> {
    const start = async (): Promise<Flavour> => this.#start().flavour;
    return start();
  }

  /**
   * {@link Headscope.attention}, a few heads at a time.
   *
   * @throws (rejects) HeadscopeError as there, and `Aborted`, `LoadFailed`, `WorkerFailed`
   */
  async attention(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike | null,
    options: WorkerAttentionOptions = {},
  ): Promise<AttentionResult> {
    const given = attentionArguments(query, key, value, options);
    const { causal = false, needLogSumExp = false, signal, onProgress, onHead } = options;
    const needWeights = options.needWeights ?? onHead !== undefined;
    const job = {
      method: 'attention',
      query: copyAs4d(given.query as Tensor),
      key: copyAs4d(given.key as Tensor),
      value: copyAs4d(given.value as Tensor),
      mask: given.scores.mask && copyAs4d(given.scores.mask),
      options: { scale: options.scale, causal, needWeights, needLogSumExp },
    } as const;
    const [B, H] = job.query.shape as [number, number, number, number];
    const output = new Gathered(given.shapes.output);
    const weights = new Gathered(given.shapes.weights);
    const logSumExp = new Gathered(given.shapes.logSumExp);
    await this.#run(job, buffersOf(job.query, job.key, job.value, job.mask), signal, (part) => {
      output.add(part, B * H, part.output);
      if (part.logSumExp !== undefined) logSumExp.add(part, B * H, part.logSumExp);
      if (part.weights !== undefined) {
        const some = weights.add(part, B * H, part.weights);
        const size = some.length / part.heads;
        for (let index = 0; index < part.heads; ++index) {
          const head = part.first + index;
          onHead?.(Math.floor(head / H), head % H, some.subarray(index * size, (index + 1) * size));
        }
      }
      onProgress?.(part.heads === B * H ? 1 : (part.first + part.heads) / (B * H));
    });
    return {
      output: output.tensor,
      ...(needWeights && { weights: weights.tensor }),
      ...(needLogSumExp && { logSumExp: logSumExp.tensor }),
    };
  }

  /** {@link Headscope.selfAttention}. */
  async selfAttention(
    x: TensorLike,
    projections: Projections,
    options: SelfAttentionOptions & CallOptions = {},
  ): Promise<SelfAttentionSteps> {
    const { query, key, value } = projectionTensors(projections);
    const job = {
      method: 'selfAttention',
      x: copy(toTensor(x, 'x')),
      projections: { query: copy(query), key: copy(key), value: copy(value) },
      options: { scale: options.scale, causal: options.causal },
    } as const;
    const buffers = buffersOf(job.x, ...Object.values(job.projections));
    return (await this.#run(job, buffers, options.signal)) as SelfAttentionSteps;
  }

  /** {@link Headscope.linear}. */
  async linear(x: TensorLike, parameters: LinearParameters, options: CallOptions = {}): Promise<Tensor> {
    const { weight, bias } = linearOperands(parameters, '');
    const job = {
      method: 'linear',
      x: copy(toTensor(x, 'x')),
      weight: copy(weight),
      bias: bias && copy(bias),
    } as const;
    return (await this.#run(job, buffersOf(job.x, job.weight, job.bias), options.signal)) as Tensor;
  }

  /** {@link Headscope.sinusoidalPositions}. */
  async sinusoidalPositions(length: number, dim: number, options: CallOptions = {}): Promise<Tensor> {
    return (await this.#run({ method: 'sinusoidalPositions', length, dim }, [], options.signal)) as Tensor;
  }

  /** Stops the worker and frees its memory. Calls that wait reject with `Aborted`; a later call starts a new worker. */
  terminate(): void {
    this.#stop(aborted('terminate()'));
  }

  #start(): Session {
    if (this.#session !== null) return this.#session;
    const { flavour, wasmUrl, wasmBinary } = chosenOptions(this.#options);
    const options = { flavour, wasmUrl: wasmUrl === undefined ? undefined : resolveUrl(wasmUrl).href, wasmBinary };
    let loaded = false;
    const link = openWorker(
      (response) => {
        this.#receive(response);
      },
      (reason) => {
        this.#stop(new HeadscopeError(loaded ? 'WorkerFailed' : 'LoadFailed', 'worker', 'a running worker', reason));
      },
    );
    const found = this.#ask(link, (id) => ({ type: 'load', id, options }), []) as Promise<Flavour>;
    found.then(
      () => (loaded = true),
      // Who does not ask for the flavour learns of a failure from the call.
      () => undefined,
    );
    return (this.#session = { link, flavour: found });
  }

  /** Ends the session, if there is one, and whatever waits for it. */
  #stop(error: HeadscopeError): void {
    this.#session?.link.close();
    this.#session = null;
    for (const { reject } of [...this.#pending.values()]) reject(error);
  }

  async #run(
    job: Job,
    buffers: ArrayBuffer[],
    signal: AbortSignal | undefined,
    onPart?: (part: Part) => void,
  ): Promise<Result> {
    if (signal?.aborted === true) throw aborted('an abort before it began', signal.reason);
    return this.#ask(this.#start().link, (id) => ({ type: 'job', id, job }), buffers, signal, onPart);
  }

  #ask(
    link: WorkerLink,
    request: (id: number) => Request,
    buffers: ArrayBuffer[],
    signal?: AbortSignal,
    onPart?: (part: Part) => void,
  ): Promise<Result> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#pending.delete(id);
        signal?.removeEventListener('abort', abort);
        link.keepAlive(this.#pending.size > 0);
      };
      const cancel = (error: Error): void => {
        end();
        link.post({ type: 'cancel', id });
        reject(error);
      };
      const abort = (): void => cancel(aborted('an abort', signal?.reason));
      this.#pending.set(id, {
        part: (part) => {
          try {
            onPart?.(part);
          } catch (error) {
            // The caller's own function threw.
            cancel(error instanceof Error ? error : new Error(String(error)));
          }
        },
        resolve: (result) => {
          end();
          resolve(result);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      });
      signal?.addEventListener('abort', abort);
      link.keepAlive(true);
      link.post(request(id), buffers);
    });
  }

  #receive(response: Response): void {
    if (response.type === 'failed') {
      this.#stop(unpackError(response.error));
      return;
    }
    // What a cancelled call still gives is of no interest.
    const pending = this.#pending.get(response.id);
    switch (response.type) {
      case 'part':
        return pending?.part(response.part);
      case 'done':
        return pending?.resolve(response.result);
      case 'refused':
        return pending?.reject(unpackError(response.error));
    }
  }
}
