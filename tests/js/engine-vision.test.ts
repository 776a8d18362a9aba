import { describe, expect, it } from 'vitest';
import { HeadscopeError, type StateDict, type Tensor } from 'headscope/layers';
import { FLAVOURS, loadLayersFlavour } from '../support/flavours.js';
import { largestDifference, seededTensor } from '../support/reference-attention.js';

const engine = await loadLayersFlavour('simd');

function tensor(shape: readonly number[], fill = 0): Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { data: new Float32Array(count).fill(fill), shape };
}

function s2(channels: number): Record<string, Tensor> {
  return engine.initialise(
    {
      'mlp1.weight': [3 * channels, channels],
      'mlp1.bias': [3 * channels],
      'mlp2.weight': [channels, channels],
      'split_attention.mlp1.weight': [channels, channels],
      'split_attention.mlp2.weight': [3 * channels, channels],
    },
    { seed: 5 },
  );
}

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

describe('spatial shift', () => {
  it('moves an image without a batch axis, and in place spreads what it has just written', () => {
    // (3, 1, 4): along w the first channel moves up, the second down.
    const x = { data: Float32Array.from({ length: 12 }, (_, index) => index), shape: [3, 1, 4] };
    expect([...engine.spatialShift1(x).data]).toEqual([0, 5, 2, 3, 0, 9, 6, 7, 4, 9, 10, 11]);
    expect([...engine.spatialShift1(x, { inPlace: true }).data]).toEqual([0, 5, 2, 3, 0, 9, 6, 7, 0, 9, 10, 11]);
    expect([...engine.spatialShift2(x).data]).toEqual([0, 1, 2, 7, 4, 5, 2, 11, 8, 9, 6, 11]);
    expect(engine.spatialShift2(x).shape).toEqual([3, 1, 4]);
    expect([...x.data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('takes images without pixels, and NaN', () => {
    expect(engine.spatialShift1(tensor([1, 0, 3, 4]))).toEqual(tensor([1, 0, 3, 4]));
    expect(engine.spatialShift2(tensor([1, 1, 1, 2], NaN)).data).toEqual(Float32Array.of(NaN, NaN));
  });

  it('refuses what is no image', () => {
    expect(refusal(() => engine.spatialShift1([[1]]))).toEqual({
      code: 'InvalidShape',
      argument: 'x',
      expected: '3 to 4 dimensions',
      got: 'shape (1, 1)',
    });
  });
});

describe('split attention', () => {
  const weights = engine.initialise({ 'a.mlp1.weight': [4, 4], 'a.mlp2.weight': [8, 4] }, { seed: 1 });

  it('has weights that sum to 1 over the branches', () => {
    const layer = engine.createSplitAttention(weights, { prefix: 'a.' });
    const x = { ...seededTensor(1, 2 * 2, 15, 4), shape: [2, 2, 3, 5, 4] };
    const { output, captured } = layer.forward(x, { capture: ['weights'] });
    expect(output.shape).toEqual([2, 3, 5, 4]);
    expect(Object.keys(captured)).toEqual(['weights']);
    const { data, shape } = captured['weights'] as Tensor;
    expect(shape).toEqual([2, 2, 4]);
    for (let c = 0; c < 4; ++c) expect((data[c] as number) + (data[4 + c] as number)).toBeCloseTo(1, 6);
    expect(layer.forward(x).captured).toEqual({});
    layer.dispose();
    expect(refusal(() => layer.forward(x)).code).toBe('Disposed');
    expect(engine.liveHandles).toBe(0);
  });

  it.each<[what: string, tensors: StateDict, code: string, argument: string, expected: string, got: string]>([
    ['nothing', {}, 'InvalidArgument', 'mlp1.weight', 'a tensor of that name', 'none'],
    [
      'k = 0',
      { 'mlp1.weight': tensor([4, 4]), 'mlp2.weight': tensor([0, 4]) },
      'InvalidShape',
      'mlp2.weight',
      'shape (k 4, 4) of at least one branch',
      '(0, 4)',
    ],
    [
      'a matrix that is not square',
      { 'mlp1.weight': tensor([3, 4]), 'mlp2.weight': tensor([4, 4]) },
      'InvalidShape',
      'mlp1.weight',
      'shape (c, c) of at least one channel',
      '(3, 4)',
    ],
    ['a vector for a matrix', { 'mlp1.weight': tensor([4]) }, 'InvalidShape', 'mlp1.weight', '2 dimensions', '(4)'],
    [
      'NaN',
      new Map([['mlp1.weight', { data: Float32Array.of(1, NaN, 0, 0), shape: [2, 2] }]]),
      'InvalidArgument',
      'mlp1.weight',
      'finite numbers',
      'NaN at element 1',
    ],
  ])('refuses %s', (_, tensors, code, argument, expected, got) => {
    expect(refusal(() => engine.createSplitAttention(tensors))).toEqual({ code, argument, expected, got });
    expect(engine.liveHandles).toBe(0);
  });

  it('refuses a prefix that is no string, branches of another number, and captures of what is not there', () => {
    expect(refusal(() => engine.createSplitAttention(weights, { prefix: 3 as unknown as string }))).toEqual({
      code: 'InvalidType',
      argument: 'prefix',
      expected: 'a string',
      got: '3',
    });
    const layer = engine.createSplitAttention(weights, { prefix: 'a.' });
    expect(refusal(() => layer.forward(tensor([3, 2, 2, 4])))).toEqual({
      code: 'InvalidShape',
      argument: 'x',
      expected: 'shape (1, 2, 4, 4)',
      got: '(1, 3, 4, 4)',
    });
    expect(refusal(() => layer.forward(tensor([2, 2, 2, 4]), { capture: ['query'] }))).toMatchObject({
      code: 'InvalidArgument',
      argument: 'capture',
    });
    layer.dispose();
  });
});

describe('S² attention', () => {
  it('computes the same in both flavours, to the last digits that they share', async () => {
    const parameters = s2(10);
    const x = { ...seededTensor(3, 10, 6, 7), shape: [1, 10, 6, 7] };
    const [first, second] = await Promise.all(
      FLAVOURS.map(async (flavour) => {
        const layer = (await loadLayersFlavour(flavour)).createS2Attention(parameters);
        const { output } = layer.forward(x);
        layer.dispose();
        return output.data;
      }),
    );
    expect(largestDifference(first as Float32Array, second as Float32Array)).toBeLessThan(1e-5);
  });

  it('differs in place exactly where an axis has more than two positions', () => {
    const layer = engine.createS2Attention(s2(8));
    for (const [w, h] of [
      [2, 2],
      [1, 2],
      [1, 1],
      [3, 1],
      [2, 5],
    ] as const) {
      const x = { ...seededTensor(3, 8, w, h), shape: [8, w, h] };
      const same = layer
        .forward(x)
        .output.data.every((value, index) => value === layer.forward(x, { inPlace: true }).output.data[index]);
      expect(same, `${w} x ${h}`).toBe(w <= 2 && h <= 2);
    }
    layer.dispose();
  });

  it('captures the shifted branches, which are shifts of parts of what the first layer gives', () => {
    const layer = engine.createS2Attention(s2(5));
    const { captured } = layer.forward({ ...seededTensor(4, 5, 3, 4), shape: [5, 3, 4] }, { capture: ['mlp1', 's*'] });
    layer.dispose();
    expect(Object.keys(captured)).toEqual([
      'mlp1',
      'spatial_shift1',
      'spatial_shift2',
      'split_attention.weights',
      'split_attention.output',
    ]);
    const rows = captured['mlp1'] as Tensor;
    expect(rows.shape).toEqual([1, 3, 4, 15]);
    const part = (from: number): Tensor => ({
      data: rows.data.filter((_, index) => index % 15 >= from && index % 15 < from + 5),
      shape: [1, 3, 4, 5],
    });
    expect(captured['spatial_shift1']).toEqual(engine.spatialShift1(part(0)));
    expect(captured['spatial_shift2']).toEqual(engine.spatialShift2(part(5)));
  });

  it('takes an image without pixels and refuses one of other channels', () => {
    const layer = engine.createS2Attention(s2(4));
    expect(layer.forward(tensor([1, 4, 0, 3])).output).toEqual(tensor([1, 4, 0, 3]));
    expect(refusal(() => layer.forward(tensor([1, 5, 2, 3])))).toEqual({
      code: 'InvalidShape',
      argument: 'x',
      expected: 'shape (1, 4, 2, 3)',
      got: '(1, 5, 2, 3)',
    });
    layer.dispose();
    const without = Object.fromEntries(Object.entries(s2(4)).filter(([name]) => name !== 'mlp2.weight'));
    expect(refusal(() => engine.createS2Attention(without))).toMatchObject({ argument: 'mlp2.weight', got: 'none' });
  });
});
