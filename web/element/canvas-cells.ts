import { cellEdges, type CellGeometry } from '../views/cell-geometry.js';
import { drawCellNumbers } from '../views/cell-numbers.js';
import type { Palette } from '../views/palette.js';
import { emptyGrid } from '../views/pooling.js';
import { evenEdges, rasterRows, rowMaximum } from '../views/raster.js';
import { makeScale } from '../views/value-scale.js';
import type { Pacer } from './source/pacer.js';
import { poolInSlices, THUMBNAIL_SIZE, type HeadPicture } from './source/whole-picture.js';

function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no 2D canvas');
  return context;
}

/** Pixels that are painted without looking at the clock. */
const PIXELS_PER_STEP = 131_072;

/** Paints one head into a canvas, in slices, and shows it when it is whole. */
export async function paintCells(
  canvas: HTMLCanvasElement,
  head: HeadPicture,
  geometry: CellGeometry,
  palette: Palette,
  max: number,
  fontFamily: string,
  pacer: Pacer,
): Promise<void> {
  const grid = emptyGrid(head.matrix, geometry.pixelHeight, geometry.pixelWidth);
  await poolInSlices(head.matrix, head.facts, grid, pacer);
  const edges = cellEdges(geometry, grid.rows, grid.columns);
  const scale = makeScale({ kind: 'linear', domain: [0, max], palette });
  const image = new ImageData(geometry.pixelWidth, geometry.pixelHeight);
  const target = { words: new Uint32Array(image.data.buffer), width: geometry.pixelWidth };
  const rowPixels = (geometry.pixelWidth * geometry.pixelHeight) / grid.rows;
  const step = Math.max(1, Math.floor(PIXELS_PER_STEP / rowPixels));
  for (let row = 0; row < grid.rows; row += step) {
    rasterRows(target, grid, edges, palette, scale, row, Math.min(grid.rows, row + step));
    if (pacer.due) await pacer.pause();
  }
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  const context = context2d(canvas);
  context.putImageData(image, 0, 0);
  drawCellNumbers(context, grid, edges, palette, scale, (row) => rowMaximum(grid, row), fontFamily);
}

/** Size of a thumbnail in CSS pixels: the matrix's proportions, but never a mere line. */
export function thumbnailSize(rows: number, columns: number): { width: number; height: number } {
  const longer = Math.max(rows, columns);
  const least = 14;
  return {
    width: Math.max(least, Math.round((THUMBNAIL_SIZE * columns) / longer)),
    height: Math.max(least, Math.round((THUMBNAIL_SIZE * rows) / longer)),
  };
}

/** Paints a head's thumbnail; it is small enough to be done at once. */
export function paintThumbnail(
  canvas: HTMLCanvasElement,
  head: HeadPicture,
  palette: Palette,
  max: number,
  pixelRatio: number,
): void {
  const grid = head.thumbnail;
  const { width, height } = thumbnailSize(head.matrix.rows, head.matrix.columns);
  const pixelWidth = Math.max(grid.columns, Math.round(width * pixelRatio));
  const pixelHeight = Math.max(grid.rows, Math.round(height * pixelRatio));
  const image = new ImageData(pixelWidth, pixelHeight);
  const target = { words: new Uint32Array(image.data.buffer), width: pixelWidth };
  const edges = { x: evenEdges(grid.columns, pixelWidth), y: evenEdges(grid.rows, pixelHeight), gap: 0, pixelRatio };
  rasterRows(target, grid, edges, palette, makeScale({ kind: 'linear', domain: [0, max], palette }), 0, grid.rows);
  canvas.width = pixelWidth;
  canvas.height = pixelHeight;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context2d(canvas).putImageData(image, 0, 0);
}

/** Paints the colours of the scale from left to right. */
export function paintRamp(canvas: HTMLCanvasElement, palette: Palette): void {
  canvas.width = palette.ramp.length;
  canvas.height = 1;
  const image = new ImageData(canvas.width, 1);
  palette.ramp.forEach(([red, green, blue], i) => image.data.set([red, green, blue, 255], 4 * i));
  context2d(canvas).putImageData(image, 0, 0);
}

/** Paints the two patterns of the legend: masked, and not a finite number. */
export function paintPattern(canvas: HTMLCanvasElement, value: number, palette: Palette, pixelRatio: number): void {
  const side = Math.round(14 * pixelRatio);
  const image = new ImageData(side, side);
  const target = { words: new Uint32Array(image.data.buffer), width: side };
  const edges = { x: evenEdges(1, side), y: evenEdges(1, side), gap: 0, pixelRatio };
  const scale = makeScale({ kind: 'linear', domain: [0, 1], palette });
  rasterRows(target, { values: Float32Array.of(value), rows: 1, columns: 1 }, edges, palette, scale, 0, 1);
  canvas.width = side;
  canvas.height = side;
  context2d(canvas).putImageData(image, 0, 0);
}
