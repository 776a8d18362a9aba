import { evenEdges, type CellEdges } from './raster.js';

/** No cell is larger than this, in CSS pixels. */
const LARGEST_CELL = 88;

/**
 * Up to so many items along an axis, the picture pans rather than make cells too small to hit and to label; longer
 * sequences are shown whole.
 */
const READABLE_ITEMS = 64;
const SMALLEST_CELL = 7;
const READABLE_CELL = 16;

/** From this many device pixels on, all cells of an axis are equally many pixels wide. */
const EQUAL_CELLS_FROM = 3;

/** Cells at least so large (CSS pixels) are set apart by a line of ground. */
const GAP_FROM = 7;

/** Size of a picture of cells. */
export interface CellGeometry {
  /** Size of a cell in CSS pixels; below 1 / pixelRatio several cells share a pixel. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Size of the picture in whole device pixels. */
  readonly pixelWidth: number;
  readonly pixelHeight: number;
  /** Size of the picture in CSS pixels: pixelWidth / pixelRatio. */
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

export interface CellSpace {
  readonly rows: number;
  readonly columns: number;
  /** Room for the cells, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

/**
 * Chooses the cells' size: square, as large as the room allows, whole device pixels when they are more than a few;
 * a side with few items keeps a readable size although the other side has many.
 */
export function cellGeometry({ rows, columns, width, height, pixelRatio }: CellSpace): CellGeometry {
  const fitting = (room: number, count: number): number => {
    const fit = Math.min(LARGEST_CELL, room / count);
    return count <= READABLE_ITEMS && fit < SMALLEST_CELL ? READABLE_CELL : fit;
  };
  const fitWidth = fitting(width, columns);
  const fitHeight = fitting(height, rows);
  const square = Math.min(fitWidth, fitHeight);
  const side = (fit: number, count: number): { cell: number; pixels: number } => {
    const readable = square < SMALLEST_CELL && count <= READABLE_ITEMS ? Math.min(fit, READABLE_CELL) : 0;
    const device = Math.max(square, readable) * pixelRatio;
    const cell = device >= EQUAL_CELLS_FROM ? Math.floor(device + 1e-6) : device;
    const pixels = Math.max(1, Math.round(cell * count));
    return { cell: pixels / count / pixelRatio, pixels };
  };
  const horizontal = side(fitWidth, columns);
  const vertical = side(fitHeight, rows);
  return {
    cellWidth: horizontal.cell,
    cellHeight: vertical.cell,
    pixelWidth: horizontal.pixels,
    pixelHeight: vertical.pixels,
    width: horizontal.pixels / pixelRatio,
    height: vertical.pixels / pixelRatio,
    pixelRatio,
  };
}

/** The edges of the cells of a grid (pooled or not) in a picture of this size. */
export function cellEdges(geometry: CellGeometry, gridRows: number, gridColumns: number): CellEdges {
  const { cellWidth, cellHeight, pixelRatio } = geometry;
  return {
    x: evenEdges(gridColumns, geometry.pixelWidth),
    y: evenEdges(gridRows, geometry.pixelHeight),
    gap: Math.min(cellWidth, cellHeight) >= GAP_FROM ? Math.max(1, Math.round(pixelRatio)) : 0,
    pixelRatio,
  };
}
