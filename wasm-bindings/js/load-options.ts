import { configuration } from './configure.js';
import { HeadscopeError } from './errors.js';
import type { Flavour } from './flavour.js';
import { describe } from './tensor.js';

export interface LoadOptions {
  /** The build to use; the best one that the engine has, unless given. For a file of your own, which of the two it is. */
  readonly flavour?: Flavour | undefined;
  /** Where the .wasm file is, if it is not beside this script; relative to the page, or in Node to the working folder. */
  readonly wasmUrl?: string | URL | undefined;
  /** The bytes of the .wasm file, if they are at hand. */
  readonly wasmBinary?: BufferSource | undefined;
}

/** `wasmUrl` as an absolute URL. @internal */
export function resolveUrl(url: string | URL): URL {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href ?? `file://${process.cwd()}/`);
  } catch (error) {
    throw new HeadscopeError('InvalidArgument', 'wasmUrl', 'a URL', describe(url), { cause: error });
  }
}

/** The options of a call, or the configured ones if it gives none. @internal */
export function chosenOptions(options: LoadOptions): LoadOptions {
  const { flavour, wasmUrl, wasmBinary } = options;
  return (flavour ?? wasmUrl ?? wasmBinary) === undefined ? (configuration.load ?? {}) : options;
}
