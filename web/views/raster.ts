import { isChequer, isDot, isHatchLine } from './hatch.js';
import { pixel, type Palette } from './palette.js';
import { MASKED, type Missing, type PooledGrid } from './pooling.js';
import type { ValueScale } from './value-scale.js';

/** Where the cells of a grid lie, in whole device pixels. */
export interface CellEdges {
  /** Cell i covers pixels [edges[i], edges[i + 1]) less the gap. */
  readonly x: Int32Array;
  readonly y: Int32Array;
  /** Pixels of ground at the right and lower side of each cell. */
  readonly gap: number;
  /** Device pixels per CSS pixel, for the size of the hatching. */
  readonly pixelRatio: number;
}

/** The edges of `count` cells that share `pixels` pixels: whole numbers, so that every cell is crisp. */
export function evenEdges(count: number, pixels: number): Int32Array {
  return Int32Array.from({ length: count + 1 }, (_, cell) => Math.round((cell * pixels) / count));
}

/** Pixels as 32-bit words, row-major, the memory of an ImageData. */
export interface PixelBuffer {
  readonly words: Uint32Array;
  readonly width: number;
}

/** Largest weight in one row of a grid, its magnitude where numbers have a sign. */
export function rowMaximum({ values, columns }: PooledGrid, row: number, diverging = false): number {
  let most = 0;
  for (let i = row * columns; i < (row + 1) * columns; ++i) {
    const value = values[i] as number;
    if (value !== MASKED) most = Math.max(most, (diverging ? Math.abs(value) : value) || 0);
  }
  return most;
}

/**
 * Paints the grid's rows [from, to). Pure: the same input gives the same pixels.
 *
 * @param missing why a cell of the grid has no weight
 */
export function rasterRows(
  target: PixelBuffer,
  grid: PooledGrid,
  edges: CellEdges,
  palette: Palette,
  scale: ValueScale,
  from: number,
  to: number,
  missing: (row: number, column: number) => Missing = () => 'masked',
): void {
  const { words, width } = target;
  const ramp = Uint32Array.from(scale.ramp, pixel);
  const ground = pixel(palette.ground);
  const hatch = pixel(palette.hatch);
  const invalid = pixel(palette.invalid);
  const period = Math.max(3, Math.round(6 * edges.pixelRatio));
  const lineWidth = Math.max(1, Math.round(edges.pixelRatio));
  const square = Math.max(1, Math.round(2 * edges.pixelRatio));
  const line = new Uint32Array(width);
  for (let row = from; row < to; ++row) {
    const most = rowMaximum(grid, row, scale.diverging);
    let plain = true;
    for (let column = 0; column < grid.columns; ++column) {
      const value = grid.values[row * grid.columns + column] as number;
      if (value === MASKED || value !== value) {
        plain = false;
        continue;
      }
      const start = edges.x[column] as number;
      const end = (edges.x[column + 1] as number) - edges.gap;
      const colour = ramp[scale.index(value, most)] as number;
      for (let x = start; x < end; ++x) line[x] = colour;
      for (let x = end; x < end + edges.gap; ++x) line[x] = ground;
    }
    const top = edges.y[row] as number;
    const bottom = edges.y[row + 1] as number;
    for (let y = top; y < bottom; ++y) {
      if (y >= bottom - edges.gap) words.fill(ground, y * width, (y + 1) * width);
      else words.set(line, y * width);
    }
    if (plain) continue;
    for (let column = 0; column < grid.columns; ++column) {
      const value = grid.values[row * grid.columns + column] as number;
      if (value !== MASKED && value === value) continue;
      const start = edges.x[column] as number;
      const end = edges.x[column + 1] as number;
      const why = value === MASKED ? missing(row, column) : null;
      for (let y = top; y < bottom - edges.gap; ++y) {
        for (let x = start; x < end; ++x) {
          let colour = ground;
          if (x < end - edges.gap) {
            if (why === null) colour = isChequer(x, y, square) ? invalid : ground;
            else if (why === 'masked' && isHatchLine(x, y, period, lineWidth)) colour = hatch;
            else if (why === 'hidden' && isDot(x, y, period, square)) colour = hatch;
          }
          words[y * width + x] = colour;
        }
      }
    }
  }
}
