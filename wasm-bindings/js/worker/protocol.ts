import { HeadscopeError, type HeadscopeErrorCode } from '../errors.js';
import type { Flavour } from '../flavour.js';
import type { ScoreOptions } from '../attention-options.js';
import type { ResultOptions } from '../attention-results.js';
import type { TileOptions } from '../attention-session.js';
import type { LoadOptions } from '../load-options.js';
import type { Tensor } from '../tensor.js';
import type { Geometry } from './split.js';

// What a pool and its workers say to each other. Tensors are transferred, or lie in shared memory.

/** What a worker of a pool starts from: the first one loads the core, the others get what it compiled. */
export interface Compiled {
  readonly flavour: Flavour;
  readonly module: WebAssembly.Module;
}

/** Rows of a tensor that a worker is given for one call, or keeps under a number that is not 0. */
export interface Slice {
  readonly id: number;
  /** Missing where the worker has them already. */
  readonly data: Float32Array | undefined;
}

/** Some rows of queries of a call, and all that they attend to. */
export interface Share {
  readonly geometry: Geometry;
  /** Counted through all heads of all batch elements. */
  readonly from: number;
  readonly to: number;
  /** (to - from, D) */
  readonly query: Slice;
  /** (heads, Lk, D), those that the rows need; value likewise. */
  readonly key: Slice;
  readonly value: Slice;
  /** Some elements of the mask of the whole call, from element `start` on; `shape` is the whole's, four dimensions. */
  readonly mask:
    | {
        readonly data: Float32Array | Uint8Array;
        readonly shape: readonly [number, number, number, number];
        readonly start: number;
      }
    | undefined;
  readonly options: ShareOptions;
  /** Where results go that are not sent back. */
  readonly into: Into;
}

/** The options of the whole call, apart from its tensors. */
export interface ShareOptions extends Omit<ScoreOptions, 'mask'>, ResultOptions {
  /** What stands for Lq when query 0 is aligned. */
  readonly alignedLength: number;
}

export type ResultName = 'output' | 'weights' | 'logSumExp' | 'scores';

/** Numbers of kept slices for the rows of the share, or shared memory for the whole result. */
export type Into = Partial<Readonly<Record<ResultName, number | Float32Array>>>;

export type Request =
  /** The first message. `lock` is a name of a lock that the worker holds as long as it lives. */
  | { readonly type: 'load'; readonly options: LoadOptions | Compiled; readonly lock: string | undefined }
  | { readonly type: 'attention'; readonly id: number; readonly share: Share }
  /** A method of the engine. */
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  /** Keeps a session for the heads of a share. */
  | { readonly type: 'open'; readonly id: number; readonly session: number; readonly share: Share }
  /** A method of a session. Heads are counted through the whole call. */
  | {
      readonly type: 'session';
      readonly id: number;
      readonly session: number;
      readonly method: SessionMethod;
      readonly head: number;
      readonly args: readonly unknown[];
    }
  /** Tiles of the heads `from` to `to`, a part each. */
  | {
      readonly type: 'overview';
      readonly id: number;
      readonly session: number;
      readonly from: number;
      readonly to: number;
      readonly tile: TileOptions;
    }
  | { readonly type: 'close'; readonly session: number }
  /** The values of a kept slice. */
  | { readonly type: 'read'; readonly id: number; readonly slice: number }
  | { readonly type: 'drop'; readonly slice: number }
  | { readonly type: 'cancel'; readonly id: number };

export type SessionMethod = 'row' | 'tile' | 'topK' | 'statistics' | 'output';

/** The results of some rows, counted through all heads. Those are missing that were not asked for or not sent back. */
export type Part = Partial<Readonly<Record<ResultName, Float32Array>>> & {
  readonly from: number;
  readonly to: number;
};

/** One head of an overview. */
export interface Picture {
  readonly head: number;
  readonly picture: Tensor;
}

/** How much of a tile is drawn. */
export interface Progress {
  readonly fraction: number;
}

/** What a worker says before a request is done. */
export type Interim = Part | Picture | Progress;

export type Response =
  /** It holds its lock: its end is noticed from now on. Comes before any answer, but not where there are no locks. */
  | { readonly type: 'locked' }
  | { readonly type: 'loaded'; readonly compiled: Compiled }
  /** The core cannot be loaded, or it crashed: the worker is of no use any more. */
  | { readonly type: 'failed'; readonly error: PackedError }
  | { readonly type: 'part'; readonly id: number; readonly part: Interim }
  /** The last part of attention, or the result of another request. */
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
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
