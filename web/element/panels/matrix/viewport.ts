import type { CellGeometry } from '../../../views/cell-geometry.js';
import type { Span } from '../../source/head-weights.js';

/** Side of a tile, in cells of its grid. */
export const TILE = 256;

/** Cells at least so large (CSS pixels) can be read; where they are smaller, the matrix zooms. */
const READABLE = 28;
/** Zooming ends here, in CSS pixels. */
const LARGEST = 64;

/** From this many device pixels on, all cells of an axis are equally many pixels wide. */
const EQUAL_FROM = 3;

/** One axis of what is seen. */
export interface SeenAxis {
  /** Items of the whole axis. */
  readonly count: number;
  /** Room for them, in CSS pixels. */
  readonly length: number;
  /** Size of an item in CSS pixels. */
  readonly scale: number;
  /** The item at the near edge, and the one after the far edge; with fractions. */
  readonly start: number;
  readonly end: number;
}

/** What of a matrix is seen. */
export interface CellWindow {
  readonly columns: SeenAxis;
  readonly rows: SeenAxis;
  readonly pixelRatio: number;
  /** Whether cells have the size they have at first. */
  readonly home: boolean;
  /** Whether there is more than can be seen. */
  readonly pannable: boolean;
}

/** The largest zoom that makes sense: 1 where cells are readable as they are. */
export function largestZoom({ cellWidth, cellHeight }: CellGeometry): number {
  const cell = Math.min(cellWidth, cellHeight);
  return cell >= READABLE ? 1 : LARGEST / cell;
}

function seenAxis(count: number, home: number, length: number, wanted: number, at: number, ratio: number): SeenAxis {
  const device = wanted * ratio;
  const scale = wanted <= home ? home : device < EQUAL_FROM ? wanted : Math.round(device) / ratio;
  const visible = Math.min(count, length / scale);
  // Whole device pixels, so that what is moved stays crisp.
  const start = Math.round(Math.min(count - visible, Math.max(0, at)) * scale * ratio) / (scale * ratio);
  return { count, length, scale, start, end: Math.min(count, start + visible) };
}

/**
 * What is seen of a matrix whose cells at first have the geometry's size, in a box of so many CSS pixels. Zooming
 * enlarges the smaller side of the cells first, until they are square.
 */
export function seen(
  geometry: CellGeometry,
  box: { readonly width: number; readonly height: number },
  { x, y, zoom }: { readonly x: number; readonly y: number; readonly zoom: number },
): CellWindow {
  const { cellWidth, cellHeight, width, height, pixelRatio } = geometry;
  const wanted = Math.min(cellWidth, cellHeight) * Math.min(largestZoom(geometry), Math.max(1, zoom));
  const axis = (cell: number, whole: number, length: number, at: number): SeenAxis =>
    seenAxis(Math.round(whole / cell), cell, length, Math.max(cell, wanted), at, pixelRatio);
  const columns = axis(cellWidth, width, box.width, x);
  const rows = axis(cellHeight, height, box.height, y);
  const all = (axis: SeenAxis): boolean => axis.end - axis.start > axis.count - 1e-6;
  return {
    columns,
    rows,
    pixelRatio,
    home: columns.scale === cellWidth && rows.scale === cellHeight,
    pannable: !all(columns) || !all(rows),
  };
}

/** How many times cells are halved in number (pooled by twos) so that what is left has at least a device pixel each. */
export function levelOf(device: number): number {
  return Math.max(0, Math.ceil(-Math.log2(device) - 1e-6));
}

/** The tiles of a level that an axis shows: from, and up to but without. */
export function tilesSeen({ start, end }: SeenAxis, level: number): readonly [number, number] {
  const items = TILE * 2 ** level;
  return [Math.floor(start / items), Math.ceil(end / items)];
}

/** The items of one tile, and how many cells of a grid they become. */
export function tileSpan(
  count: number,
  level: number,
  index: number,
): { readonly span: Span; readonly pixels: number } {
  const items = TILE * 2 ** level;
  const first = index * items;
  const span = { first, count: Math.min(items, count - first) };
  return { span, pixels: Math.ceil(span.count / 2 ** level) };
}

/** The item at a point `at` CSS pixels from the near edge; null beside the axis. */
export function itemAt({ start, scale, length, count }: SeenAxis, at: number): number | null {
  return at >= 0 && at < length ? Math.min(count - 1, Math.floor(start + at / scale)) : null;
}

/** Neighbouring ones of ascending indices as [first, last]. */
export function runs(indices: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const index of indices) {
    const last = found.at(-1);
    if (last !== undefined && index === last[1] + 1) last[1] = index;
    else found.push([index, index]);
  }
  return found;
}

/** Where a reader looks. Panels that are given the same one pan and zoom together. */
export class Viewport {
  /** Column and row at the upper left corner. */
  x = 0;
  y = 0;
  /** Size of cells, compared with their size at first. */
  zoom = 1;
  /** Cells that one pixel (or one cell of the picture) stands for, as last drawn. */
  covers = { down: 1, across: 1 };
  readonly #watchers: (() => void)[] = [];

  /** Calls back after each change. @returns whether nobody watched before */
  watch(changed: () => void): boolean {
    return this.#watchers.push(changed) === 1;
  }

  show(x: number, y: number, zoom: number): void {
    this.x = x;
    this.y = y;
    this.zoom = zoom;
    for (const changed of this.#watchers) changed();
  }
}

/** How many cells one pixel shows, down and across; 1 and 1 where each cell has pixels of its own. */
export function cellsPerPixel({ covers }: Viewport): { readonly down: number; readonly across: number } {
  return covers;
}
