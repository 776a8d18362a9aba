import { HeadscopeError, type HeadscopeErrorCode } from '../errors.js';
import type { Flavour } from '../flavour.js';
import type { SelfAttentionOptions, SelfAttentionSteps } from '../headscope.js';
import type { LoadOptions } from '../load-options.js';
import type { BooleanTensor, Tensor } from '../tensor.js';

// What the page and its worker say to each other. All tensors are transferred.

/** The work of one promise. */
export type Job =
  | {
      readonly method: 'attention';
      /** (B, H, Lq, D) and so on, always four dimensions. */
      readonly query: Tensor;
      readonly key: Tensor;
      readonly value: Tensor;
      readonly mask: Tensor | BooleanTensor | undefined;
      readonly options: SelfAttentionOptions & { readonly needWeights: boolean; readonly needLogSumExp: boolean };
    }
  | {
      readonly method: 'selfAttention';
      readonly x: Tensor;
      readonly projections: { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor };
      readonly options: SelfAttentionOptions;
    }
  | { readonly method: 'linear'; readonly x: Tensor; readonly weight: Tensor; readonly bias: Tensor | undefined }
  | { readonly method: 'sinusoidalPositions'; readonly length: number; readonly dim: number };

export type Request =
  /** The first message. Its result is the flavour. */
  | { readonly type: 'load'; readonly id: number; readonly options: LoadOptions }
  | { readonly type: 'job'; readonly id: number; readonly job: Job }
  | { readonly type: 'cancel'; readonly id: number };

/** The results of some consecutive heads, counted through all batch elements. */
export interface Part {
  /** The first of them. */
  readonly first: number;
  readonly heads: number;
  /** (heads, Lq, Dv) */
  readonly output: Float32Array;
  /** (heads, Lq, Lk) */
  readonly weights: Float32Array | undefined;
  /** (heads, Lq) */
  readonly logSumExp: Float32Array | undefined;
}

/** What attention gives is undefined: it has given its results in parts. */
export type Result = Tensor | SelfAttentionSteps | Flavour | undefined;

export type Response =
  /** The core cannot be loaded, or it crashed: the worker is of no use any more. */
  | { readonly type: 'failed'; readonly error: PackedError }
  | { readonly type: 'part'; readonly id: number; readonly part: Part }
  | { readonly type: 'done'; readonly id: number; readonly result: Result }
  | { readonly type: 'refused'; readonly id: number; readonly error: PackedError };

/** A HeadscopeError in a form that survives `postMessage`. */
export interface PackedError {
  readonly code: HeadscopeErrorCode;
  readonly argument: string;
  readonly expected: string;
  readonly got: string;
}

export function packError({ code, argument, expected, got }: HeadscopeError): PackedError {
  return { code, argument, expected, got };
}

export function unpackError({ code, argument, expected, got }: PackedError): HeadscopeError {
  return new HeadscopeError(code, argument, expected, got);
}
