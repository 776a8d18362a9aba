import type { CoreErrorCode } from './error-codes.js';

// What the bindings register, and the only place that says so in TypeScript. Names that start with `_` are private.

/** Byte address in the WebAssembly heap; 0 stands for "none". */
export type Pointer = number;

/** A row-major tensor in the heap. Shapes of lower rank have leading 1s; a missing tensor has `data` 0. */
export interface TensorRef {
  data: Pointer;
  readonly shape: [number, number, number, number];
}

export interface Refusal {
  readonly code: CoreErrorCode;
  readonly argument: string;
  readonly expected: string;
  readonly got: string;
}

/** null when the call went well. */
export type Status = Refusal | null;

/** How the bytes of a mask are read. */
export const MASK_NONE = 0;
export const MASK_BOOLEAN = 1;
export const MASK_ADDITIVE = 2;

export interface AttentionCall {
  readonly query: TensorRef;
  readonly key: TensorRef;
  readonly value: TensorRef;
  readonly mask: TensorRef;
  maskKind: number;
  /** NaN asks for 1 / sqrt(D). */
  scale: number;
  causal: boolean;
  output: Pointer;
  weights: Pointer;
  logSumExp: Pointer;
}

export interface SelfAttentionStepsCall {
  readonly x: TensorRef;
  readonly queryProjection: TensorRef;
  readonly keyProjection: TensorRef;
  readonly valueProjection: TensorRef;
  readonly scale: number;
  readonly causal: boolean;
  readonly query: Pointer;
  readonly key: Pointer;
  readonly value: Pointer;
  readonly scores: Pointer;
  readonly weights: Pointer;
  readonly output: Pointer;
}

export interface LinearRef {
  readonly weight: TensorRef;
  readonly bias: TensorRef;
}

export interface LinearCall extends LinearRef {
  readonly x: TensorRef;
  readonly output: Pointer;
}

export interface QueryKeyValue<T> {
  readonly query: T;
  readonly key: T;
  readonly value: T;
}

/** A layer in the core. Also one that could not be made has to be deleted; its `status()` says why. */
export interface LayerHandle {
  status(): Status;
  /** Tokens (1, B, L, dim) */
  forward(
    call: QueryKeyValue<TensorRef> & { readonly causal: boolean; readonly output: Pointer; readonly weights: Pointer },
  ): Status;
  delete(): void;
}

/** An instance of the WebAssembly module. */
export interface Module {
  /** The whole heap. Growth replaces it: read the property again after every call that may allocate. */
  readonly HEAPU8: Uint8Array;
  /** 0 when there is no room. */
  _malloc(bytes: number): Pointer;
  _free(pointer: Pointer): void;
  _attention(call: AttentionCall): Status;
  _selfAttentionSteps(call: SelfAttentionStepsCall): Status;
  _linear(call: LinearCall): Status;
  _sinusoidalPositions(length: number, dim: number, output: Pointer): Status;
  readonly _MultiHeadAttention: {
    /** `output.weight.data` is 0 for none. */
    create(creation: QueryKeyValue<LinearRef> & { readonly output: LinearRef; readonly heads: number }): LayerHandle;
    createPatchAttention(creation: {
      readonly qkv: TensorRef;
      readonly output: LinearRef;
      readonly heads: number;
      readonly headDim: number;
    }): LayerHandle;
  };
  _liveHandles(): number;
}

/** The default export of the glue that Emscripten writes. */
export type CreateModule = (options: {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
}) => Promise<Module>;
