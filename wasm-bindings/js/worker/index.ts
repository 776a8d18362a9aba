export { configure, type Configuration } from '../configure.js';
export { HeadscopeError, type HeadscopeErrorCode } from '../errors.js';
export {
  AttentionPool,
  type CallOptions,
  type PoolAttentionOptions,
  type PoolOptions,
  type PoolResults,
} from './pool.js';
export { PoolTensor } from './pool-tensor.js';
