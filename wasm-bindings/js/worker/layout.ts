import type { Tensor } from '../tensor.js';

/** Where the rows of a tensor lie: (B, H, L, D), or (B, L, H·D) with the heads side by side. */
export interface Layout {
  readonly batch: number;
  readonly heads: number;
  readonly rows: number;
  readonly columns: number;
  readonly sideBySide: boolean;
}

/** A tensor, and where its rows lie. */
export interface Rows {
  readonly tensor: Tensor;
  readonly layout: Layout;
}

/** Whether a tensor of this shape, whose rank may be lower, is laid out so. */
export function hasLayout(shape: readonly number[], { batch, heads, rows, columns, sideBySide }: Layout): boolean {
  const extents = sideBySide ? [batch, rows, heads * columns] : [batch, heads, rows, columns];
  const missing = extents.length - shape.length;
  return missing >= 0 && extents.every((extent, axis) => extent === (axis < missing ? 1 : shape[axis - missing]));
}

/** Where row `row`, counted through all heads of all batch elements, begins. */
function start({ heads, rows, columns, sideBySide }: Layout, row: number): number {
  if (!sideBySide) return row * columns;
  const index = Math.floor(row / rows);
  const batch = Math.floor(index / heads);
  return ((batch * rows + (row - index * rows)) * heads + (index - batch * heads)) * columns;
}

/**
 * The rows `from` to `to`, counted through all heads, one after the other: a copy that can be transferred, or a view
 * where the tensor lies in shared memory, which needs none.
 */
export function takeRows({ tensor: { data }, layout }: Rows, from: number, to: number): Float32Array {
  const { columns } = layout;
  if (!layout.sideBySide) {
    const rows = data.subarray(from * columns, to * columns);
    return isShared(data) ? rows : rows.slice();
  }
  const taken = new Float32Array((to - from) * columns);
  for (let row = from; row < to; ++row) {
    const at = start(layout, row);
    taken.set(data.subarray(at, at + columns), (row - from) * columns);
  }
  return taken;
}

/** Puts rows in their place, from row `from` on: the reverse of {@link takeRows}. */
export function putRows({ tensor: { data }, layout }: Rows, from: number, values: Float32Array): void {
  const { columns } = layout;
  if (!layout.sideBySide) data.set(values, from * columns);
  else
    for (let at = 0; at < values.length; at += columns)
      data.set(values.subarray(at, at + columns), start(layout, from++));
}

/** Whether workers can look at the very memory. */
export function isShared({ buffer }: ArrayBufferView): boolean {
  return typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer;
}
