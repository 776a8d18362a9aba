import type { Heap } from '../heap.js';
import { linearBytes, linearOperands, putLinear, type LinearParameters } from '../linear-parameters.js';
import type { CoreFunction } from '../module.js';
import { linearFromStateDict, type StateDict } from '../state-dict.js';
import { optionsOf, type TensorLike } from '../tensor.js';
import { singleHeadAttention, type SingleHeadOptions, type SingleHeadResult } from './single-head.js';

/** score(q, k) = v·tanh(Wq·q + Wk·k) */
export interface AdditiveAttentionParameters {
  /** weight (hidden, query dim), bias (hidden) */
  readonly query: LinearParameters;
  /** weight (hidden, key dim), bias (hidden) */
  readonly key: LinearParameters;
  /** weight (1, hidden), which is v; bias (1) */
  readonly score: LinearParameters;
}

/**
 * The parameters of additive attention from a state dict with `W_q`, `W_k` and `w_v`, for
 * {@link HeadscopeLayers.additiveAttention}.
 *
 * @param prefix What stands before these names
 * @throws HeadscopeError `InvalidArgument` for a tensor that is missing, `InvalidType`, `InvalidShape`
 */
export function additiveAttentionFromStateDict(tensors: StateDict, prefix = ''): AdditiveAttentionParameters {
  return {
    query: linearFromStateDict(tensors, `${prefix}W_q`),
    key: linearFromStateDict(tensors, `${prefix}W_k`),
    score: linearFromStateDict(tensors, `${prefix}w_v`),
  };
}

/** @internal */
export function additiveAttention(
  heap: Heap,
  core: CoreFunction,
  inputs: readonly [query: TensorLike, key: TensorLike, value: TensorLike],
  parameters: AdditiveAttentionParameters,
  options: SingleHeadOptions,
): SingleHeadResult {
  const { query, key, score } = optionsOf(parameters, 'parameters');
  const layers = [linearOperands(query, 'query '), linearOperands(key, 'key '), linearOperands(score, 'score ')];
  return singleHeadAttention(heap, core, inputs, options, linearBytes(...layers), () => {
    for (const layer of layers) putLinear(heap, layer);
  });
}
