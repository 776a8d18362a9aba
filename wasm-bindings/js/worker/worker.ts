// The code of the worker behind AttentionWorker: it owns an instance of the core, does one job after the other, and
// listens for cancellations between the heads of an attention job.
import { HeadscopeError, reasonOf } from '../errors.js';
import type { Headscope } from '../headscope.js';
import { load } from '../load.js';
import type { BooleanTensor, Tensor } from '../tensor.js';
import { packError, type Job, type PackedError, type Request, type Response } from './protocol.js';

type AttentionJob = Extract<Job, { method: 'attention' }>;

interface Port {
  onmessage: ((event: { readonly data: Request }) => void) | null;
  postMessage(message: Response, transfer: ArrayBuffer[]): void;
}

/** Heads are done together up to about this many multiplications, some milliseconds, and one by one beyond it. */
const PART_MULTIPLICATIONS = 2 ** 26;

// In Node a worker talks through a port of its parent's, in a browser through its global scope.
const port = ((globalThis.process?.getBuiltinModule as typeof process.getBuiltinModule | undefined)?.(
  'node:worker_threads',
).parentPort ?? globalThis) as unknown as Port;

/** Jobs that are waiting or running. Cancelling removes one. */
const wanted = new Set<number>();
let engine: Promise<Headscope>;
let lastJob = Promise.resolve();

function post(message: Response, tensors: readonly (Float32Array | undefined)[] = []): void {
  port.postMessage(
    message,
    tensors.flatMap((data) => (data === undefined ? [] : [data.buffer as ArrayBuffer])),
  );
}

/** Lets messages in that came in the meantime. Not a timer: nested timers wait 4 ms. */
const turn = (() => {
  const { port1, port2 } = new MessageChannel();
  let go: () => void;
  port1.onmessage = () => go();
  return () =>
    new Promise<void>((resolve) => {
      go = resolve;
      port2.postMessage(null);
    });
})();

/** Batch elements `b` and heads `h` to `h + heads` of (B, H, ...); a dimension of 1 stays for all. */
function slice<T extends Tensor | BooleanTensor>({ data, shape }: T, b: number, h: number, heads: number): T {
  const [B, H, rows, columns] = shape as [number, number, number, number];
  const size = rows * columns;
  const start = ((B === 1 ? 0 : b) * H + (H === 1 ? 0 : h)) * size;
  const count = H === 1 ? 1 : heads;
  return { data: data.subarray(start, start + count * size), shape: [1, count, rows, columns] } as unknown as T;
}

/** Whether the tensors of a job belong together, so that a head of each can be taken. If not, the core says why. */
function fits({ query, key, value, mask }: AttentionJob): boolean {
  const [B, H, Lq, D] = query.shape;
  const Lk = key.shape[2];
  const same = (shape: readonly number[], like: readonly (number | undefined)[]): boolean =>
    like.every((extent, axis) => shape[axis] === extent);
  return (
    same(key.shape, [B, H, Lk, D]) &&
    same(value.shape, [B, H, Lk]) &&
    (mask === undefined ||
      [B, H, Lq, Lk].every((extent, axis) => mask.shape[axis] === 1 || mask.shape[axis] === extent))
  );
}

async function attention(headscope: Headscope, id: number, job: AttentionJob): Promise<void> {
  const { query, key, value, mask, options } = job;
  const [B, H, Lq, D] = query.shape as [number, number, number, number];
  const total = B * H;
  const split = total > 0 && fits(job);
  const perHead = Lq * (key.shape[2] as number) * (D + (value.shape[3] as number)) + 1;
  const together = Math.ceil(PART_MULTIPLICATIONS / perHead);
  let first = 0;
  do {
    const b = Math.floor(first / H);
    const h = first % H;
    const heads = split ? Math.min(together, H - h) : total;
    const some = <T extends Tensor | BooleanTensor>(tensor: T): T => (split ? slice(tensor, b, h, heads) : tensor);
    const result = headscope.attention(some(query), some(key), some(value), { ...options, mask: mask && some(mask) });
    const output = result.output.data;
    const weights = result.weights?.data;
    const logSumExp = result.logSumExp?.data;
    post({ type: 'part', id, part: { first, heads, output, weights, logSumExp } }, [output, weights, logSumExp]);
    first += heads;
    await turn();
  } while (first < total && wanted.has(id));
  post({ type: 'done', id, result: undefined });
}

async function run(id: number, job: Job): Promise<void> {
  const headscope = await engine;
  switch (job.method) {
    case 'attention':
      return attention(headscope, id, job);
    case 'selfAttention': {
      const result = headscope.selfAttention(job.x, job.projections, job.options);
      return post(
        { type: 'done', id, result },
        Object.values(result).map(({ data }: Tensor) => data),
      );
    }
    case 'linear': {
      const result = headscope.linear(job.x, job);
      return post({ type: 'done', id, result }, [result.data]);
    }
    case 'sinusoidalPositions': {
      const result = headscope.sinusoidalPositions(job.length, job.dim);
      return post({ type: 'done', id, result }, [result.data]);
    }
  }
}

async function doJob(id: number, job: Job): Promise<void> {
  if (!wanted.has(id)) return;
  try {
    await run(id, job);
  } catch (error) {
    if (error instanceof HeadscopeError) post({ type: 'refused', id, error: packError(error) });
    else post({ type: 'failed', error: failure(error) });
  } finally {
    wanted.delete(id);
  }
}

function failure(error: unknown): PackedError {
  return error instanceof HeadscopeError
    ? packError(error)
    : { code: 'WorkerFailed', argument: 'worker', expected: 'a running core', got: reasonOf(error) };
}

port.onmessage = ({ data: request }) => {
  switch (request.type) {
    case 'load':
      engine = load(request.options);
      engine.then(
        ({ flavour }) => post({ type: 'done', id: request.id, result: flavour }),
        (error: unknown) => post({ type: 'failed', error: failure(error) }),
      );
      break;
    case 'job':
      wanted.add(request.id);
      lastJob = lastJob.then(() => doJob(request.id, request.job));
      break;
    case 'cancel':
      wanted.delete(request.id);
      break;
  }
};
