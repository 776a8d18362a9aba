import { describe, expect, it } from 'vitest';
import { HeadscopeError, load, type AttentionSession } from 'headscope';
import { largestDifference, referenceAttention, seededTensor } from '../support/reference-attention.js';

const engine = await load();
const [B, H, LQ, LK] = [2, 3, 11, 37];
const query = seededTensor(1, B, H, LQ, 8);
const key = seededTensor(2, B, H, LK, 8);
const value = seededTensor(3, B, H, LK, 5);
const expected = referenceAttention(query, key, value);

function weightsOf(head: number, i: number): Float64Array {
  return expected.weights.subarray((head * LQ + i) * LK, (head * LQ + i + 1) * LK);
}

/** The rows or columns of one pixel. */
function under(pixel: number, first: number, count: number, pixels: number): number[] {
  const start = Math.floor((pixel * count) / pixels);
  const end = Math.max(start + 1, Math.floor(((pixel + 1) * count) / pixels));
  return Array.from({ length: end - start }, (_, index) => first + start + index);
}

describe('a session', () => {
  it('knows its sizes', () => {
    using session = engine.attentionSession(query, key);
    expect(session).toMatchObject({ heads: B * H, queryLength: LQ, keyLength: LK });
  });

  it('gives rows and outputs', () => {
    using again = engine.attentionSession(query, key, value);
    for (let head = 0; head < B * H; ++head) {
      for (let i = 0; i < LQ; ++i) {
        expect(largestDifference(again.row(head, i), weightsOf(head, i))).toBeLessThan(2e-6);
        const at = (head * LQ + i) * 5;
        expect(largestDifference(again.output(head, i), expected.output.subarray(at, at + 5))).toBeLessThan(4e-6);
      }
    }
  });

  it.each([
    { width: LK, height: LQ },
    { width: 7, height: 3 },
    { width: 60, height: 4 },
    { rows: { first: 2, count: 9 }, columns: { first: 5, count: 31 }, width: 10, height: 2 },
    { rows: { first: 10, count: 1 }, columns: { first: 36, count: 1 } },
  ])('gives pictures: %o', (options) => {
    using again = engine.attentionSession(query, key);
    const { rows = { first: 0, count: LQ }, columns = { first: 0, count: LK } } = options;
    const { width = columns.count, height = rows.count } = options;
    for (const pooling of ['max', 'mean'] as const) {
      const { data, shape } = again.tile(4, { ...options, pooling });
      expect(shape).toEqual([height, width]);
      data.forEach((pixel, index) => {
        const cells = under(Math.floor(index / width), rows.first, rows.count, height).flatMap((i) =>
          under(index % width, columns.first, columns.count, width).map((j) => weightsOf(4, i)[j] as number),
        );
        const pooled =
          pooling === 'max' ? Math.max(...cells) : cells.reduce((sum, cell) => sum + cell, 0) / cells.length;
        expect(Math.abs(pixel - pooled)).toBeLessThan(2e-6);
      });
    }
  });

  it('draws into an array that is given', () => {
    using again = engine.attentionSession(query, key);
    const into = new Float32Array(12).fill(NaN);
    const tile = { width: 4, height: 3 };
    expect(again.tile(2, { ...tile, into }).data).toBe(into);
    expect(into).toEqual(again.tile(2, tile).data);
    expect(() => again.tile(2, { ...tile, into: new Float32Array(11) })).toThrow(
      'into: expected a Float32Array of 12 numbers, got 11',
    );
  });

  it('gives the largest weights', () => {
    using again = engine.attentionSession(query, key);
    const sorted = [...weightsOf(5, 3)].map((weight, j) => ({ weight, j })).sort((a, b) => b.weight - a.weight);
    const { keys, weights } = again.topK(5, 3, 6);
    expect([...keys]).toEqual(sorted.slice(0, 6).map(({ j }) => j));
    expect(
      largestDifference(
        weights,
        sorted.slice(0, 6).map(({ weight }) => weight),
      ),
    ).toBeLessThan(2e-6);
    expect(again.topK(0, 0, 1000).keys).toHaveLength(LK);
    expect(again.topK(0, 0, 0).keys).toHaveLength(0);
  });

  it('gives statistics', () => {
    using again = engine.attentionSession(query, key);
    const mean = (of: (row: Float64Array, i: number) => number): number =>
      Array.from({ length: LQ }, (_, i) => of(weightsOf(1, i), i)).reduce((a, b) => a + b, 0) / LQ;
    const wanted = {
      entropy: mean((row) => row.reduce((sum, w) => sum - w * Math.log(w), 0)),
      meanDistance: mean((row, i) => row.reduce((sum, w, j) => sum + w * Math.abs(i - j), 0)),
      firstKey: mean((row) => row[0] as number),
      diagonal: mean((row, i) => row[i] as number),
      previousToken: mean((row, i) => (i === 0 ? 0 : (row[i - 1] as number))),
    };
    const statistics = again.statistics(1);
    for (const name of Object.keys(wanted) as (keyof typeof wanted)[]) {
      expect(statistics[name] / wanted[name]).toBeCloseTo(1, 4);
    }
  });

  it('has options, grouped heads in rows, and values that nobody sees', () => {
    // Two heads of queries read the one head of keys; causal: query 0 sees key 0 only.
    using causal = engine.attentionSession(
      [
        [0, 0],
        [0, Math.LN2],
      ],
      [[1], [2]],
      [[3], [NaN]],
      { heads: 2, kvHeads: 1, causal: true, scale: 1 },
    );
    expect(causal.heads).toBe(2);
    expect([...causal.row(1, 0)]).toEqual([1, 0]);
    expect([...causal.output(1, 0)]).toEqual([3]);
    expect(causal.row(1, 1)[1]).toBeCloseTo(2 / 3, 6);
    expect(causal.output(1, 1)[0]).toBeNaN();
  });

  it('does not depend on what it was made from, and counts while it lives', () => {
    const before = engine.liveHandles;
    const mask = { data: Float32Array.of(0, -Infinity), shape: [2] };
    const own = engine.attentionSession([[1]], [[1], [2]], [[1], [2]], { mask });
    expect(engine.liveHandles).toBe(before + 1);
    mask.data.fill(0);
    expect([...own.row(0, 0)]).toEqual([1, 0]);
    own.dispose();
    expect(engine.liveHandles).toBe(before);
    const disposed = expect.objectContaining({ code: 'Disposed', argument: 'session' }) as Error;
    for (const call of [() => own.row(0, 0), () => own.tile(0), () => own.topK(0, 0, 1), () => own.statistics(0)]) {
      expect(call).toThrow(disposed);
    }
  });

  it.each<[string, (of: AttentionSession) => unknown, string]>([
    ['a head too many', (of) => of.row(6, 0), 'head'],
    ['a query too many', (of) => of.row(0, LQ), 'query'],
    ['half a query', (of) => of.row(0, 0.5), 'query'],
    ['a negative head', (of) => of.statistics(-1), 'head'],
    ['the statistics of a head too many', (of) => of.statistics(6), 'head'],
    ['no pixels', (of) => of.tile(0, { width: 0, height: 1 }), 'width'],
    ['no lines of pixels', (of) => of.tile(0, { width: 1, height: 0 }), 'height'],
    ['rows outside', (of) => of.tile(0, { rows: { first: 5, count: 7 } }), 'rows'],
    ['columns outside', (of) => of.tile(0, { columns: { first: 37, count: 1 } }), 'columns'],
    ['no rows', (of) => of.tile(0, { rows: { first: 0, count: 0 }, height: 1 }), 'rows'],
    ['another pooling', (of) => of.tile(0, { pooling: 'min' as never }), 'pooling'],
    ['negative rows', (of) => of.tile(0, { rows: { first: -1, count: 1 } }), 'rows.first'],
    ['half a weight', (of) => of.topK(0, 0, 0.5), 'k'],
  ])('refuses %s', (_, call, argument) => {
    using again = engine.attentionSession(query, key);
    expect(() => call(again)).toThrow(HeadscopeError);
    expect(() => call(again)).toThrow(expect.objectContaining({ argument }) as Error);
  });

  it.each<[string, () => unknown, string]>([
    [
      'dropout',
      () => engine.attentionSession(query, key, null, { dropout: { probability: 0.5, seed: 1 } } as never),
      'dropout',
    ],
    ['keys of another width', () => engine.attentionSession(query, value), 'key'],
    ['values of another length', () => engine.attentionSession(query, key, query), 'value'],
    ['an output without values', () => engine.attentionSession(query, key).output(0, 0), 'value'],
  ])('refuses %s', (_, call, argument) => {
    expect(call).toThrow(expect.objectContaining({ argument }) as Error);
  });
});
