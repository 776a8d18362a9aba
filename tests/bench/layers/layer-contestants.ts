import type { Tensor } from 'headscope';
import type { Call, Result } from '../contestant.js';
import { random } from '../inputs.js';
import { onnxRuntimeGraph } from '../peers/onnxruntime.js';
import { headscopeLayer } from './headscope-layers.js';
import type { LayerInputs, LayerWork } from './layer-work.js';
import { onnxLayer } from './onnx-layers.js';
import { plainLayer, type Numbers } from './plain-layers.js';

/** By the names that the results have. */
export const layerContestants: Readonly<
  Record<string, (work: LayerWork, inputs: LayerInputs) => Call | Promise<Call>>
> = {
  headscope: (work, inputs) => headscopeLayer('relaxed', work, inputs),
  'headscope, simd': (work, inputs) => headscopeLayer('simd', work, inputs),
  'onnxruntime-web': (work, inputs) => onnxRuntimeGraph(onnxLayer(work, inputs)),
  'plain JavaScript'(work, inputs) {
    let output = new Float32Array(0);
    return {
      run() {
        output = plainLayer(Float32Array, work, inputs) as Float32Array<ArrayBuffer>;
      },
      result: () => ({ output }),
      release: () => undefined,
    };
  },
};

/** Who computes a layer. Minutes of plain loops tell nothing more. */
export function contestantsOf({ layer }: LayerWork): string[] {
  return Object.keys(layerContestants).filter((name) => layer !== 'encoder' || name !== 'plain JavaScript');
}

/** Takes sums over all positions: these grow with their root. */
const AFTER_SUMS = 'split_attention.mlp1.weight';

/** Weights of the size that keeps what goes through them in its size. */
export function layerInputs({ parameters, x }: LayerWork): LayerInputs {
  const positions = (x[2] as number) * (x[3] as number);
  const tensors = Object.entries(parameters).map(([name, shape], index): [string, Tensor] => {
    const { data } = random(shape, index + 2);
    const factor = Math.sqrt(3 / (shape[1] ?? 3) / (name === AFTER_SUMS ? positions : 1));
    return [name, { data: data.map((value) => value * factor), shape }];
  });
  return { parameters: Object.fromEntries(tensors), x: random(x, 1) };
}

/** What is right, in double. The inputs of a layer are the same for all. */
const expectations = new Map<LayerWork, Numbers>();

/** Largest difference from the same in double, over its largest value. */
export function layerError({ output }: Result, work: LayerWork, inputs: LayerInputs): number {
  const expected = expectations.get(work) ?? plainLayer(Float64Array, work, inputs);
  expectations.set(work, expected);
  if (output.length !== expected.length) return NaN;
  let [worst, largest] = [0, 0];
  expected.forEach((value, index) => {
    const difference = Math.abs(value - (output[index] as number));
    worst = difference > worst || Number.isNaN(difference) ? difference : worst;
    largest = Math.max(largest, Math.abs(value));
  });
  return worst / largest;
}
