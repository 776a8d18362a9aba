export { configure, type Configuration } from './configure.js';
export { HeadscopeError, type HeadscopeErrorCode } from './errors.js';
export type { Flavour } from './flavour.js';
export type { AttentionOptions, Operand } from './attention-arguments.js';
export type { ScoreOptions } from './attention-options.js';
export type { AttentionResult, AttentionTargets } from './attention-results.js';
export {
  AttentionSession,
  type AttentionSessionOptions,
  type HeadStatistics,
  type Range,
  type TileOptions,
} from './attention-session.js';
export { Headscope, type Projections, type SelfAttentionOptions, type SelfAttentionSteps } from './headscope.js';
export { KeyValueCache, type CacheAttentionOptions, type KeyValueCacheConfiguration } from './key-value-cache.js';
export type { CausalLayerOptions, LayerOptions, LayerResult, SelfAttentionParameters } from './layer.js';
export {
  PatchAttention,
  SelfAttention,
  type PatchAttentionConfiguration,
  type PatchAttentionOptions,
  type PatchAttentionParameters,
} from './layers.js';
export type { LinearParameters } from './linear-parameters.js';
export { load } from './load.js';
export type { LoadOptions } from './load-options.js';
export {
  MultiHeadAttention,
  type MultiHeadAttentionConfiguration,
  type MultiHeadAttentionOptions,
  type MultiHeadAttentionParameters,
} from './multi-head-attention.js';
export { ResidentTensor } from './resident-tensor.js';
export type { RotaryOptions } from './rotary-embedding.js';
export {
  multiHeadAttentionFromLinears,
  multiHeadAttentionFromStateDict,
  patchAttentionFromStateDict,
  selfAttentionFromStateDict,
  type StateDict,
} from './state-dict.js';
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
