import type { Headscope } from 'headscope';
import { inputOf, type Case, type CaseTensor, type Results } from './cases.js';
import { mismatch, SCORE_STAGES } from './run-case.js';

/** The operators of ONNX that the engine has. */
export const ONNX_OPERATORS: readonly string[] = ['Attention', 'RotaryEmbedding'];

/** What the engine gives for a case of ONNX's own data, under the names of the operator's outputs. */
export function runOnnxCase(engine: Headscope, recorded: Case): Results {
  const { op, attrs, inputs } = recorded;
  const number = (name: string): number | undefined => attrs[name] as number | undefined;
  const input = (name: string): CaseTensor => inputOf(recorded, name);
  if (op === 'RotaryEmbedding') {
    const { cos_cache: cos, sin_cache: sin, position_ids: positions } = inputs;
    const Y = engine.rotaryEmbedding(input('X'), {
      heads: number('num_heads'),
      // 0 is the whole head.
      dim: number('rotary_embedding_dim') || undefined,
      interleaved: number('interleaved') === 1,
      positions,
      cos,
      sin,
    });
    return { Y };
  }
  const { attn_mask: mask, past_key: pastKey, past_value: pastValue, nonpad_kv_seqlen: lengths } = inputs;
  const result = engine.attention(input('Q'), input('K'), input('V'), {
    heads: number('q_num_heads'),
    kvHeads: number('kv_num_heads'),
    scale: number('scale'),
    softcap: number('softcap'),
    causal: number('is_causal') === 1,
    window: { left: number('left_window_size'), right: number('right_window_size') },
    keyLengths: lengths?.data,
    // Queries stand behind the past or, with lengths, so that the last one meets the last key that is no padding.
    alignment: lengths === undefined ? 'top-left' : 'bottom-right',
    mask,
    pastKey,
    pastValue,
    needScores: SCORE_STAGES[number('qk_matmul_output_mode') ?? 0],
  });
  return {
    Y: result.output,
    present_key: result.presentKey,
    present_value: result.presentValue,
    qk_matmul_output: result.scores,
  };
}

/** Everything that is wrong with the engine's results for a case of ONNX. */
export function onnxFailuresOf(engine: Headscope, recorded: Case): string[] {
  const results = runOnnxCase(engine, recorded);
  return Object.values(recorded.outputs).flatMap(
    (expected) => mismatch(results[expected.name], expected, recorded.tolerance) ?? [],
  );
}
