import { describe, expect, it } from 'vitest';
import { additiveAttentionFromStateDict, HeadscopeError, type Tensor } from 'headscope/layers';
import { loadLayersFlavour } from '../support/flavours.js';
import { largestDifference, seededTensor } from '../support/reference-attention.js';

const engine = await loadLayersFlavour('simd');
const matrix = (seed: number, rows: number, columns: number): Tensor => {
  const { data } = seededTensor(seed, 1, rows, columns);
  return { data, shape: [rows, columns] };
};

function refusal(call: () => unknown): Partial<HeadscopeError> {
  try {
    call();
  } catch (error) {
    if (error instanceof HeadscopeError) {
      const { code, argument, expected, got } = error;
      return { code, argument, expected, got };
    }
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('additive attention', () => {
  const parameters = additiveAttentionFromStateDict({
    'W_q.weight': matrix(1, 6, 3),
    'W_k.weight': matrix(2, 6, 4),
    'w_v.weight': matrix(3, 1, 6),
  });

  it('is v·tanh(Wq·q + Wk·k) by hand', () => {
    const one = { query: { weight: [[2]] }, key: { weight: [[-1]], bias: [0.5] }, score: { weight: [[3]] } };
    const { scores, weights, output } = engine.additiveAttention([[0.25]], [[0], [1]], [[10], [20]], one, {
      needScores: true,
      needWeights: true,
    });
    const expected = [3 * Math.tanh(0.5 + 0.5), 3 * Math.tanh(0.5 - 0.5)] as const;
    expect(scores?.data[0]).toBeCloseTo(expected[0], 5);
    expect(scores?.data[1]).toBeCloseTo(expected[1], 5);
    const first = 1 / (1 + Math.exp(expected[1] - expected[0]));
    expect(weights?.shape).toEqual([1, 2]);
    expect(weights?.data[0]).toBeCloseTo(first, 5);
    expect(output.data[0]).toBeCloseTo(10 * first + 20 * (1 - first), 4);
  });

  it('gives neither weights nor scores unless asked', () => {
    const result = engine.additiveAttention(matrix(4, 2, 3), matrix(5, 5, 4), matrix(6, 5, 2), parameters);
    expect(Object.keys(result)).toEqual(['output']);
  });

  it('refuses a missing name, a mask that does not fit and a value of another length', () => {
    expect(refusal(() => additiveAttentionFromStateDict({ 'x.W_q.weight': matrix(1, 2, 2) }, 'x.'))).toEqual({
      code: 'InvalidArgument',
      argument: 'x.W_k.weight',
      expected: 'a tensor of that name',
      got: 'none',
    });
    const call = (rows: number, mask?: boolean[][]) => () =>
      engine.additiveAttention(matrix(4, 2, 3), matrix(5, 5, 4), matrix(6, rows, 2), parameters, { mask });
    expect(refusal(call(4))).toEqual({
      code: 'InvalidShape',
      argument: 'value',
      expected: 'shape (1, 5, 2)',
      got: '(1, 4, 2)',
    });
    expect(refusal(call(5, [[true, false]]))).toMatchObject({ code: 'InvalidShape', argument: 'mask' });
  });
});

describe('multiplicative attention', () => {
  it('is attention without a scale', () => {
    const [query, key, value] = [matrix(1, 4, 3), matrix(2, 5, 3), matrix(3, 5, 2)];
    const expected = engine.attention(query, key, value, { scale: 1, causal: true, needWeights: true });
    const got = engine.multiplicativeAttention(query, key, value, { causal: true, needWeights: true });
    expect(got.output).toEqual(expected.output);
    expect(got.weights).toEqual(expected.weights);
  });

  it('puts a matrix between queries and keys', () => {
    const { scores } = engine.multiplicativeAttention([[1, 2]], [[3, 4, 5]], [[1]], {
      weight: [
        [1, 0, 2],
        [0, 1, 0],
      ],
      needScores: true,
    });
    expect([...(scores?.data ?? [])]).toEqual([1 * (3 + 10) + 2 * 4]);
    expect(refusal(() => engine.multiplicativeAttention([[1, 2]], [[3, 4, 5]], [[1]]))).toEqual({
      code: 'InvalidShape',
      argument: 'key',
      expected: 'shape (1, 1, 2)',
      got: '(1, 1, 3)',
    });
  });
});

describe('linear attention', () => {
  it('has outputs that do not change when tokens come behind, where it is causal', () => {
    const [query, key, value] = [seededTensor(1, 2, 9, 4), seededTensor(2, 2, 9, 4), seededTensor(3, 2, 9, 3)];
    const whole = engine.linearAttention(query, key, value, { causal: true, needWeights: true });
    const first = (tensor: Tensor, length: number): Tensor => {
      const [heads, all, depth] = tensor.shape as [number, number, number];
      const data = tensor.data.filter((_, index) => Math.floor(index / depth) % all < length);
      return { data, shape: [heads, length, depth] };
    };
    for (const length of [1, 4, 8]) {
      const part = engine.linearAttention(first(query, length), first(key, length), first(value, length), {
        causal: true,
      });
      expect(part.output).toEqual(first(whole.output, length));
    }
    expect(whole.weights?.shape).toEqual([2, 9, 9]);
    expect(whole.weights?.data[1]).toBe(0);
  });

  it('gives the same when all keys are permuted with their values, and not causally', () => {
    const [query, key, value] = [matrix(1, 3, 4), matrix(2, 6, 4), matrix(3, 6, 2)];
    const reversed = ({ data, shape }: Tensor): Tensor => {
      const width = shape[1] as number;
      const rows = Array.from({ length: shape[0] as number }, (_, row) => [
        ...data.slice(row * width, (row + 1) * width),
      ]);
      return { data: Float32Array.from(rows.reverse().flat()), shape };
    };
    const outputs = [false, true].map((causal) => [
      engine.linearAttention(query, key, value, { causal }).output.data,
      engine.linearAttention(query, reversed(key), reversed(value), { causal }).output.data,
    ]);
    const difference = (pair: Float32Array[] | undefined): number =>
      largestDifference(pair?.[0] as Float32Array, pair?.[1] as Float32Array);
    expect(difference(outputs[0])).toBeLessThan(1e-6);
    expect(difference(outputs[1])).toBeGreaterThan(1e-2);
  });

  it('refuses heads and lengths that do not fit', () => {
    expect(refusal(() => engine.linearAttention(seededTensor(1, 2, 3, 4), seededTensor(1, 1, 3, 4), [[1]]))).toEqual({
      code: 'InvalidShape',
      argument: 'key',
      expected: 'shape (1, 2, 3, 4)',
      got: '(1, 1, 3, 4)',
    });
  });
});
