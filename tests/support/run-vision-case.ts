import { inputOf, inUse, stateDictOf } from './cases.js';
import type { LayerOperations } from './layer-operations.js';

export const visionOperations: LayerOperations = {
  spatial_shift(engine, golden) {
    const options = { inPlace: golden.attrs['inPlace'] === true };
    const x = inputOf(golden, 'x');
    return {
      output: golden.attrs['shift'] === 1 ? engine.spatialShift1(x, options) : engine.spatialShift2(x, options),
    };
  },
  split_attention(engine, golden) {
    const layer = engine.createSplitAttention(stateDictOf(golden));
    const { output, captured } = inUse(layer, () => layer.forward(inputOf(golden, 'x'), { capture: ['weights'] }));
    return { output, ...captured };
  },
  s2_attention(engine, golden) {
    const layer = engine.createS2Attention(stateDictOf(golden));
    const options = { inPlace: golden.attrs['inPlace'] === true, capture: 'all' } as const;
    const { output, captured } = inUse(layer, () => layer.forward(inputOf(golden, 'x'), options));
    return { ...captured, output };
  },
};
