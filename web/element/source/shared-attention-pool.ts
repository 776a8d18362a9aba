import { HeadscopeError } from '../../../wasm-bindings/js/errors.js';
import type { AttentionPool } from '../../../wasm-bindings/js/worker/index.js';

let pool: Promise<AttentionPool> | undefined;

/**
 * The one pool that every <head-scope> of a page computes in. Its code is fetched when it is first needed, and so are
 * its workers.
 *
 * @throws (rejects) HeadscopeError `LoadFailed` when the code cannot be fetched; the next call tries again
 */
export function sharedPool(): Promise<AttentionPool> {
  pool ??= import('../../../wasm-bindings/js/worker/index.js').then(
    ({ AttentionPool }) => new AttentionPool(),
    (error: unknown) => {
      pool = undefined;
      throw new HeadscopeError('LoadFailed', 'element', 'the code of the engine beside element.js', String(error), {
        cause: error,
      });
    },
  );
  return pool;
}
