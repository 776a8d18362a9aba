import { describe, expect, it } from 'vitest';
import {
  type HeadscopeError,
  multiHeadAttentionFromLinears,
  patchAttentionFromStateDict,
  selfAttentionFromStateDict,
  type Tensor,
} from 'headscope';
import { FLAVOURS, loadLayersFlavour } from '../support/flavours.js';
import { seededTensor } from '../support/reference-attention.js';

const engine = await loadLayersFlavour('simd');

function refusal(call: () => unknown): Partial<HeadscopeError> {
  try {
    call();
  } catch (error) {
    const { code, argument, expected, got } = error as HeadscopeError;
    return { code, argument, expected, got };
  }
  throw new Error('nothing was refused');
}

describe('initialise', () => {
  const shapes = { 'fc.weight': [40, 60], 'fc.bias': [40], 'norm.weight': [3] };

  it('gives a state dict with biases of 0 and scales of 1', () => {
    const { 'fc.weight': weight, 'fc.bias': bias, 'norm.weight': scale } = engine.initialise(shapes, { seed: 1 });
    expect(weight?.shape).toEqual([40, 60]);
    expect(bias).toEqual({ data: new Float32Array(40), shape: [40] });
    expect(scale?.data).toEqual(Float32Array.of(1, 1, 1));
    const bound = Math.sqrt(6 / 100);
    expect(Math.max(...(weight?.data ?? []).map(Math.abs))).toBeLessThanOrEqual(bound * (1 + 1e-6));
    expect(Math.max(...(weight?.data ?? []).map(Math.abs))).toBeGreaterThan(0.99 * bound);
  });

  it.each(['xavier-uniform', 'xavier-normal', 'kaiming-uniform', 'kaiming-normal', 'normal'] as const)(
    'gives the same bits in both flavours, and others for another seed: %s',
    async (scheme) => {
      const [first, second] = await Promise.all(
        FLAVOURS.map(async (flavour) => (await loadLayersFlavour(flavour)).initialise(shapes, { scheme, seed: 7 })),
      );
      expect(first).toEqual(second);
      expect(engine.initialise(shapes, { scheme, seed: 8 })['fc.weight']).not.toEqual(first?.['fc.weight']);
    },
  );

  it('has the deviations of torch.nn.init', () => {
    const deviation = (options: Parameters<typeof engine.initialise>[1]): number => {
      const { data } = engine.initialise({ weight: [100, 300] }, options)['weight'] as Tensor;
      return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
    };
    const near = (value: number, expected: number): void => expect(Math.abs(value / expected - 1)).toBeLessThan(0.03);
    near(deviation({ scheme: 'xavier-uniform', seed: 1 }), Math.sqrt(2 / 400));
    near(deviation({ scheme: 'xavier-normal', seed: 1, gain: 3 }), 3 * Math.sqrt(2 / 400));
    near(deviation({ scheme: 'kaiming-uniform', seed: 1 }), Math.sqrt(2 / 300));
    near(deviation({ scheme: 'kaiming-normal', seed: 1, gain: 1 }), Math.sqrt(1 / 300));
    near(deviation({ scheme: 'normal', seed: 1, std: 0.02 }), 0.02);
  });

  it('refuses what has no meaning', () => {
    expect(refusal(() => engine.initialise(shapes, { seed: 1, scheme: 'zeros' as 'normal' }))).toMatchObject({
      code: 'InvalidArgument',
      argument: 'scheme',
    });
    expect(refusal(() => engine.initialise(shapes, {} as { seed: number })).argument).toBe('seed');
    expect(refusal(() => engine.initialise(shapes, { seed: 1, gain: Infinity })).argument).toBe('gain');
    expect(refusal(() => engine.initialise(shapes, { seed: 1, std: -1 })).argument).toBe('std');
    expect(refusal(() => engine.initialise({ w: [2, -1] }, { seed: 1 }))).toMatchObject({
      code: 'InvalidShape',
      argument: 'w',
    });
    expect(refusal(() => engine.initialise({ w: [2 ** 16, 2 ** 16] }, { seed: 1 })).code).toBe('TooLarge');
  });
});

describe('state dicts', () => {
  const x = seededTensor(1, 2, 5, 6);
  const linear = (name: string, out: number, inner: number): Record<string, readonly number[]> => ({
    [`${name}.weight`]: [out, inner],
    [`${name}.bias`]: [out],
  });

  it('make self-attention from query, key and value', () => {
    const tensors = engine.initialise(
      { ...linear('query', 4, 6), ...linear('key', 4, 6), ...linear('value', 3, 6) },
      { seed: 2 },
    );
    const layer = engine.createSelfAttention(selfAttentionFromStateDict(tensors));
    const expected = engine.attention(
      engine.linear(x, { weight: tensors['query.weight'] as Tensor }),
      engine.linear(x, { weight: tensors['key.weight'] as Tensor }),
      engine.linear(x, { weight: tensors['value.weight'] as Tensor }),
    );
    const { output } = layer.forward(x);
    layer.dispose();
    output.data.forEach((value, index) => expect(value).toBeCloseTo(expected.output.data[index] as number, 5));
    expect(refusal(() => selfAttentionFromStateDict(tensors, 'attn.'))).toEqual({
      code: 'InvalidArgument',
      argument: 'attn.query.weight',
      expected: 'a tensor of that name',
      got: 'none',
    });
  });

  it('make multi-head attention from four linear layers, the same as from their parameters, and refuse other heads', () => {
    const entries = ['fc_q', 'fc_k', 'fc_v', 'fc_o'].flatMap((name) => Object.entries(linear(`a.${name}`, 6, 6)));
    const tensors = engine.initialise(Object.fromEntries(entries), { seed: 3 });
    const parameters = multiHeadAttentionFromLinears(new Map(Object.entries(tensors)), 'a.');
    expect(parameters.output).toEqual({ weight: tensors['a.fc_o.weight'], bias: tensors['a.fc_o.bias'] });
    const layer = engine.createMultiHeadAttention(parameters, { heads: 3 });
    expect(layer.forward(x, x, x, { needWeights: true }).weights?.shape).toEqual([2, 3, 5, 5]);
    layer.dispose();
    expect(refusal(() => engine.createMultiHeadAttention(parameters, { heads: 4 }))).toMatchObject({
      code: 'InvalidArgument',
      argument: 'heads',
      got: '4',
    });
  });

  const patches = engine.initialise({ 'to_qkv.weight': [24, 6], ...linear('to_out.0', 6, 8) }, { seed: 4 });

  it('make patch attention, with and without an output projection', () => {
    const layer = engine.createPatchAttention(patchAttentionFromStateDict(patches), { heads: 2, headDim: 4 });
    expect(layer.forward(x).output.shape).toEqual([2, 5, 6]);
    layer.dispose();
    const alone = patchAttentionFromStateDict(engine.initialise({ 'b.to_qkv.weight': [18, 6] }, { seed: 1 }), 'b.');
    expect(alone.output).toBeUndefined();
    engine.createPatchAttention(alone, { heads: 1, headDim: 6 }).dispose();
    expect(refusal(() => engine.createPatchAttention(alone, { heads: 3, headDim: 2 })).argument).toBe('output');
  });

  it('drop out of the output while training only, by the seed', () => {
    const configuration = { heads: 2, headDim: 4, dropout: 0.25 };
    const layer = engine.createPatchAttention(patchAttentionFromStateDict(patches), configuration);
    const plain = layer.forward(x).output.data;
    expect(layer.forward(x, { training: false, seed: 1 }).output.data).toEqual(plain);
    const training = layer.forward(x, { training: true, seed: 1 }).output.data;
    expect(layer.forward(x, { training: true, seed: 1 }).output.data).toEqual(training);
    expect(layer.forward(x, { training: true, seed: 2 }).output.data).not.toEqual(training);
    const kept = training.filter((value) => value !== 0).length;
    expect(kept).toBeGreaterThan(30);
    expect(kept).toBeLessThan(57);
    training.forEach((value, index) => {
      if (value !== 0) expect(value).toBeCloseTo((plain[index] as number) / 0.75, 5);
    });
    expect(refusal(() => layer.forward(x, { training: true })).argument).toBe('seed');
    layer.dispose();
    expect(refusal(() => engine.createPatchAttention({ qkv: [[1]] }, { heads: 1, headDim: 1, dropout: 1 }))).toEqual({
      code: 'InvalidArgument',
      argument: 'dropout',
      expected: 'a number from 0 to less than 1',
      got: '1',
    });
  });
});
