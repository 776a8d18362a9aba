import { floatBytes, operandBytes, type Heap } from '../heap.js';
import type { CoreFunction } from '../module.js';
import {
  elementCount,
  optionsOf,
  toMask,
  toTensor,
  withRank,
  type BooleanTensor,
  type MaskLike,
  type Tensor,
  type TensorLike,
} from '../tensor.js';

/** Options of the attentions from before the Transformer. */
export interface SingleHeadOptions {
  /** Query i sees the keys 0..i only. */
  readonly causal?: boolean | undefined;
  /**
   * Boolean (true = attend) or additive, (Lq, Lk) or (B, Lq, Lk). A query that sees no key gets weights 0 and output 0.
   */
  readonly mask?: MaskLike | undefined;
  /** Whether the result has `weights`. */
  readonly needWeights?: boolean | undefined;
  /** Whether the result has `scores`. */
  readonly needScores?: boolean | undefined;
}

export interface SingleHeadResult {
  /** (B, Lq, Dv), without B where the query has none */
  readonly output: Tensor;
  /** (B, Lq, Lk): softmax of the masked scores */
  readonly weights?: Tensor;
  /** (B, Lq, Lk), before mask and causality */
  readonly scores?: Tensor;
}

/** A mask (B, Lq, Lk) as (B, 1, Lq, Lk). */
function maskOf(like: MaskLike | undefined): Tensor | BooleanTensor | undefined {
  if (like === undefined) return undefined;
  const mask = withRank(toMask(like), 'mask', 2, 3);
  const [queries, keys] = mask.shape.slice(-2) as [number, number];
  return { ...mask, shape: [...mask.shape.slice(0, -2), 1, queries, keys] };
}

/**
 * Makes a call that begins with SingleHeadFields of historic_calls.hpp.
 *
 * @param bytes Scratch memory that the parameters take
 * @param putParameters Writes what stands behind those fields
 * @internal
 */
export function singleHeadAttention(
  heap: Heap,
  core: CoreFunction,
  inputs: readonly [query: TensorLike, key: TensorLike, value: TensorLike],
  options: SingleHeadOptions,
  bytes: number,
  putParameters: () => void,
): SingleHeadResult {
  const names = ['query', 'key', 'value'] as const;
  const [query, key, value] = inputs.map((like, index) => {
    const name = names[index] as string;
    return withRank(toTensor(like, name), name, 2, 3);
  }) as [Tensor, Tensor, Tensor];
  const { causal, needWeights, needScores } = optionsOf(options);
  const mask = maskOf(options.mask);
  const rows = query.shape.slice(0, -1);
  const outputShape = [...rows, value.shape.at(-1) as number];
  const squareShape = [...rows, key.shape.at(-2) as number];
  const outputCount = elementCount(outputShape);
  const squareCount = elementCount(squareShape);
  const weightsCount = needWeights === true ? squareCount : undefined;
  const scoresCount = needScores === true ? squareCount : undefined;
  heap.open(
    operandBytes(query, key, value, mask) +
      floatBytes(outputCount) +
      floatBytes(weightsCount ?? 0) +
      floatBytes(scoresCount ?? 0) +
      bytes,
  );
  try {
    for (const tensor of [query, key, value, mask]) heap.operand(tensor);
    heap.number(mask?.data instanceof Uint8Array ? 1 : 0);
    heap.number(causal === true ? 1 : 0);
    const output = heap.result(outputCount);
    const weights = heap.result(weightsCount);
    const scores = heap.result(scoresCount);
    putParameters();
    heap.call(core);
    return {
      output: heap.read(output, outputShape, outputCount),
      ...(weightsCount !== undefined && { weights: heap.read(weights, squareShape, weightsCount) }),
      ...(scoresCount !== undefined && { scores: heap.read(scores, squareShape, scoresCount) }),
    };
  } finally {
    heap.close();
  }
}
