import { describe, expect, it } from 'vitest';
import { HeadscopeError, load, type AttentionResult } from 'headscope';
import { largestDifference, referenceAttention, seededTensor } from '../support/reference-attention.js';

const engine = await load();
const query = seededTensor(1, 2, 3, 9, 8);
const key = seededTensor(2, 2, 3, 11, 8);
const value = seededTensor(3, 2, 3, 11, 5);
const expected = referenceAttention(query, key, value);

function refusal(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return 'nothing';
}

describe('a resident tensor', () => {
  it('gives back what was written, as a copy', () => {
    using tensor = engine.createTensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(tensor.shape).toEqual([2, 3]);
    const read = tensor.read();
    expect(read).toEqual({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
    read.data[0] = 9;
    expect(tensor.read().data[0]).toBe(1);
    tensor.write([
      [6, 5, 4],
      [3, 2, 1],
    ]);
    expect([...tensor.read().data]).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it('of a shape alone is of zeros, also where there were numbers before', () => {
    engine.createTensor(seededTensor(4, 1000)).dispose();
    using tensor = engine.createTensor({ shape: [10, 100] });
    expect(tensor.read().data.every((number) => number === 0)).toBe(true);
    using empty = engine.createTensor({ shape: [3, 0] });
    expect(empty.read()).toEqual({ data: new Float32Array(0), shape: [3, 0] });
  });

  it('counts while it lives, and is refused afterwards', () => {
    const before = engine.liveHandles;
    const tensor = engine.createTensor([1]);
    expect(engine.liveHandles).toBe(before + 1);
    tensor.dispose();
    tensor.dispose();
    expect(engine.liveHandles).toBe(before);
    for (const call of [() => tensor.read(), () => tensor.write([1]), () => engine.attention(tensor, [[1]], [[1]])]) {
      expect(refusal(call)).toMatchObject({ code: expect.stringMatching('Disposed|InvalidShape') as string });
    }
  });

  it('refuses other shapes', () => {
    using tensor = engine.createTensor([[1, 2]]);
    expect(refusal(() => tensor.write([1, 2]))).toMatchObject({
      code: 'InvalidShape',
      argument: 'tensor',
      expected: 'shape (1, 2)',
      got: '(2)',
    });
    expect(refusal(() => engine.createTensor({ shape: [-1] }))).toMatchObject({ code: 'InvalidShape' });
    expect(refusal(() => engine.createTensor({ shape: [2 ** 20, 2 ** 20] }))).toMatchObject({ code: 'TooLarge' });
    expect(refusal(() => engine.createTensor(null as never))).toBeInstanceOf(HeadscopeError);
  });
});

describe('attention over resident tensors', () => {
  it('is attention', () => {
    using q = engine.createTensor(query);
    using k = engine.createTensor(key);
    using v = engine.createTensor(value);
    const results: AttentionResult[] = [
      engine.attention(q, k, v, { needWeights: true }),
      engine.attention(query, k, value, { needWeights: true }),
    ];
    for (const { output, weights } of results) {
      expect(output.shape).toEqual([2, 3, 9, 5]);
      expect(largestDifference(output.data, expected.output)).toBeLessThan(4e-6);
      expect(largestDifference(weights?.data ?? [], expected.weights)).toBeLessThan(4e-6);
    }
    expect(q.read()).toEqual(query);
  });

  it('goes into resident tensors', () => {
    using output = engine.createTensor({ shape: [2, 3, 9, 5] });
    using weights = engine.createTensor({ shape: [2, 3, 9, 11] });
    using logSumExp = engine.createTensor({ shape: [2, 3, 9] });
    using k = engine.createTensor(key);
    engine.attentionInto({ output, weights, logSumExp }, query, k, value);
    expect(largestDifference(output.read().data, expected.output)).toBeLessThan(4e-6);
    expect(largestDifference(weights.read().data, expected.weights)).toBeLessThan(4e-6);
    expect(logSumExp.read()).toEqual(engine.attention(query, key, value, { needLogSumExp: true }).logSumExp);
  });

  it('survives growth of the memory between its making and its use', () => {
    using q = engine.createTensor(query);
    const large = engine.createTensor({ shape: [2 ** 24] });
    large.dispose();
    expect(largestDifference(engine.attention(q, key, value).output.data, expected.output)).toBeLessThan(4e-6);
  });

  it('refuses targets of other shapes, and arguments as targets', () => {
    using small = engine.createTensor({ shape: [2, 3, 9, 4] });
    using square = engine.createTensor(seededTensor(5, 4, 4));
    expect(refusal(() => engine.attentionInto({ output: small }, query, key, value))).toMatchObject({
      code: 'InvalidShape',
      argument: 'output',
      expected: 'shape (2, 3, 9, 5)',
      got: '(2, 3, 9, 4)',
    });
    expect(
      refusal(() => engine.attentionInto({ output: square }, square, [[1, 2, 3, 4]], [[1, 2, 3, 4]])),
    ).toMatchObject({
      code: 'InvalidArgument',
      argument: 'output',
      expected: 'a tensor of its own',
      got: 'an argument',
    });
  });
});
