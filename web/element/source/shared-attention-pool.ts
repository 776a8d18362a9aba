import { AttentionPool } from '../../../wasm-bindings/js/worker/index.js';

let pool: AttentionPool | undefined;

/** The one pool that every <head-scope> of a page computes in. Its workers start when they are first needed. */
export function sharedPool(): AttentionPool {
  pool ??= new AttentionPool();
  return pool;
}
