import {
  multiHeadAttentionFromStateDict,
  type AttentionOptions,
  type AttentionResult,
  type Headscope,
  type LinearParameters,
  type MultiHeadAttentionParameters,
  type Tensor,
  type TensorLike,
} from 'headscope';
import { HeadscopeLayers } from 'headscope/layers';
import { inputOf, inUse, type Case, type CaseTensor, type Results, type Tolerance } from './cases.js';
import { layerOperations } from './layer-operations.js';

/** The stages of the scores, in ONNX's order (qk_matmul_output_mode). */
export const SCORE_STAGES = ['scaled', 'softcapped', 'biased', 'softmax'] as const;

/** Attributes and inputs of attention have the API's own names. */
function attentionOptions({ attrs, inputs }: Case): AttentionOptions {
  return {
    ...(attrs as AttentionOptions),
    alibi: inputs['alibiSlopes'] ?? (attrs['alibi'] as boolean | undefined),
    mask: inputs['mask'],
    sinks: inputs['sinks'],
    keyLengths: inputs['keyLengths']?.data,
    pastKey: inputs['pastKey'],
    pastValue: inputs['pastValue'],
  };
}

function runAttention(engine: Headscope, golden: Case): Results {
  const options = attentionOptions(golden);
  const attend = (more: AttentionOptions): AttentionResult =>
    engine.attention(inputOf(golden, 'query'), inputOf(golden, 'key'), inputOf(golden, 'value'), {
      ...options,
      ...more,
    });
  const { output, weights, logSumExp, presentKey, presentValue } = attend({ needWeights: true, needLogSumExp: true });
  const scores = SCORE_STAGES.map((stage) => {
    const name = `scores_${stage}`;
    if (golden.outputs[name] === undefined) return {};
    return { [name]: attend({ needScores: stage }).scores };
  });
  return Object.assign({ output, weights, logSumExp, presentKey, presentValue }, ...scores) as Results;
}

/** nn.MultiheadAttention with these parameters, on the inputs of a case. */
export function runTorchMultiHeadAttention(
  engine: Headscope,
  golden: Case,
  parameters: MultiHeadAttentionParameters,
): Results {
  const { attrs, inputs } = golden;
  const flag = (name: string): boolean | undefined => attrs[name] as boolean | undefined;
  const layer = engine.createMultiHeadAttention(parameters, {
    heads: Number(attrs['heads']),
    addZeroAttention: flag('addZeroAttention'),
    batchFirst: flag('batchFirst'),
  });
  const options = {
    causal: flag('causal'),
    mask: inputs['mask'],
    keyPaddingMask: inputs['keyPaddingMask'],
    averageWeights: flag('averageWeights'),
    needWeights: true,
  };
  return {
    ...inUse(layer, () =>
      layer.forward(inputOf(golden, 'query'), inputOf(golden, 'key'), inputOf(golden, 'value'), options),
    ),
  };
}

/** What the engine gives for a golden case. */
export function runCase(engine: Headscope, golden: Case): Results {
  const { op, attrs, inputs } = golden;
  const input = (name: string): CaseTensor => inputOf(golden, name);
  const linear = (weight: string, bias: string): LinearParameters => ({ weight: input(weight), bias: inputs[bias] });
  const number = (name: string): number => Number(attrs[name]);
  const scale = attrs['scale'] === undefined ? undefined : number('scale');
  const causal = attrs['causal'] === true;
  switch (op) {
    case 'attention':
      return runAttention(engine, golden);
    case 'rotary_embedding': {
      const { cos, sin, positions } = inputs;
      return { output: engine.rotaryEmbedding(input('x'), { ...attrs, cos, sin, positions }) };
    }
    case 'torch_multi_head_attention':
      return runTorchMultiHeadAttention(engine, golden, multiHeadAttentionFromStateDict(inputs));
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
    default: {
      const run = layerOperations[op];
      if (run === undefined) throw new Error(`no such operation: ${op}`);
      if (!(engine instanceof HeadscopeLayers)) throw new Error(`${op} needs the engine with all layers`);
      return run(engine, golden);
    }
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
