import type { Headscope, LinearParameters, Tensor, TensorLike } from 'headscope';
import type { Case, CaseTensor, Tolerance } from './cases.js';

/** What the engine gives for a golden case, under the names of the case's outputs. */
export function runCase(engine: Headscope, { op, attrs, inputs }: Case): Readonly<Record<string, Tensor | undefined>> {
  const input = (name: string): CaseTensor => {
    const tensor = inputs[name];
    if (tensor === undefined) throw new Error(`the case has no ${name}`);
    return tensor;
  };
  const linear = (weight: string, bias: string): LinearParameters => ({ weight: input(weight), bias: inputs[bias] });
  const number = (name: string): number => Number(attrs[name]);
  const scale = attrs['scale'] === undefined ? undefined : number('scale');
  const causal = attrs['causal'] === true;
  switch (op) {
    case 'attention': {
      const options = { scale, causal, mask: inputs['mask'], needWeights: true, needLogSumExp: true };
      return { ...engine.attention(input('query'), input('key'), input('value'), options) };
    }
    case 'self_attention_steps': {
      const projections = { query: input('w_query'), key: input('w_key'), value: input('w_value') };
      return { ...engine.selfAttention(input('x'), projections, { scale, causal }) };
    }
    case 'self_attention': {
      const layer = engine.createSelfAttention({
        query: linear('w_query', 'b_query'),
        key: linear('w_key', 'b_key'),
        value: linear('w_value', 'b_value'),
      });
      return { ...inUse(layer, () => layer.forward(input('x'), { causal, needWeights: true })) };
    }
    case 'multi_head_attention': {
      const part = (letter: string): LinearParameters => linear(`fc_${letter}_weight`, `fc_${letter}_bias`);
      const parameters = { query: part('q'), key: part('k'), value: part('v'), output: part('o') };
      const layer = engine.createMultiHeadAttention(parameters, { heads: number('heads') });
      const forward = (query: TensorLike, key: TensorLike, value: TensorLike) =>
        layer.forward(query, key, value, { causal, needWeights: true });
      return { ...inUse(layer, () => forward(input('query'), input('key'), input('value'))) };
    }
    case 'patch_attention': {
      const output = inputs['w_out'] === undefined ? undefined : linear('w_out', 'b_out');
      const sizes = { heads: number('heads'), headDim: number('dim_head') };
      const layer = engine.createPatchAttention({ qkv: input('w_qkv'), output }, sizes);
      return { ...inUse(layer, () => layer.forward(input('x'), { needWeights: true })) };
    }
    case 'sinusoidal_positions':
      return { positions: engine.sinusoidalPositions(number('length'), number('dim')) };
    case 'linear':
      return { y: engine.linear(input('x'), linear('weight', 'bias')) };
    default:
      throw new Error(`no such operation: ${op}`);
  }
}

function inUse<T>(layer: { dispose(): void }, use: () => T): T {
  try {
    return use();
  } finally {
    layer.dispose();
  }
}

/**
 * What is wrong with a result, or undefined if nothing is: another shape, NaN or infinity where there is none (or the
 * reverse), or a difference beyond the tolerance (default: 4e-6 of the largest finite |expected|).
 */
export function mismatch(got: Tensor | undefined, expected: CaseTensor, tolerance?: Tolerance): string | undefined {
  const { name, data, shape } = expected;
  if (got === undefined) return `${name} is missing`;
  if (String(got.shape) !== String(shape)) return `${name} has shape (${String(got.shape)}), not (${String(shape)})`;
  if (got.data.length !== data.length) return `${name} has ${got.data.length} elements, not ${data.length}`;
  let largest = 0;
  for (const value of data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  for (let index = 0; index < data.length; ++index) {
    const wanted = data[index] as number;
    const value = got.data[index] as number;
    const allowed = tolerance === undefined ? 4e-6 * largest : tolerance.atol + tolerance.rtol * Math.abs(wanted);
    if (!Object.is(value, wanted) && value !== wanted && !(Math.abs(value - wanted) <= allowed)) {
      return `${name}[${index}] is ${value}, not ${wanted}`;
    }
  }
  return undefined;
}

/** Everything that is wrong with the engine's results for a golden case. */
export function failuresOf(engine: Headscope, golden: Case): string[] {
  const results = runCase(engine, golden);
  return Object.values(golden.outputs).flatMap(
    (expected) => mismatch(results[expected.name], expected, golden.tolerance) ?? [],
  );
}
