import { MASKED, type PooledGrid } from '../../views/pooling.js';
import type { Rows } from '../../views/rows.js';
import { subtracted, subtractValues } from '../../views/transforms.js';
import type { HeadWeights, TileRequest } from './head-weights.js';
import { DerivedWeights, type Keeper } from './stored-weights.js';

/** Side of the picture by which the range of a difference is judged that is not in memory. */
const RANGE_SIDE = 256;

const stored = ({ rows, columns, row }: HeadWeights, of: HeadWeights): Rows => ({
  rows,
  columns,
  cost: columns,
  read: (query) => row.call(of, query) as Float32Array,
});

/** One less another, of the same size. */
class DifferenceWeights implements HeadWeights {
  readonly rows: number;
  readonly columns: number;
  #exact: DerivedWeights | null = null;
  readonly #grids = new WeakMap<PooledGrid, readonly [PooledGrid, PooledGrid]>();

  constructor(
    readonly one: HeadWeights,
    readonly other: HeadWeights,
    readonly keeper: Keeper,
  ) {
    this.rows = one.rows;
    this.columns = one.columns;
  }

  /** The difference cell by cell, once both are in memory; null for weights that never are. */
  get #derived(): HeadWeights | null {
    const { one, other, keeper } = this;
    if (!one.whole || !other.whole) return null;
    this.#exact ??= new DerivedWeights(subtracted(stored(one, one), stored(other, other)), keeper, true);
    return this.#exact;
  }

  get whole(): boolean {
    return this.#derived?.whole ?? false;
  }

  get range(): readonly [number, number] | null {
    const derived = this.#derived;
    if (derived !== null) return derived.range;
    const all = { rows: { first: 0, count: this.rows }, columns: { first: 0, count: this.columns } };
    const side = (count: number): number => Math.min(RANGE_SIDE, count);
    const grid = this.tile({ ...all, height: side(this.rows), width: side(this.columns), pooling: 'max' });
    if (grid === null) return null;
    let [least, most] = [0, 0];
    for (const value of grid.values) {
      if (value > most) most = value;
      else if (value < least && value !== MASKED) least = value;
    }
    return [least, most];
  }

  get unfiltered(): HeadWeights | undefined {
    const { one, other, keeper } = this;
    return one.unfiltered && other.unfiltered && differenceOf(one.unfiltered, other.unfiltered, keeper);
  }

  #line(one: Float32Array | null, other: Float32Array | null): Float32Array | null {
    if (one === null || other === null) return null;
    const line = one.slice();
    subtractValues(line, other);
    return line;
  }

  row(query: number): Float32Array | null {
    return this.#line(this.one.row(query), this.other.row(query));
  }

  column(key: number): Float32Array | null {
    return this.#line(this.one.column(key), this.other.column(key));
  }

  tile(request: TileRequest): PooledGrid | null {
    const derived = this.#derived;
    if (derived !== null) return derived.tile(request);
    const one = this.one.tile(request);
    const other = this.other.tile(request);
    if (one === null || other === null) return null;
    const [before, grid] = this.#grids.get(one) ?? [];
    if (before === other && grid !== undefined) return grid;
    const values = one.values.slice();
    subtractValues(values, other.values);
    const difference = { ...one, values };
    this.#grids.set(one, [other, difference]);
    return difference;
  }
}

const differences = new WeakMap<HeadWeights, DifferenceWeights>();

/** One less another, of the same size; the same object for the same two. */
export function differenceOf(one: HeadWeights, other: HeadWeights, keeper: Keeper): HeadWeights {
  const before = differences.get(one);
  if (before?.other === other) return before;
  const difference = new DifferenceWeights(one, other, keeper);
  differences.set(one, difference);
  return difference;
}
