import type { HeadscopeErrorCode } from '../../wasm-bindings/js/index.js';
import type { Comparison, Edit } from './panels/panel.js';
import type { Pin } from './selection.js';
import type { Settings } from './settings.js';

/** The cell that is shown: under the pointer or the keyboard cursor, or else the pinned one. Indices count from 0. */
export interface SelectedCell {
  readonly head: number;
  readonly query: number;
  readonly key: number;
  /** Whether this cell stays when the pointer leaves. */
  readonly pinned: boolean;
}

/**
 * The cell that an event is about. `query` or `key` is null where a whole column or row is meant, and both are, with
 * `weight` and `score`, when nothing or more than one cell is.
 */
export interface CellDetail {
  readonly head: number;
  readonly query: number | null;
  readonly key: number | null;
  readonly weight: number | null;
  /** What softmax sees, in double precision; null also when ready weights were given. */
  readonly score: number | null;
}

/**
 * The events of `<head-scope>`. All bubble and cross shadow roots; those about the reader's acts come of nothing else,
 * but that `pin()` sends `headscope-select`.
 */
export interface HeadScopeEventMap {
  /** All heads are computed and drawn. */
  'headscope-ready': CustomEvent<{ readonly heads: number; readonly queries: number; readonly keys: number }>;
  /** The pointer or the keyboard cursor went to another place, or away (nulls). */
  'headscope-hover': CustomEvent<CellDetail>;
  /** The reader pinned something, or released it (`pin: null`). */
  'headscope-select': CustomEvent<CellDetail & { readonly pin: Pin | null }>;
  /** The reader chose another head. */
  'headscope-head': CustomEvent<{ readonly head: number }>;
  /** The reader turned settings: those that have changed. */
  'headscope-viewchange': CustomEvent<Partial<Settings> & { readonly compare?: Comparison | undefined }>;
  /** The reader changed one component of a query or key. */
  'headscope-edit': CustomEvent<Edit>;
  /** A step of a story is shown. */
  'headscope-step': CustomEvent<{ readonly step: number; readonly caption: string }>;
  /** How much of the computation is done, up to 1. */
  'headscope-progress': CustomEvent<{ readonly fraction: number }>;
  /** The input does not fit, or the computation failed or was cancelled (`Aborted`). */
  'headscope-error': CustomEvent<{ readonly code: HeadscopeErrorCode; readonly message: string }>;
}
