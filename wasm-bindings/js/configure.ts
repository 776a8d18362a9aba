import type { LoadOptions } from './load-options.js';

export interface Configuration {
  /** Makes the worker of every `AttentionPool`, from the code of `headscope/worker`, as a module worker. */
  createWorker?: (() => Worker) | undefined;
  /** Where the WebAssembly comes from unless a call says otherwise. */
  load?: LoadOptions | undefined;
}

interface BuiltIn {
  /** The worker's code as a classic script, in builds that have it within. */
  readonly workerScript?: string;
}

/** @internal */
export const configuration: Configuration & BuiltIn = {};

/**
 * Says where the package's worker and WebAssembly come from, for pages that cannot fetch them from beside the script (a
 * page in one file, a CDN on another origin). Call it before the first use.
 */
export function configure(options: Configuration): void {
  Object.assign(configuration, options);
}
