import { contrast } from './colour-ramp.js';
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
  const size = Math.min(width, height);
  if (size < NUMBERS_FROM) return;
  const decimals = size >= THREE_DECIMALS_FROM ? 3 : 2;
  const fontSize = Math.min(15, Math.max(10, 0.26 * size));
  context.font = `${fontSize * pixelRatio}px ${fontFamily}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  const room = width * pixelRatio - gap - 2 * pixelRatio;
  for (let row = 0; row < grid.rows; ++row) {
    const most = rowMax(row);
    for (let column = 0; column < grid.columns; ++column) {
      const value = grid.values[row * grid.columns + column] as number;
      if (value === MASKED) continue;
      const left = x[column] as number;
      const right = (x[column + 1] as number) - gap;
      const top = y[row] as number;
      const bottom = (y[row + 1] as number) - gap;
      const text = cellDigits(value, decimals);
      if (Number.isNaN(value)) {
        // The chequer below the word would make it unreadable.
        context.fillStyle = css(palette.ground);
        context.fillRect(
          left + 0.12 * (right - left),
          top + 0.32 * (bottom - top),
          0.76 * (right - left),
          0.36 * (bottom - top),
        );
        context.fillStyle = css(palette.invalid);
      } else {
        // What rounds to nothing stays in the background.
        const cell = scale.ramp[scale.index(value, most)] ?? palette.ground;
        const faint = Math.abs(value) < 10 ** -decimals / 2 && contrast(palette.muted, cell) >= READABLE;
        context.fillStyle = css(faint ? palette.muted : inkOn(cell));
      }
      context.fillText(text, (left + right) / 2, (top + bottom) / 2 + 0.05 * fontSize * pixelRatio, room);
    }
  }
}
