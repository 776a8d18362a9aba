import { contrast, type Rgb } from './colour-ramp.js';
import { cellDigits } from './numbers.js';
import { css, inkOn, type Palette } from './palette.js';
import { MASKED, type PooledGrid } from './pooling.js';
import type { CellEdges } from './raster.js';
import type { ValueScale } from './value-scale.js';

/** Cells smaller than this many CSS pixels have no room for a number. */
export const NUMBERS_FROM = 28;

/** Cells of this size have room for three decimals instead of two. */
const THREE_DECIMALS_FROM = 52;

/** Least contrast of text that is read. */
const READABLE = 4.5;

/** A number inside of its cell. */
export interface CellLook {
  readonly text: string;
  /** Of the font, in CSS pixels. */
  readonly size: number;
  readonly ink: Rgb;
}

/**
 * How a cell's number is written; null where there is none, or no room for it.
 * @param side the cell's shorter side in CSS pixels
 * @param colour of the cell
 */
export function cellLook(value: number, side: number, colour: Rgb, palette: Palette): CellLook | null {
  if (side < NUMBERS_FROM || value === MASKED) return null;
  const decimals = side >= THREE_DECIMALS_FROM ? 3 : 2;
  // What rounds to nothing stays in the background.
  const faint = Math.abs(value) < 10 ** -decimals / 2 && contrast(palette.muted, colour) >= READABLE;
  return {
    text: cellDigits(value, decimals),
    size: Math.min(15, Math.max(10, 0.26 * side)),
    ink: Number.isNaN(value) ? palette.invalid : faint ? palette.muted : inkOn(colour),
  };
}

/**
 * Writes each cell's number into it. The context's units are device pixels.
 * @param rowMax largest weight of a row of the grid, or of the matrix's row that it is a part of
 */
export function drawCellNumbers(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  grid: PooledGrid,
  edges: CellEdges,
  palette: Palette,
  scale: ValueScale,
  rowMax: (row: number) => number,
  fontFamily: string,
): void {
  const { pixelRatio, gap, x, y } = edges;
  const width = ((x[1] as number) - (x[0] as number)) / pixelRatio;
  const height = ((y[1] as number) - (y[0] as number)) / pixelRatio;
  const side = Math.min(width, height);
  if (side < NUMBERS_FROM) return;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const room = width * pixelRatio - gap - 2 * pixelRatio;
  for (let row = 0; row < grid.rows; ++row) {
    const most = rowMax(row);
    for (let column = 0; column < grid.columns; ++column) {
      const value = grid.values[row * grid.columns + column] as number;
      const look = cellLook(value, side, scale.ramp[scale.index(value, most)] ?? palette.ground, palette);
      if (look === null) continue;
      const left = x[column] as number;
      const right = (x[column + 1] as number) - gap;
      const top = y[row] as number;
      const bottom = (y[row + 1] as number) - gap;
      if (Number.isNaN(value)) {
        // The chequer below the word would make it unreadable.
        context.fillStyle = css(palette.ground);
        context.fillRect(
          left + 0.12 * (right - left),
          top + 0.32 * (bottom - top),
          0.76 * (right - left),
          0.36 * (bottom - top),
        );
      }
      context.font = `${look.size * pixelRatio}px ${fontFamily}`;
      context.fillStyle = css(look.ink);
      context.fillText(look.text, (left + right) / 2, (top + bottom) / 2 + 0.05 * look.size * pixelRatio, room);
    }
  }
}
