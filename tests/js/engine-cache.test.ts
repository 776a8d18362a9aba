import { describe, expect, it } from 'vitest';
import { HeadscopeError, load, type Tensor } from 'headscope';
import { largestDifference, referenceAttention, seededTensor } from '../support/reference-attention.js';

const engine = await load();
const LENGTH = 23;
const query = seededTensor(1, 1, 2, LENGTH, 8);
const key = seededTensor(2, 1, 2, LENGTH, 8);
const value = seededTensor(3, 1, 2, LENGTH, 5);

/** Rows `first` to `end` of each head. */
function rows({ data, shape }: Tensor, first: number, end: number): Tensor {
  const [B, H, L, D] = shape as [number, number, number, number];
  const parts = Array.from({ length: B * H }, (_, head) => data.slice((head * L + first) * D, (head * L + end) * D));
  return { data: Float32Array.from(parts.flatMap((part) => [...part])), shape: [B, H, end - first, D] };
}

/** What the token at `position` sees of its last `window` keys, in double precision. */
function seenBy(position: number, window = LENGTH) {
  const first = Math.max(0, position + 1 - window);
  const [k, v] = [key, value].map((tensor) => rows(tensor, first, position + 1)) as [Tensor, Tensor];
  return referenceAttention(rows(query, position, position + 1), k, v);
}

describe('a cache', () => {
  it.each([undefined, 1, 4, 100])('decodes token by token, with window %s', (window) => {
    using cache = engine.createKeyValueCache({ kvHeads: 2, headDim: 8, valueDim: 5, window });
    for (let t = 0; t < LENGTH; ++t) {
      const [q, k, v] = [query, key, value].map((tensor) => rows(tensor, t, t + 1)) as [Tensor, Tensor, Tensor];
      const { output, weights } = cache.attention(q, k, v, { needWeights: true });
      const expected = seenBy(t, window);
      expect(output.shape).toEqual([1, 2, 1, 5]);
      expect(largestDifference(output.data, expected.output)).toBeLessThan(4e-6);
      expect(cache.length).toBe(t + 1);
      expect(weights?.shape).toEqual([1, 2, 1, cache.stored]);
      expect(cache.stored).toBeLessThanOrEqual(Math.min(t + 1, window ?? LENGTH));
    }
  });

  it('takes a prompt at once and goes on from there', () => {
    using cache = engine.createKeyValueCache({ kvHeads: 2, headDim: 8, valueDim: 5 });
    const prompt = [query, key, value].map((tensor) => rows(tensor, 0, 20)) as [Tensor, Tensor, Tensor];
    const { output } = cache.attention(...prompt);
    for (let t = 0; t < 20; ++t) {
      expect(largestDifference(rows(output, t, t + 1).data, seenBy(t).output)).toBeLessThan(4e-6);
    }
    cache.append(rows(key, 20, LENGTH), rows(value, 20, LENGTH));
    const rest = cache.attend(rows(query, 20, LENGTH)).output;
    using target = engine.createTensor({ shape: [1, 2, 3, 5] });
    cache.attendInto({ output: target }, rows(query, 20, LENGTH));
    expect(target.read()).toEqual(rest);
    for (let t = 20; t < LENGTH; ++t) {
      expect(largestDifference(rows(rest, t - 20, t - 19).data, seenBy(t).output)).toBeLessThan(4e-6);
    }
  });

  it('takes heads in rows, more of queries than of keys', () => {
    using cache = engine.createKeyValueCache({ kvHeads: 1, headDim: 2, valueDim: 1 });
    // Scores of 0 share the values 3 and 5 evenly; the score ln 3 / sqrt 2 · sqrt 2 weighs the second key thrice.
    cache.append([[0, 0]], [[3]]);
    const { output } = cache.attention([[0, 0, Math.LN2 * Math.SQRT2, 0]], [[1, 0]], [[5]], { heads: 2 });
    expect(output.shape).toEqual([1, 2]);
    expect(output.data[0]).toBeCloseTo(4, 5);
    expect(output.data[1]).toBeCloseTo((3 + 2 * 5) / 3, 5);
  });

  it('starts anew when it is cleared, and counts while it lives', () => {
    const before = engine.liveHandles;
    const cache = engine.createKeyValueCache({ kvHeads: 1, headDim: 1 });
    expect(engine.liveHandles).toBe(before + 1);
    cache.append([[1]], [[7]]);
    cache.clear();
    expect([cache.length, cache.stored]).toEqual([0, 0]);
    expect([...cache.attention([[1]], [[1]], [[2]]).output.data]).toEqual([2]);
    cache.dispose();
    expect(engine.liveHandles).toBe(before);
    const disposed = expect.objectContaining({ code: 'Disposed', argument: 'cache' }) as Error;
    expect(() => cache.length).toThrow(disposed);
    expect(() => cache.clear()).toThrow(disposed);
    expect(() => cache.append([[1]], [[1]])).toThrow(disposed);
    expect(() => cache.attend([[1]])).toThrow(disposed);
  });

  it('stays as it was when anything is refused', () => {
    using cache = engine.createKeyValueCache({ kvHeads: 2, headDim: 8, valueDim: 5 });
    cache.append(rows(key, 0, 3), rows(value, 0, 3));
    const [q, k, v] = [query, key, value].map((tensor) => rows(tensor, 3, 4)) as [Tensor, Tensor, Tensor];
    const wide = seededTensor(4, 1, 2, 1, 9);
    const refused: [() => unknown, string][] = [
      [() => cache.append(wide, v), 'key'],
      [() => cache.append(k, wide), 'value'],
      [() => cache.append(k, rows(value, 3, 5)), 'value'],
      [() => cache.attention(wide, k, v), 'query'],
      [() => cache.attention(q, wide, v), 'key'],
      [() => cache.attention(q, k, v, { mask: [true, false] }), 'mask'],
      [() => cache.attention(q, k, v, { scale: Infinity }), 'scale'],
      [() => cache.attention(q, k, v, { softcap: -1 }), 'softcap'],
      [() => cache.attention(q, k, v, { alignment: 'top-left' } as never), 'alignment'],
      [() => cache.attention(q, k, v, { keyLengths: [1] } as never), 'keyLengths'],
      [() => cache.attend(rows(query, 0, 4)), 'query'],
      [() => cache.attention(rows(query, 0, 5), k, v), 'query'],
      [() => cache.attention(q, k, v, { heads: 3 }), 'key'],
    ];
    for (const [call, argument] of refused) {
      expect(call).toThrow(HeadscopeError);
      expect(call).toThrow(expect.objectContaining({ argument }) as Error);
      expect(cache.length).toBe(3);
    }
    expect(largestDifference(cache.attention(q, k, v).output.data, seenBy(3).output)).toBeLessThan(4e-6);
  });

  it.each([
    [{ kvHeads: -1, headDim: 1 }, 'kvHeads'],
    [{ kvHeads: 1, headDim: 0.5 }, 'headDim'],
    [{ kvHeads: 1, headDim: 1, batch: NaN }, 'batch'],
    [{ kvHeads: 1, headDim: 1, valueDim: 2 ** 40 }, 'valueDim'],
    [{ kvHeads: 1, headDim: 1, window: 0 }, 'window'],
    [{ kvHeads: 1, headDim: 1, window: -1 }, 'window'],
    [{ kvHeads: 1 } as never, 'headDim'],
  ])('cannot be of %o', (configuration, argument) => {
    const before = engine.liveHandles;
    const refused = expect.objectContaining({ code: 'InvalidArgument', argument }) as Error;
    expect(() => engine.createKeyValueCache(configuration)).toThrow(refused);
    expect(engine.liveHandles).toBe(before);
  });
});
