// A session in workers answers as one in the engine does, whichever worker has the head.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HeadscopeError, load, type AttentionSession, type AttentionSessionOptions, type Headscope } from 'headscope';
import { AttentionPool, type PoolSession } from 'headscope/pool';
import { referenceAttention, seededTensor } from '../support/reference-attention.js';

const [B, H, Hkv, Lq, Lk] = [2, 6, 2, 70, 90];
const query = seededTensor(1, B, H, Lq, 16);
const key = seededTensor(2, B, Hkv, Lk, 16);
const value = seededTensor(3, B, Hkv, Lk, 8);

const options: Record<string, AttentionSessionOptions> = {
  nothing: {},
  'causal slopes': { causal: true, alibi: true, alignment: 'bottom-right' },
  'lengths of keys and a mask': { keyLengths: [90, 33], mask: seededTensor(4, B, H, Lq, Lk) },
  'slopes and sinks of its own': { alibi: [6, 5, 4, 3, 2, 1], sinks: [1, 2, 3, 4, 5, 6] },
};

/** A prime number of rows, more than one step of a worker has; and their weights. */
const long = seededTensor(6, 2053, 8);
const { weights } = referenceAttention(long, long, seededTensor(7, 2053, 1));

let engine: Headscope;

beforeAll(async () => {
  engine = await load();
});

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof HeadscopeError ? `${error.code} ${error.argument}` : String(error)),
  );
}

describe.each([1, 2, 5])('%i workers', (workers) => {
  let pool: AttentionPool;

  beforeAll(() => {
    pool = new AttentionPool({ workers });
  });

  afterAll(() => pool.terminate());

  it.each(Object.entries(options))('with %s', async (_, given) => {
    const expected: AttentionSession = engine.attentionSession(query, key, value, given);
    const session: PoolSession = await pool.attentionSession(query, key, value, given);
    expect(session).toMatchObject({ heads: B * H, queryLength: Lq, keyLength: Lk });
    const tile = { rows: { first: 3, count: 60 }, width: 20, height: 10, pooling: 'mean' } as const;
    for (let head = 0; head < B * H; ++head) {
      expect(await session.row(head, 5)).toEqual(expected.row(head, 5));
      expect(await session.output(head, 69)).toEqual(expected.output(head, 69));
      expect(await session.topK(head, 69, 4)).toEqual(expected.topK(head, 69, 4));
      expect(await session.statistics(head)).toEqual(expected.statistics(head));
      expect(await session.tile(head, tile)).toEqual(expected.tile(head, tile));
    }
    session.dispose();
    expected.dispose();
  });

  it('gives an overview of all heads, one after the other', async () => {
    using session = await pool.attentionSession(query, key);
    using expected = engine.attentionSession(query, key);
    const tile = { width: 9, height: 7, pooling: 'max' } as const;
    const told = new Map<number, unknown>();
    const pictures = await session.overview({ ...tile, onHead: (head, picture) => told.set(head, picture) });
    expect(pictures).toEqual(Array.from({ length: B * H }, (_, head) => expected.tile(head, tile)));
    expect(told.size).toBe(B * H);
    told.forEach((picture, head) => expect(picture).toBe(pictures[head]));
  });

  it('can be cancelled in the middle of an overview', async () => {
    const many = seededTensor(5, 24, 1000, 64);
    using session = await pool.attentionSession(many, many);
    const controller = new AbortController();
    let heads = 0;
    const overview = session.overview({
      width: 10,
      height: 10,
      signal: controller.signal,
      onHead() {
        ++heads;
        controller.abort();
      },
    });
    expect(await codeOf(overview)).toBe('Aborted signal');
    expect(heads).toBe(1);
    expect((await session.row(23, 0)).length).toBe(1000);
    expect(heads).toBe(1);
    const refusing = session.overview({
      onHead() {
        throw new RangeError('not today');
      },
    });
    await expect(refusing).rejects.toThrow(new RangeError('not today'));
  });

  it('draws in steps, and says how far it is', async () => {
    using session = await pool.attentionSession(long, long);
    using expected = engine.attentionSession(long, long);
    const rows = { first: 1, count: 2052 };
    for (const pooling of ['max', 'mean'] as const) {
      const told: number[] = [];
      const tile = { rows, width: 7, height: 5, pooling };
      const picture = await session.tile(0, { ...tile, onProgress: (fraction) => told.push(fraction) });
      expect(picture).toEqual(expected.tile(0, tile));
      picture.data.forEach((pixel, index) => {
        const start = (block: number, count: number, blocks: number): number => Math.floor((block * count) / blocks);
        const [y, x] = [Math.floor(index / 7), index % 7];
        let [most, sum, count] = [0, 0, 0];
        for (let i = 1 + start(y, 2052, 5); i < 1 + start(y + 1, 2052, 5); ++i) {
          for (let j = start(x, 2053, 7); j < start(x + 1, 2053, 7); ++j, ++count) {
            const weight = weights[i * 2053 + j] as number;
            sum += weight;
            most = Math.max(most, weight);
          }
        }
        const wanted = pooling === 'max' ? most : sum / count;
        expect(Math.abs(pixel - wanted)).toBeLessThan(1e-5 * wanted);
      });
      expect(told.length).toBeGreaterThan(1);
      expect(told.toSorted((a, b) => a - b)).toEqual(told);
      expect(told.at(-1)).toBe(1);
    }
    expect(await session.statistics(0)).toEqual(expected.statistics(0));
  });

  it('refuses what the engine refuses', async () => {
    const session = await pool.attentionSession(query, key);
    expect(await codeOf(session.row(B * H, 0))).toBe('InvalidArgument head');
    expect(await codeOf(session.row(-1, 0))).toBe('InvalidArgument head');
    expect(await codeOf(session.row(0, Lq))).toMatch(/^InvalidArgument /);
    expect(await codeOf(session.output(0, 0))).toBe('InvalidArgument value');
    expect(await codeOf(session.tile(0, { width: 0 }))).toBe('InvalidArgument width');
    expect(await codeOf(session.tile(0, { rows: { first: 0, count: 0 } }))).toBe('InvalidArgument rows');
    expect(await codeOf(session.tile(0, { rows: { first: 60, count: 11 } }))).toBe('InvalidArgument rows');
    expect(await codeOf(session.overview({ width: 0 }))).toBe('InvalidArgument width');
    expect(await codeOf(pool.attentionSession(query, value))).toBe('InvalidShape key');
    session.dispose();
    session.dispose();
    expect(await codeOf(session.row(0, 0))).toBe('Disposed session');
    expect(await codeOf(session.overview())).toBe('Disposed session');
  });
});
