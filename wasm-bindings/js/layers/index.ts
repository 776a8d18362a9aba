// The public API of `headscope/layers`: attention, and all layers that are built from it.
export { HeadscopeError, type HeadscopeErrorCode } from '../errors.js';
export type { Flavour } from '../flavour.js';
export type { LoadOptions } from '../load-options.js';
export type { StateDict } from '../state-dict.js';
export type { Tensor, TensorLike } from '../tensor.js';
export { configure, type Configuration } from '../configure.js';
export { additiveAttentionFromStateDict, type AdditiveAttentionParameters } from './additive-attention.js';
export type { Capture, Captured } from './captures.js';
export type { InitialisationOptions } from './initialise.js';
export type { MultiplicativeAttentionOptions } from './multiplicative-attention.js';
export { S2Attention } from './s2-attention.js';
export type { SingleHeadOptions, SingleHeadResult } from './single-head.js';
export type { SpatialShiftOptions } from './spatial-shift.js';
export { SplitAttention } from './split-attention.js';
export type { CapturedResult, CaptureOptions, StateDictOptions } from './state-dict-layer.js';
export type { LayerNormOptions } from './layer-norm.js';
export type { TokensLike } from './tokens.js';
export type { TransformerConfiguration } from './transformer-arguments.js';
export { TransformerDecoding, type TransformerDecodingOptions } from './transformer-decoding.js';
export {
  TransformerEncoder,
  type TransformerEncoderConfiguration,
  type TransformerEncoderOptions,
} from './transformer-encoder.js';
export {
  Transformer,
  type BeamSearchOptions,
  type DecodeOptions,
  type EncodeOptions,
  type GreedyResult,
  type Hypothesis,
  type SearchOptions,
  type TransformerModelConfiguration,
  type TransformerOptions,
} from './transformer.js';
export { HeadscopeLayers } from './headscope-layers.js';
export { loadLayers } from './load-layers.js';
