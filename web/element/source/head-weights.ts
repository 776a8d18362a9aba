import type { PooledGrid, Span } from '../../views/pooling.js';
import type { Pooling } from '../settings.js';

export type { Span } from '../../views/pooling.js';

/** A part of a head's weights, and the grid that it becomes. */
export interface TileRequest {
  readonly rows: Span;
  readonly columns: Span;
  /** Size of the grid: at most a row and a column for each cell. */
  readonly height: number;
  readonly width: number;
  readonly pooling: Pooling;
}

/**
 * The weights of one head (or of a composite, or a difference) as they are shown: after merging, hiding and
 * renormalising. In all results a cell without a weight is MASKED, whether it is masked, its key hidden, or its weight left
 * out by a filter, and one that is not a finite number is NaN.
 *
 * What is not known yet is null; it is then on its way, and the element draws again when it is there. So a panel asks
 * for what it needs each time it draws, and keeps nothing itself.
 */
export interface HeadWeights {
  /** Queries. */
  readonly rows: number;
  /** Keys. */
  readonly columns: number;
  /** Whether all of it lies in memory, so that rows and columns are never null, and small tiles neither. */
  readonly whole: boolean;
  /** Smallest and largest weight that is finite and not masked, at most and at least 0; null as long as it is not known. */
  readonly range: readonly [number, number] | null;
  /** All the weights of which a filter left the largest; absent where none is left out. */
  readonly unfiltered?: HeadWeights | undefined;
  /** Weights of one query, (keys). Not to be changed. */
  row(query: number): Float32Array | null;
  /** Weights that one key gets, (queries). Not to be changed. */
  column(key: number): Float32Array | null;
  /** Some rows and columns, pooled to a grid. */
  tile(request: TileRequest): PooledGrid | null;
}
