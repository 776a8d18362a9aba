import type { HeadscopeErrorCode } from '../../wasm-bindings/js/index.js';

/** The cell that is shown: under the pointer or the keyboard cursor, or else the pinned one. Indices count from 0. */
export interface Selection {
  readonly head: number;
  readonly query: number;
  readonly key: number;
  /** Whether this cell stays when the pointer leaves. */
  readonly pinned: boolean;
}

/** Detail of `headscope-hover` and `headscope-select`. All but `head` are null when no cell is meant any more. */
export interface CellDetail {
  readonly head: number;
  readonly query: number | null;
  readonly key: number | null;
  readonly weight: number | null;
  /** scale·q·k in double precision; null also when ready weights were given. */
  readonly score: number | null;
}

/** The events of `<head-scope>`. All bubble and cross shadow roots. */
export interface HeadScopeEventMap {
  /** All heads are computed and drawn. */
  'headscope-ready': CustomEvent<{ readonly heads: number; readonly queries: number; readonly keys: number }>;
  /** The pointer or the keyboard cursor went to another cell, or away (nulls). */
  'headscope-hover': CustomEvent<CellDetail>;
  /** The reader pinned a cell, or released it (nulls). */
  'headscope-select': CustomEvent<CellDetail>;
  /** The reader chose another head. */
  'headscope-head': CustomEvent<{ readonly head: number }>;
  'headscope-progress': CustomEvent<{ readonly fraction: number }>;
  /** The input does not fit, or the computation failed or was cancelled (`Aborted`). */
  'headscope-error': CustomEvent<{ readonly code: HeadscopeErrorCode; readonly message: string }>;
}
