// The public API of `headscope/layers`: attention, and all layers that are built from it.
export { HeadscopeError, type HeadscopeErrorCode } from '../errors.js';
export type { Flavour } from '../flavour.js';
export type { LoadOptions } from '../load-options.js';
export type { StateDict } from '../state-dict.js';
export type { Tensor, TensorLike } from '../tensor.js';
export { configure, type Configuration } from '../configure.js';
export { HeadscopeLayers } from './headscope-layers.js';
export { loadLayers } from './load-layers.js';
