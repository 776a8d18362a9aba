// What becomes of the workers of a pool: they die, idle, keep tensors.
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeadscopeError, load, type Headscope } from 'headscope';
import { AttentionPool } from 'headscope/pool';
import { digests } from '../support/digests.js';
import { seededTensor } from '../support/reference-attention.js';

/** What a pool sends when it is asked for attention; see protocol.ts. */
interface Sent {
  readonly type: string;
  readonly share?: Readonly<Record<'query' | 'key' | 'value', { readonly data: Float32Array | undefined }>>;
}

const workers: Watched[] = [];
let onSent: (worker: Watched, message: Sent) => void = () => undefined;

/** A worker that the test knows. */
class Watched extends Worker {
  readonly ended: Promise<void>;
  running = true;

  constructor(...given: ConstructorParameters<typeof Worker>) {
    super(...given);
    workers.push(this);
    this.ended = new Promise((resolve) => {
      this.prependListener('exit', () => {
        this.running = false;
        resolve();
      });
    });
  }

  // The pool closes a worker without its listeners: the end is told by the promise.
  override removeAllListeners(): this {
    return this;
  }

  override async terminate(): Promise<number> {
    this.running = false;
    return super.terminate();
  }

  override postMessage(...[message, transfer]: Parameters<Worker['postMessage']>): void {
    super.postMessage(message, transfer);
    onSent(this, message as Sent);
  }
}

beforeAll(() => {
  const real = process.getBuiltinModule.bind(process);
  vi.spyOn(process, 'getBuiltinModule').mockImplementation((name: string) =>
    name === 'node:worker_threads' ? { ...real('node:worker_threads'), Worker: Watched } : real(name),
  );
});

afterAll(() => {
  vi.restoreAllMocks();
});

const tensor = seededTensor(1, 12, 300, 64);
let engine: Headscope;
let pool: AttentionPool;

beforeAll(async () => {
  engine = await load();
});

beforeEach(() => {
  workers.length = 0;
  onSent = () => undefined;
  pool = new AttentionPool({ workers: 2 });
});

afterEach(() => pool.terminate());

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof HeadscopeError ? error.code : String(error)),
  );
}

describe('a worker that dies', () => {
  it('in the middle of a call is replaced, and the call finishes', async () => {
    let killed = false;
    onSent = (worker, { type }) => {
      if (type === 'attention' && worker === workers[1] && !killed) {
        killed = true;
        void worker.terminate();
      }
    };
    const heads: number[] = [];
    await pool.flavour;
    const result = await pool.attention(tensor, tensor, tensor, { onHead: (_, head) => heads.push(head) });
    expect(digests({ ...result })).toEqual(
      digests({ ...engine.attention(tensor, tensor, tensor, { needWeights: true }) }),
    );
    expect(heads.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, head) => head));
    expect(workers.length).toBe(3);
  });

  it('between two calls is replaced', async () => {
    await pool.attention(tensor, tensor, tensor);
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(await codeOf(pool.attention(tensor, tensor, tensor))).toBe('none');
    expect(workers.length).toBe(4);
  });

  it('again and again fails the call', async () => {
    onSent = (worker, { type }) => {
      if (type === 'attention' || type === 'call') void worker.terminate();
    };
    await pool.flavour;
    expect(await codeOf(pool.attention(tensor, tensor, tensor))).toBe('WorkerFailed');
    expect(await codeOf(pool.sinusoidalPositions(2, 2))).toBe('WorkerFailed');
    onSent = () => undefined;
    expect(await codeOf(pool.attention(tensor, tensor, tensor))).toBe('none');
  });

  it('takes its part of a result that is kept along, and says so', async () => {
    const output = pool.createTensor({ shape: tensor.shape });
    await pool.attentionInto({ output }, tensor, tensor, tensor);
    await workers[1]?.terminate();
    expect(await codeOf(output.read())).toBe('WorkerFailed');
    await pool.attentionInto({ output }, tensor, tensor, tensor);
    expect(digests({ output: await output.read() })).toEqual(digests({ ...engine.attention(tensor, tensor, tensor) }));
  });
});

it('a session ends with a worker that dies, and says so', async () => {
  const session = await pool.attentionSession(tensor, tensor);
  await workers[1]?.terminate();
  expect((await session.row(0, 0)).length).toBe(300);
  expect(await codeOf(session.row(11, 0))).toBe('WorkerFailed');
  expect(await codeOf(session.overview({ width: 4, height: 4 }))).toBe('WorkerFailed');
  session.dispose();
  expect((await (await pool.attentionSession(tensor, tensor)).row(11, 0)).length).toBe(300);
});

describe('workers', () => {
  it('start when there is work for them', async () => {
    expect(workers.length).toBe(0);
    await pool.attention([[1]], [[1]], [[1]]);
    await pool.linear([[1]], { weight: [[1]] });
    expect(workers.length).toBe(1);
    await pool.attention(tensor, tensor, tensor);
    expect(workers.length).toBe(2);
  });

  it('end when they are idle, and start again', async () => {
    const idle = new AttentionPool({ workers: 2, idleTimeout: 50 });
    const before = await idle.attention(tensor, tensor, tensor);
    expect(workers.filter(({ running }) => running).length).toBe(2);
    await Promise.all(workers.map(({ ended }) => ended));
    expect(digests({ ...(await idle.attention(tensor, tensor, tensor)) })).toEqual(digests({ ...before }));
    expect(workers.length).toBe(4);
    idle.terminate();
  });

  it('stay as long as they keep a tensor or a session', async () => {
    const idle = new AttentionPool({ workers: 2, idleTimeout: 50 });
    const query = idle.createTensor(tensor);
    await idle.attention(query, tensor, tensor);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(workers.map(({ running }) => running)).toEqual([true, true]);
    const session = await idle.attentionSession(tensor, tensor);
    query.dispose();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(workers.map(({ running }) => running)).toEqual([true, true]);
    session.dispose();
    await Promise.all(workers.map(({ ended }) => ended));
    idle.terminate();
  });

  it('are as many as was asked for, or it is refused', () => {
    for (const count of [0, -1, 1.5, NaN]) {
      expect(() => new AttentionPool({ workers: count })).toThrow(HeadscopeError);
    }
    expect(() => new AttentionPool({ idleTimeout: -1 })).toThrow(HeadscopeError);
  });
});

describe('tensors of the pool', () => {
  const given = { causal: true, dropout: { probability: 0.2, seed: 3 } };

  it('are sent once', async () => {
    const [query, key, value] = [tensor, seededTensor(2, 12, 300, 64), seededTensor(3, 12, 300, 64)];
    const kept = [query, key, value].map((like) => pool.createTensor(like));
    const output = pool.createTensor({ shape: tensor.shape });
    const weights = pool.createTensor({ shape: [12, 300, 300] });
    const logSumExp = pool.createTensor({ shape: [12, 300] });
    const [q, k, v] = kept as [typeof output, typeof output, typeof output];
    await pool.attentionInto({ output }, q, k, v, given);
    const copied: boolean[] = [];
    onSent = (_, { share }) =>
      share && copied.push(...[share.query, share.key, share.value].map(({ data }) => data !== undefined));
    await pool.attentionInto({ output, weights, logSumExp }, q, k, v, given);
    onSent = () => undefined;
    expect(copied).toEqual([false, false, false, false, false, false]);
    const results = { output: await output.read(), weights: await weights.read(), logSumExp: await logSumExp.read() };
    const expected = engine.attention(query, key, value, { ...given, needWeights: true, needLogSumExp: true });
    expect(digests(results)).toEqual(digests({ ...expected }));
  });

  it('can be written to, and be what the next call reads', async () => {
    const x = pool.createTensor(seededTensor(4, 12, 300, 64));
    const y = pool.createTensor({ shape: tensor.shape });
    const z = pool.createTensor({ shape: tensor.shape });
    await pool.attentionInto({ output: y }, x, x, x);
    x.write(tensor);
    await pool.attentionInto({ output: y }, x, x, x);
    await pool.attentionInto({ output: z }, y, x, y, given);
    const first = engine.attention(tensor, tensor, tensor).output;
    const second = engine.attention(first, tensor, first, given);
    expect(digests({ output: await z.read() })).toEqual(digests({ ...second }));
    expect(digests({ ...(await pool.attention(y, x, y, given)) })).toEqual(digests({ ...second }));
  });

  it('have the shape that is asked for', async () => {
    const wrong = pool.createTensor({ shape: [12, 300, 32] });
    expect(await codeOf(pool.attentionInto({ output: wrong }, tensor, tensor, tensor))).toBe('InvalidShape');
    expect(() => wrong.write([[1]])).toThrow(HeadscopeError);
    expect((await wrong.read()).data.every((number) => number === 0)).toBe(true);
    const own = pool.createTensor(tensor);
    expect(await codeOf(pool.attentionInto({ output: own }, own, tensor, tensor))).toBe('InvalidArgument');
  });

  it('are of no use once they are disposed of', async () => {
    const gone = pool.createTensor(tensor);
    gone.dispose();
    gone.dispose();
    expect(await codeOf(gone.read())).toBe('Disposed');
    expect(await codeOf(pool.attention(gone, tensor, tensor))).toBe('Disposed');
    expect(await codeOf(pool.attentionInto({ output: gone }, tensor, tensor, tensor))).toBe('Disposed');
  });
});

it('an abort is heard in the middle of a long head', async () => {
  const long = seededTensor(1, 1, 6000, 64);
  await pool.attention(tensor, tensor, tensor);
  const controller = new AbortController();
  const parts: number[] = [];
  const call = pool.attention(long, long, long, {
    signal: controller.signal,
    onProgress: (fraction) => {
      parts.push(fraction);
      controller.abort();
    },
  });
  expect(await codeOf(call)).toBe('Aborted');
  // Both workers are free again.
  await Promise.all([pool.sinusoidalPositions(1, 2), pool.sinusoidalPositions(1, 2)]);
  expect(parts.length).toBe(1);
  expect(parts[0]).toBeLessThan(0.5);
});
