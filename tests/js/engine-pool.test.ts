import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadscopeError, load, type AttentionOptions, type TensorLike } from 'headscope';
import { AttentionPool } from 'headscope/pool';
import { distFolder } from '../browser/support/paths.js';
import { digests } from '../support/digests.js';
import { FLAVOURS, allowRelaxedSimd } from '../support/flavours.js';
import { seededTensor } from '../support/reference-attention.js';

let pool: AttentionPool;

beforeEach(() => {
  pool = new AttentionPool();
});

afterEach(() => {
  pool.terminate();
});

async function rejection(promise: Promise<unknown>): Promise<HeadscopeError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HeadscopeError);
  return error as HeadscopeError;
}

/** So much that each head takes a while: 12 heads of 700 tokens. */
const large = seededTensor(3, 12, 700, 64);

describe.each(FLAVOURS)('in workers, %s', (flavour) => {
  const query = seededTensor(1, 2, 3, 5, 4);
  const key = seededTensor(2, 2, 3, 7, 4);
  const value = seededTensor(3, 2, 3, 7, 6);
  const everything = { needWeights: true, needLogSumExp: true };

  it.each<[string, TensorLike, TensorLike, TensorLike | null, AttentionOptions]>([
    ['four dimensions', query, key, value, everything],
    ['output alone', query, key, value, {}],
    ['no values', query, key, null, { needWeights: true }],
    [
      'one head',
      [[1, 2]],
      [
        [3, 4],
        [5, 6],
      ],
      [[7], [8]],
      everything,
    ],
    ['causal with a scale', query, key, value, { ...everything, causal: true, scale: 0.5 }],
    ['a mask for all', query, key, value, { ...everything, mask: [true, false, true, true, false, true, true] }],
    ['a mask for each batch element', query, key, value, { ...everything, mask: seededTensor(4, 2, 1, 5, 7) }],
    ['a mask for each head', query, key, value, { ...everything, mask: seededTensor(5, 3, 1, 7) }],
    ['a mask for each query', query, key, value, { ...everything, mask: seededTensor(6, 2, 3, 5, 1) }],
    [
      'no heads',
      { data: [], shape: [0, 4, 2] },
      { data: [], shape: [0, 3, 2] },
      { data: [], shape: [0, 3, 2] },
      everything,
    ],
    [
      'no tokens',
      { data: [], shape: [2, 0, 2] },
      { data: [], shape: [2, 0, 2] },
      { data: [], shape: [2, 0, 2] },
      everything,
    ],
    ['many heads at a time', large, large, large, { needWeights: true, causal: true }],
  ])('gives the same as the engine: %s', async (_, q, k, v, options) => {
    if (flavour === 'relaxed') allowRelaxedSimd();
    const inPool = new AttentionPool({ flavour });
    try {
      expect(await inPool.flavour).toBe(flavour);
      const expected = (await load({ flavour })).attention(q, k, v, options);
      expect(digests({ ...(await inPool.attention(q, k, v, options)) })).toEqual(digests({ ...expected }));
    } finally {
      inPool.terminate();
    }
  });
});

describe('the other functions', () => {
  const x = seededTensor(1, 5, 4);
  const matrix = seededTensor(2, 4, 4);
  const linear = { weight: seededTensor(3, 3, 4), bias: seededTensor(4, 3) };

  it('give the same as the engine', async () => {
    const engine = await load();
    const projections = { query: matrix, key: matrix, value: matrix };
    expect(await pool.selfAttention(x, projections, { causal: true, scale: 2 })).toEqual(
      engine.selfAttention(x, projections, { causal: true, scale: 2 }),
    );
    expect(await pool.linear(x, linear)).toEqual(engine.linear(x, linear));
    expect(await pool.linear(x, { weight: linear.weight })).toEqual(engine.linear(x, { weight: linear.weight }));
    expect(await pool.sinusoidalPositions(4, 6)).toEqual(engine.sinusoidalPositions(4, 6));
    expect(await pool.rotaryEmbedding(x, { offset: 3 })).toEqual(engine.rotaryEmbedding(x, { offset: 3 }));
  });

  it('do not take what they are given', async () => {
    const before = x.data.slice();
    await pool.linear(x, linear);
    await pool.attention(x, x, x);
    expect(x.data).toEqual(before);
  });

  it('send no more than a view shows', async () => {
    const whole = new Float32Array(1000).fill(5);
    const view = { data: whole.subarray(10, 12), shape: [1, 2] };
    expect([...(await pool.linear(view, { weight: [[1, 1]] })).data]).toEqual([10]);
    expect(whole.length).toBe(1000);
  });
});

describe('heads', () => {
  it('come as soon as they are known, with progress, as views of the result', async () => {
    const heads: [number, number, Float32Array][] = [];
    const fractions: number[] = [];
    const { weights } = await pool.attention(large, large, large, {
      onHead: (batch, head, row) => heads.push([batch, head, row]),
      onProgress: (fraction) => fractions.push(fraction),
    });
    heads.sort(([, a], [, b]) => a - b);
    expect(heads.map(([batch, head]) => [batch, head])).toEqual(Array.from({ length: 12 }, (_, head) => [0, head]));
    heads.forEach(([, , row], head) => {
      expect(row.length).toBe(700 * 700);
      expect(row.buffer).toBe(weights?.data.buffer);
      expect(row.byteOffset).toBe(head * 700 * 700 * 4);
    });
    expect(fractions.length).toBeGreaterThan(3);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });

  it('are counted in each batch element', async () => {
    const tensor = seededTensor(1, 2, 3, 4, 4);
    const heads: number[][] = [];
    await pool.attention(tensor, tensor, tensor, { onHead: (batch, head) => heads.push([batch, head]) });
    expect(heads).toEqual([
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
  });

  it('end the call when the function that is told of them throws', async () => {
    const call = pool.attention(large, large, large, {
      onHead() {
        throw new RangeError('not today');
      },
    });
    await expect(call).rejects.toThrow(new RangeError('not today'));
    expect((await pool.sinusoidalPositions(1, 2)).shape).toEqual([1, 2]);
  });
});

describe('a call', () => {
  it('can be aborted between two heads', async () => {
    const controller = new AbortController();
    let heads = 0;
    const call = pool.attention(large, large, large, {
      signal: controller.signal,
      onHead() {
        ++heads;
        controller.abort(new Error('enough'));
      },
    });
    const error = await rejection(call);
    expect(error).toMatchObject({ code: 'Aborted', argument: 'signal' });
    expect(error.cause).toEqual(new Error('enough'));
    // The next call has to wait for one head at most, not for the other eleven.
    await pool.sinusoidalPositions(1, 2);
    expect(heads).toBeLessThan(12);
  });

  it('can be aborted while it waits', async () => {
    const controller = new AbortController();
    const first = pool.attention(large, large, large);
    const second = pool.attention(large, large, large, { signal: controller.signal });
    controller.abort();
    expect((await rejection(second)).code).toBe('Aborted');
    expect((await first).output.shape).toEqual([12, 700, 64]);
  });

  it('is not begun with a signal that is aborted already', async () => {
    const signal = AbortSignal.abort();
    expect((await rejection(pool.attention([[1]], [[1]], [[1]], { signal }))).code).toBe('Aborted');
    expect((await rejection(pool.linear([[1]], { weight: [[1]] }, { signal }))).code).toBe('Aborted');
    expect((await rejection(pool.sinusoidalPositions(1, 1, { signal }))).code).toBe('Aborted');
  });

  it('leaves no listener on its signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = ((...given: Parameters<typeof add>) => (++listeners, add(...given))) as typeof add;
    signal.removeEventListener = ((...given: Parameters<typeof remove>) => (
      --listeners,
      remove(...given)
    )) as typeof remove;
    await pool.attention([[1]], [[1]], [[1]], { signal });
    expect(listeners).toBe(0);
  });

  it.each<[string, () => Promise<unknown>, string, string, string]>([
    ['ragged rows', () => pool.attention([[1], [2, 3]], [[1]], [[1]]), 'InvalidShape', 'query', '2 at [1]'],
    [
      'shapes that do not fit',
      () => pool.attention(large, seededTensor(1, 12, 700, 32), large),
      'InvalidShape',
      'key',
      '(1, 12, 700, 32)',
    ],
    ['other heads', () => pool.attention(large, seededTensor(1, 11, 700, 64), large), 'InvalidShape', 'key', '11'],
    [
      'a mask that does not fit',
      () => pool.attention(large, large, large, { mask: [0, 1] }),
      'InvalidShape',
      'mask',
      '(1, 1, 1, 2)',
    ],
    ['a scale of NaN', () => pool.attention([[1]], [[1]], [[1]], { scale: NaN }), 'InvalidArgument', 'scale', 'NaN'],
    ['a negative length', () => pool.sinusoidalPositions(-1, 2), 'InvalidArgument', 'length', '-1'],
    ['a weight that does not fit', () => pool.linear([[1, 2]], { weight: [[1]] }), 'InvalidShape', 'x', '(1, 2)'],
  ])('rejects for %s, and the next one works', async (_, call, code, argument, got) => {
    expect(await rejection(call())).toMatchObject({ code, argument, got });
    expect((await pool.sinusoidalPositions(1, 2)).shape).toEqual([1, 2]);
  });
});

describe('the workers', () => {
  it('says why it cannot be started', async () => {
    const wasmUrl = pathToFileURL(join(distFolder, 'none.wasm'));
    const broken = new AttentionPool({ wasmUrl });
    const calls = [broken.attention([[1]], [[1]], [[1]]), broken.sinusoidalPositions(1, 2), broken.flavour];
    for (const call of calls) {
      const error = await rejection(call);
      expect(error).toMatchObject({ code: 'LoadFailed', argument: 'wasmUrl' });
      expect(error.message).toContain(wasmUrl.href);
    }
    // Not stuck: the next call tries again, and says so again.
    expect((await rejection(broken.sinusoidalPositions(1, 2))).code).toBe('LoadFailed');
  });

  it('takes bytes', async () => {
    const wasmBinary = await readFile(join(distFolder, 'headscope.simd.wasm'));
    const own = new AttentionPool({ wasmBinary });
    expect((await own.sinusoidalPositions(1, 2)).data).toEqual(Float32Array.of(0, 1));
    own.terminate();
    expect(wasmBinary.length).toBeGreaterThan(1000);
  });

  it('can be terminated and started again', async () => {
    const call = pool.attention(large, large, large);
    pool.terminate();
    expect(await rejection(call)).toMatchObject({ code: 'Aborted', got: 'terminate()' });
    expect((await pool.sinusoidalPositions(1, 2)).shape).toEqual([1, 2]);
  });

  it('does not keep Node alive once all is done', async () => {
    const script = `import { AttentionPool } from ${JSON.stringify(pathToFileURL(join(distFolder, 'pool.js')).href)};
      const { shape } = await new AttentionPool().sinusoidalPositions(2, 2); process.stdout.write(String(shape));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 20_000,
    });
    expect(stdout).toBe('2,2');
  });
});
