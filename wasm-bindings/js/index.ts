export { configure, type Configuration } from './configure.js';
export { HeadscopeError, type HeadscopeErrorCode } from './errors.js';
export type { Flavour } from './flavour.js';
export {
  Headscope,
  type AttentionOptions,
  type AttentionResult,
  type Projections,
  type ScoreOptions,
  type SelfAttentionSteps,
} from './headscope.js';
export {
  MultiHeadAttention,
  PatchAttention,
  SelfAttention,
  type CausalLayerOptions,
  type LayerOptions,
  type LayerResult,
  type LinearParameters,
  type MultiHeadAttentionParameters,
  type PatchAttentionParameters,
  type SelfAttentionParameters,
} from './layers.js';
export { load } from './load.js';
export type { LoadOptions } from './load-options.js';
export {
  toMask,
  toTensor,
  type BooleanTensor,
  type MaskLike,
  type NestedArray,
  type NestedBooleanArray,
  type Tensor,
  type TensorLike,
} from './tensor.js';
export { AttentionWorker, type CallOptions, type WorkerAttentionOptions } from './worker/client.js';
