import type { CoreErrorCode } from './error-codes.js';

// What the bindings register, and the only place that says so in TypeScript. Names that start with `_` are private.

/** Byte address in the WebAssembly heap; 0 stands for "none". */
export type Pointer = number;

export interface Refusal {
  readonly code: CoreErrorCode;
  readonly argument: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * A function of the core. It takes the address of its call block, the doubles of its struct in calls.hpp, and gives null
 * when the call went well.
 */
export type CoreFunction = (call: Pointer) => Refusal | null;

/** An instance of the WebAssembly module. */
export interface Module {
  /** The whole heap. Growth replaces it: read the property again after every call that may allocate. */
  readonly HEAPU8: Uint8Array;
  /** 0 when there is no room. */
  _malloc(bytes: number): Pointer;
  _free(pointer: Pointer): void;
  readonly _attention: CoreFunction;
  readonly _selfAttentionSteps: CoreFunction;
  readonly _linear: CoreFunction;
  readonly _sinusoidalPositions: CoreFunction;
  readonly _rotaryEmbedding: CoreFunction;
  readonly _alibiSlopes: CoreFunction;
  readonly _createMultiHeadAttention: CoreFunction;
  readonly _createPatchAttention: CoreFunction;
  readonly _forward: CoreFunction;
  readonly _createKeyValueCache: CoreFunction;
  readonly _cacheSizes: CoreFunction;
  readonly _cacheAppend: CoreFunction;
  readonly _cacheAttend: CoreFunction;
  readonly _createAttentionSession: CoreFunction;
  readonly _sessionRow: CoreFunction;
  readonly _sessionTile: CoreFunction;
  readonly _sessionTopK: CoreFunction;
  readonly _sessionStatistics: CoreFunction;
  /** Ends what one of the functions that create made. */
  _destroy(handle: Pointer): void;
  _cacheClear(handle: Pointer): void;
}

/** The default export of the glue that Emscripten writes. */
export type CreateModule = (options: {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
}) => Promise<Module>;
