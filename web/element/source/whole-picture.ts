import { noFacts, readRows, settle, type Matrix, type MatrixFacts } from '../../views/matrix.js';
import { emptyGrid, poolRows, type PooledGrid } from '../../views/pooling.js';
import type { Pacer } from './pacer.js';
import type { Scene } from '../scene.js';

/** Longer side of a thumbnail, in CSS pixels. */
export const THUMBNAIL_SIZE = 56;

/** Cells that are read without looking at the clock. */
const CELLS_PER_STEP = 32_768;

/** One head whose weights are known. */
export interface HeadPicture {
  readonly matrix: Matrix;
  readonly facts: MatrixFacts;
  readonly thumbnail: PooledGrid;
}

/** Rows of so many columns that are read without looking at the clock. */
export function rowsPerStep(columns: number): number {
  return Math.max(1, Math.floor(CELLS_PER_STEP / columns));
}

/** Reads one head in slices: its facts and its thumbnail. */
export async function readHead(
  scene: Scene,
  weights: Float32Array,
  pixelRatio: number,
  pacer: Pacer,
): Promise<HeadPicture> {
  const matrix: Matrix = { data: weights, rows: scene.queries, columns: scene.keys, causal: scene.knobs.causal };
  const step = rowsPerStep(matrix.columns);
  let facts = noFacts(matrix.rows);
  for (let row = 0; row < matrix.rows; row += step) {
    facts = readRows(matrix, facts, row, Math.min(matrix.rows, row + step));
    if (pacer.due) await pacer.pause();
  }
  facts = settle(facts);
  const side = THUMBNAIL_SIZE * pixelRatio;
  const thumbnail = emptyGrid(matrix, side, side);
  await poolInSlices(matrix, facts, thumbnail, pacer);
  return { matrix, facts, thumbnail };
}

/** Fills a grid in slices. */
export async function poolInSlices(matrix: Matrix, facts: MatrixFacts, grid: PooledGrid, pacer: Pacer): Promise<void> {
  const step = Math.max(1, Math.floor((rowsPerStep(matrix.columns) * grid.rows) / matrix.rows));
  for (let row = 0; row < grid.rows; row += step) {
    poolRows(matrix, facts, grid, row, Math.min(grid.rows, row + step));
    if (pacer.due) await pacer.pause();
  }
}

/** All heads of a scene, as far as they are known, on one scale. */
export class Picture {
  readonly heads: (HeadPicture | null)[];

  constructor(readonly scene: Scene) {
    this.heads = Array<HeadPicture | null>(scene.heads).fill(null);
  }

  /** Upper end of the scale: the largest weight of all the heads that are known. */
  get max(): number {
    return this.heads.reduce((most, head) => Math.max(most, head?.facts.max ?? 0), 0);
  }

  /** Smallest weight of all the heads that are known. */
  get min(): number {
    return this.heads.reduce((least, head) => Math.min(least, head?.facts.min ?? 0), 0);
  }

  get known(): number {
    return this.heads.reduce((count, head) => (head === null ? count : count + 1), 0);
  }

  get hasMasked(): boolean {
    return this.heads.some((head) => head !== null && head.facts.masked > 0);
  }

  get hasInvalid(): boolean {
    return this.heads.some((head) => head !== null && head.facts.invalid > 0);
  }
}
