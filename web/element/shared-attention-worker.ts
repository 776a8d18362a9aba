import { AttentionWorker } from '../../wasm-bindings/js/index.js';

let worker: AttentionWorker | undefined;

/** The one worker that every <head-scope> of a page computes in. Started when it is first asked for. */
export function sharedWorker(): AttentionWorker {
  worker ??= new AttentionWorker();
  return worker;
}
