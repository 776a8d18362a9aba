import type { CausalLayerOptions, LayerResult } from '../layer.js';
import { floatBytes, operandBytes, type Heap } from '../heap.js';
import type { CoreFunction } from '../module.js';
import { elementCount, optionsOf, toTensor, withRank, type Tensor, type TensorLike } from '../tensor.js';

/** @internal */
export function linearAttention(
  heap: Heap,
  core: CoreFunction,
  inputs: Readonly<Record<'query' | 'key' | 'value', TensorLike>>,
  options: CausalLayerOptions,
): LayerResult {
  const tensor = (name: 'query' | 'key' | 'value'): Tensor => withRank(toTensor(inputs[name], name), name, 2, 4);
  const [query, key, value] = [tensor('query'), tensor('key'), tensor('value')];
  const { causal, needWeights } = optionsOf(options);
  const rows = query.shape.slice(0, -1);
  const outputShape = [...rows, value.shape.at(-1) as number];
  const weightsShape = [...rows, key.shape.at(-2) as number];
  const outputCount = elementCount(outputShape);
  const weightsCount = needWeights === true ? elementCount(weightsShape) : undefined;
  heap.open(operandBytes(query, key, value) + floatBytes(outputCount) + floatBytes(weightsCount ?? 0));
  try {
    // The fields of LinearAttentionCall in historic_calls.hpp.
    for (const operand of [query, key, value]) heap.operand(operand);
    heap.number(causal === true ? 1 : 0);
    const output = heap.result(outputCount);
    const weights = heap.result(weightsCount);
    heap.call(core);
    return {
      output: heap.read(output, outputShape, outputCount),
      ...(weightsCount !== undefined && { weights: heap.read(weights, weightsShape, weightsCount) }),
    };
  } finally {
    heap.close();
  }
}
