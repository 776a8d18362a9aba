export { configure, type Configuration } from '../configure.js';
export { HeadscopeError, type HeadscopeErrorCode } from '../errors.js';
export { AttentionPool, type PoolAttentionOptions, type PoolOptions, type PoolResults } from './pool.js';
export {
  PoolSession,
  type CallOptions,
  type OverviewOptions,
  type PoolTileOptions,
  type TopK,
} from './pool-session.js';
export { PoolTensor } from './pool-tensor.js';
