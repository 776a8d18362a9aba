// However many workers share a call: the same bits as from the engine, which does it at once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load, type AttentionOptions, type Headscope, type Tensor } from 'headscope';
import { AttentionPool } from 'headscope/pool';
import { digests } from '../support/digests.js';
import { seededTensor } from '../support/reference-attention.js';

/** B, Hq, Hkv, Lq, Lk, D, Dv: large enough that five workers have something to do, and with odd rests. */
const [B, H, Hkv, Lq, Lk, D, Dv] = [2, 6, 2, 197, 333, 40, 24];
const query = seededTensor(1, B, H, Lq, D);
const key = seededTensor(2, B, Hkv, Lk, D);
const value = seededTensor(3, B, Hkv, Lk, Dv);
const everything = { needWeights: true, needLogSumExp: true } as const;

/** True where the seeded number is not small. */
function booleans(...shape: number[]): { data: Uint8Array; shape: number[] } {
  return { data: Uint8Array.from(seededTensor(9, ...shape).data, (number) => Number(number > -0.5)), shape };
}

const options: Record<string, AttentionOptions> = {
  nothing: everything,
  'output alone': {},
  'a scale and a softcap': { ...everything, scale: 0.3, softcap: 2 },
  causal: { ...everything, causal: true },
  'causal, from the end': { ...everything, causal: true, alignment: 'bottom-right' },
  'a window': { ...everything, window: { left: 70, right: 3 } },
  'a causal window': { ...everything, causal: true, window: { left: 20 } },
  "the paper's slopes": { ...everything, alibi: true, alignment: 'bottom-right' },
  'slopes of its own': { ...everything, alibi: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] },
  sinks: { ...everything, sinks: [0, 1, 2, -1, -2, 3] },
  'lengths of the keys': { ...everything, keyLengths: [333, 50], causal: true },
  'lengths of the keys, from the end': {
    ...everything,
    keyLengths: [120, 333],
    causal: true,
    alignment: 'bottom-right',
  },
  dropout: { ...everything, dropout: { probability: 0.4, seed: 7 } },
  'a mask of keys': { ...everything, mask: booleans(Lk) },
  'a mask of queries and keys': { ...everything, mask: booleans(Lq, Lk) },
  'a mask for each batch element': { ...everything, mask: seededTensor(4, B, 1, 1, Lk) },
  'a mask for each head': { ...everything, mask: seededTensor(5, H, Lq, Lk) },
  'a mask for everything': { ...everything, mask: booleans(B, H, Lq, Lk) },
  'a mask for each row': { ...everything, mask: seededTensor(6, B, H, Lq, 1) },
  scores: { needScores: 'biased', causal: true },
  'a past': {
    ...everything,
    causal: true,
    dropout: { probability: 0.1, seed: 1 },
    pastKey: seededTensor(7, B, Hkv, 50, D),
    pastValue: seededTensor(8, B, Hkv, 50, Dv),
  },
  'a past, from the end': {
    ...everything,
    causal: true,
    alignment: 'bottom-right',
    pastKey: seededTensor(7, B, Hkv, 50, D),
    pastValue: seededTensor(8, B, Hkv, 50, Dv),
  },
};

/** (B, H, L, D) as (B, L, H·D). */
function sideBySide({ data, shape }: Tensor): Tensor {
  const [batch, heads, rows, columns] = shape as [number, number, number, number];
  const moved = new Float32Array(data.length);
  for (let b = 0; b < batch; ++b) {
    for (let h = 0; h < heads; ++h) {
      for (let row = 0; row < rows; ++row) {
        const from = ((b * heads + h) * rows + row) * columns;
        moved.set(data.subarray(from, from + columns), ((b * rows + row) * heads + h) * columns);
      }
    }
  }
  return { data: moved, shape: [batch, rows, heads * columns] };
}

/** In memory that workers can look at. */
function shared({ data, shape }: Tensor): Tensor {
  const copy = new Float32Array(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return { data: copy, shape };
}

let engine: Headscope;

beforeAll(async () => {
  engine = await load();
});

describe.each([1, 2, 3, 5])('%i workers', (workers) => {
  let pool: AttentionPool;

  beforeAll(() => {
    pool = new AttentionPool({ workers });
  });

  afterAll(() => pool.terminate());

  it.each(Object.entries(options))('with %s', async (_, given) => {
    const expected = engine.attention(query, key, value, given);
    expect(digests({ ...(await pool.attention(query, key, value, given)) })).toEqual(digests({ ...expected }));
  });

  it('one long head', async () => {
    const [q, k, v] = [seededTensor(1, 1030, 64), seededTensor(2, 900, 64), seededTensor(3, 900, 64)];
    const expected = engine.attention(q, k, v, { causal: true, needWeights: true });
    const result = await pool.attention(q, k, v, { causal: true, needWeights: true });
    expect(digests({ ...result })).toEqual(digests({ ...expected }));
  });

  it('heads side by side', async () => {
    const [q, k, v] = [query, key, value].map(sideBySide) as [Tensor, Tensor, Tensor];
    const given = { ...everything, heads: H, kvHeads: Hkv, causal: true };
    const expected = engine.attention(q, k, v, given);
    expect(digests({ ...(await pool.attention(q, k, v, given)) })).toEqual(digests({ ...expected }));
  });

  it('shared memory, in which the results are too', async () => {
    const [q, k, v] = [query, key, value].map(shared) as [Tensor, Tensor, Tensor];
    const result = await pool.attention(q, k, v, { ...everything, causal: true });
    expect(digests({ ...result })).toEqual(
      digests({ ...engine.attention(query, key, value, { ...everything, causal: true }) }),
    );
    expect(Object.values(result).map(({ data }: Tensor) => data.buffer instanceof SharedArrayBuffer)).toEqual([
      true,
      true,
      true,
    ]);
  });
});

it('the work is divided at all', async () => {
  const pool = new AttentionPool({ workers: 3 });
  const fractions: number[] = [];
  await pool.attention(query, key, value, { onProgress: (fraction) => fractions.push(fraction) });
  pool.terminate();
  expect(fractions.length).toBeGreaterThanOrEqual(3);
  expect(fractions.at(-1)).toBe(1);
});
