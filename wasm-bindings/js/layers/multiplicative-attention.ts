import { operandBytes, type Heap } from '../heap.js';
import type { CoreFunction } from '../module.js';
import { optionsOf, toTensor, withRank, type TensorLike } from '../tensor.js';
import { singleHeadAttention, type SingleHeadOptions, type SingleHeadResult } from './single-head.js';

export interface MultiplicativeAttentionOptions extends SingleHeadOptions {
  /** (query dim, key dim): scores are q·W·k ("general"), and q·k ("dot") without it. */
  readonly weight?: TensorLike | undefined;
}

/** @internal */
export function multiplicativeAttention(
  heap: Heap,
  core: CoreFunction,
  inputs: readonly [query: TensorLike, key: TensorLike, value: TensorLike],
  options: MultiplicativeAttentionOptions,
): SingleHeadResult {
  const { weight } = optionsOf(options);
  const matrix = weight === undefined ? undefined : withRank(toTensor(weight, 'weight'), 'weight', 2, 2);
  return singleHeadAttention(heap, core, inputs, options, operandBytes(matrix), () => heap.operand(matrix));
}
