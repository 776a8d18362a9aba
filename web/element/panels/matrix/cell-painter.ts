import { drawCellNumbers } from '../../../views/cell-numbers.js';
import { isChequer, isDot, isHatchLine } from '../../../views/hatch.js';
import { css, pixel, type Palette } from '../../../views/palette.js';
import { blockStart, evenBlocks, MASKED, type PooledGrid } from '../../../views/pooling.js';
import type { CellGeometry } from '../../../views/cell-geometry.js';
import type { ValueScale } from '../../../views/value-scale.js';
import type { HeadWeights, Span, TileRequest } from '../../source/head-weights.js';
import type { Pooling } from '../../settings.js';
import { levelOf, TILE, tileSpan, tilesSeen, type CellWindow, type SeenAxis } from './viewport.js';

/** Longest that one frame makes tiles, in milliseconds. */
const SLICE = 5;
/** Tiles that are kept: 256 KiB of pixels and 256 KiB of weights each, at most. */
const MOST_TILES = 64;
/** Cells at least so large (CSS pixels) are set apart by a line of ground. */
const GAP_FROM = 7;

/** What is painted. */
export interface Subject {
  readonly weights: HeadWeights;
  /** Keys that are hidden. */
  readonly hide: readonly number[];
  readonly scale: ValueScale;
  readonly palette: Palette;
  readonly pooling: Pooling;
  readonly geometry: CellGeometry;
}

/** Rows and columns of a grid, painted with a pixel for each of its cells. */
interface Tile {
  readonly grid: PooledGrid;
  /** The same without a filter, if there is one: what has a weight in it alone is left out. */
  readonly unfiltered: PooledGrid | null;
  image: HTMLCanvasElement | null;
}

function newCanvas(width: number, height: number): readonly [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return [canvas, contextOf(canvas)];
}

export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no 2D canvas');
  return context;
}

/** A square whose pixels are one of two colours. */
function pattern(
  side: number,
  one: number,
  other: number,
  isOne: (x: number, y: number) => boolean,
): HTMLCanvasElement {
  const [canvas, context] = newCanvas(side, side);
  const image = new ImageData(side, side);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < words.length; ++i) words[i] = isOne(i % side, Math.floor(i / side)) ? one : other;
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * Draws the part of a matrix that is seen. Tiles of 256 x 256 cells (weights pooled by powers of two, so that each
 * is at least a device pixel) are painted once, a pixel a cell, kept as canvases, and enlarged without smoothing when
 * drawn; until a tile is known, the next coarser one, or the overview, stands in for it.
 *
 * Canvas2D, because that was measured to be enough (Chromium 156, no GPU, 640 x 576 pixels of 16 tiles that pan): a
 * frame takes 0.1 ms of script and p95 of the frames is 16.8 ms, while a WebGL context that elements share (browsers
 * take contexts away beyond 16) must be copied to each of them: p95 50 ms, 66 ms with software GL forced on. Painting
 * all pixels anew took 0.6 ms on an idle machine, and 4 ms on a busy one.
 */
export class CellPainter {
  #subject: Subject | null = null;
  #key: readonly unknown[] = [];
  #ramp = new Uint32Array(256);
  #tiles = new Map<string, Tile>();
  #rowMax: Float32Array | null = null;
  /** The whole matrix, a cell for each pixel that it has at first. */
  #whole: Tile | null = null;
  #hatch: CanvasPattern | null = null;
  #dots: CanvasPattern | null = null;
  #chequer: CanvasPattern | null = null;
  #period = 6;

  /** What is painted from now on. @returns whether it is something else than before */
  show(subject: Subject): boolean {
    const { weights, scale, palette, pooling, geometry } = subject;
    const [width, height] = this.#overviewSize(subject);
    const key = [weights, scale, palette, pooling, width, height, geometry.pixelRatio];
    const same = key.every((part, i) => part === this.#key[i]);
    this.#subject = subject;
    if (same) return false;
    this.#key = key;
    this.#tiles.clear();
    this.#rowMax = null;
    this.#hatch = null;
    this.#whole = null;
    this.#ramp = Uint32Array.from(scale.ramp, pixel);
    return true;
  }

  #overviewSize({ weights, geometry }: Subject): readonly [number, number] {
    const size = (count: number, pixels: number): number =>
      weights.whole ? Math.min(count, pixels) : evenBlocks(count, pixels);
    return [size(weights.columns, geometry.pixelWidth), size(weights.rows, geometry.pixelHeight)];
  }

  /** Whether the overview holds every cell, so that there is no need of tiles. */
  get #exact(): boolean {
    const grid = this.#whole?.grid;
    const weights = this.#subject?.weights;
    return grid?.rows === weights?.rows && grid?.columns === weights?.columns;
  }

  /** Cells in a cell of the picture along each axis. */
  covers(window: CellWindow): { readonly down: number; readonly across: number } {
    const grid = this.#whole?.grid;
    const along = (axis: SeenAxis, cells: number | undefined): number =>
      Math.min(
        Math.ceil(axis.count / (cells ?? 1)),
        window.home ? Infinity : 2 ** levelOf(axis.scale * window.pixelRatio),
      );
    return { down: along(window.rows, grid?.rows), across: along(window.columns, grid?.columns) };
  }

  /** The items that share a pixel with this one: first, and how many. */
  block(axis: SeenAxis, cells: 'rows' | 'columns', window: CellWindow, item: number): Span {
    const { count } = axis;
    const blocks = this.#whole?.grid[cells] ?? count;
    if (blocks < count && window.home) {
      let block = Math.min(blocks - 1, Math.floor(((item + 0.5) * blocks) / count));
      if (item < blockStart(block, count, blocks)) --block;
      const first = blockStart(block, count, blocks);
      return { first, count: blockStart(block + 1, count, blocks) - first };
    }
    const items = 2 ** levelOf(axis.scale * window.pixelRatio);
    const first = Math.floor(item / items) * items;
    return { first, count: Math.min(items, count - first) };
  }

  /** A weight; null while it is on its way. */
  value(row: number, column: number): number | null {
    if (this.#subject === null) return null;
    const whole = this.#overview();
    if (whole !== null && this.#exact) return whole.grid.values[row * whole.grid.columns + column] as number;
    const [down, across] = [Math.floor(row / TILE), Math.floor(column / TILE)];
    const tile = this.#tile(0, 0, down, across, Infinity);
    if (tile === null) return null;
    return tile.grid.values[(row - down * TILE) * tile.grid.columns + column - across * TILE] as number;
  }

  /** The whole matrix; null while it is on its way. */
  #overview(): Tile | null {
    const subject = this.#subject;
    if (subject === null) return null;
    if (this.#whole === null) {
      const { weights, pooling } = subject;
      const [width, height] = this.#overviewSize(subject);
      const [rows, columns] = [weights.rows, weights.columns].map((count): Span => ({ first: 0, count })) as [
        Span,
        Span,
      ];
      this.#whole = this.#ask(weights, { rows, columns, height, width, pooling });
    }
    return this.#whole;
  }

  #ask(weights: HeadWeights, request: TileRequest): Tile | null {
    // Both are asked for before one is missed, so that they are on their way together.
    const [grid, unfiltered] = [weights.tile(request), weights.unfiltered?.tile(request)];
    return grid && unfiltered !== null ? { grid, unfiltered: unfiltered ?? null, image: null } : null;
  }

  /** Largest weights of the rows, if the scale wants to know them; null while they are on their way. */
  #rowMaxima({ scale, weights }: Subject): Float32Array | null {
    if (scale.kind !== 'row') return new Float32Array(0);
    const { rows, columns } = weights;
    const all = (count: number): Span => ({ first: 0, count });
    this.#rowMax ??=
      weights.tile({ rows: all(rows), columns: all(columns), height: rows, width: 1, pooling: 'max' })?.values ?? null;
    return this.#rowMax;
  }

  /** The largest weight among some rows. */
  #most(maxima: Float32Array, first: number, end: number): number {
    let most = 0;
    for (let row = first; row < end; ++row) most = Math.max(most, maxima[row] ?? 0);
    return most;
  }

  /** Paints a grid, a pixel a cell. What is masked or hidden stays clear, so that the pattern below is seen. */
  #image({ grid, unfiltered }: Tile, { first, count }: Span): HTMLCanvasElement | null {
    const subject = this.#subject;
    const maxima = subject && this.#rowMaxima(subject);
    if (subject === null || maxima === null) return null;
    const { scale, palette } = subject;
    const { values, rows, columns } = grid;
    const [invalid, ground] = [pixel(palette.invalid), pixel(palette.ground)];
    const image = new ImageData(columns, rows);
    const words = new Uint32Array(image.data.buffer);
    for (let row = 0; row < rows; ++row) {
      const most = this.#most(maxima, first + blockStart(row, count, rows), first + blockStart(row + 1, count, rows));
      for (let i = row * columns; i < (row + 1) * columns; ++i) {
        const value = values[i] as number;
        if (value !== MASKED) {
          words[i] = value !== value ? invalid : (this.#ramp[scale.index(value, most)] as number);
        } else if (unfiltered !== null && unfiltered.values[i] !== MASKED) words[i] = ground;
      }
    }
    const [canvas, context] = newCanvas(columns, rows);
    context.putImageData(image, 0, 0);
    return canvas;
  }

  /** A tile, made if there is time for it; null while it is on its way. */
  #tile(levelDown: number, levelAcross: number, down: number, across: number, until: number): Tile | null {
    const subject = this.#subject;
    if (subject === null) return null;
    const key = `${levelDown},${levelAcross},${down},${across}`;
    let tile = this.#tiles.get(key);
    if (tile === undefined) {
      if (performance.now() > until) return null;
      const { weights, pooling } = subject;
      const rows = tileSpan(weights.rows, levelDown, down);
      const columns = tileSpan(weights.columns, levelAcross, across);
      const made = this.#ask(weights, {
        rows: rows.span,
        columns: columns.span,
        height: rows.pixels,
        width: columns.pixels,
        pooling,
      });
      if (made === null) return null;
      tile = made;
      const [oldest] = this.#tiles.keys();
      if (this.#tiles.size >= MOST_TILES && oldest !== undefined) this.#tiles.delete(oldest);
    } else {
      this.#tiles.delete(key);
    }
    this.#tiles.set(key, tile);
    return tile;
  }

  /**
   * Draws what is seen into a canvas of the window's size.
   * @returns `nothing` while nothing is known (the canvas stays as it was), `late` when there was no time for all of
   *   it, `waiting` when some of it is on its way
   */
  draw(canvas: HTMLCanvasElement, window: CellWindow, fontFamily: string): 'whole' | 'late' | 'waiting' | 'nothing' {
    const until = performance.now() + SLICE;
    const subject = this.#subject;
    const whole = this.#overview();
    if (subject === null || whole === null) return 'nothing';
    whole.image ??= this.#image(whole, { first: 0, count: subject.weights.rows });
    const overview = whole.image;
    if (overview === null) return 'nothing';

    const { columns, rows, pixelRatio } = window;
    const width = Math.round(columns.length * pixelRatio);
    const height = Math.round(rows.length * pixelRatio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const context = contextOf(canvas);
    const [cellWidth, cellHeight] = [columns.scale * pixelRatio, rows.scale * pixelRatio];
    const [left, top] = [Math.round(columns.start * cellWidth), Math.round(rows.start * cellHeight)];
    this.#makePatterns(context, subject);
    /** In device pixels of the whole matrix, so that patterns move along with the cells. */
    const fill = (style: CanvasPattern | string | null, x: number, y: number, w: number, h: number): void => {
      context.fillStyle = style ?? '';
      context.fillRect(x, y, w, h);
    };
    context.setTransform(1, 0, 0, 1, -left % this.#period, -top % this.#period);
    context.imageSmoothingEnabled = false;
    fill(this.#hatch, 0, 0, width + this.#period, height + this.#period);
    context.setTransform(1, 0, 0, 1, -left, -top);
    for (const key of subject.hide) {
      const x = Math.round(key * cellWidth);
      if (key < columns.count) fill(this.#dots, x, top, Math.round((key + 1) * cellWidth) - x, height);
    }

    /** Puts a part of an image, given by the items at its edges, where these items lie. */
    const put = (image: HTMLCanvasElement, from: readonly Span[], to: readonly Span[]): void => {
      const [fromRows, fromColumns, toRows, toColumns] = [...from, ...to] as [Span, Span, Span, Span];
      const across = image.width / fromColumns.count;
      const down = image.height / fromRows.count;
      const x = Math.round(toColumns.first * cellWidth);
      const y = Math.round(toRows.first * cellHeight);
      context.drawImage(
        image,
        (toColumns.first - fromColumns.first) * across,
        (toRows.first - fromRows.first) * down,
        toColumns.count * across,
        toRows.count * down,
        x,
        y,
        Math.round((toColumns.first + toColumns.count) * cellWidth) - x,
        Math.round((toRows.first + toRows.count) * cellHeight) - y,
      );
    };
    const everything = [
      { first: 0, count: rows.count },
      { first: 0, count: columns.count },
    ];
    let complete = true;
    if (window.home || this.#exact) {
      put(overview, everything, everything);
    } else {
      const levelDown = levelOf(cellHeight);
      const levelAcross = levelOf(cellWidth);
      const [firstRow, endRow] = tilesSeen(rows, levelDown);
      const [firstColumn, endColumn] = tilesSeen(columns, levelAcross);
      const spans = (up: number, down: number, across: number): readonly [Span, Span] => [
        tileSpan(rows.count, levelDown + up, down).span,
        tileSpan(columns.count, levelAcross + up, across).span,
      ];
      for (let down = firstRow; down < endRow; ++down) {
        for (let across = firstColumn; across < endColumn; ++across) {
          const to = spans(0, down, across);
          const tile = this.#tile(levelDown, levelAcross, down, across, until);
          if (tile !== null) {
            if (performance.now() < until) tile.image ??= this.#image(tile, to[0]);
            if (tile.image !== null) {
              put(tile.image, to, to);
              continue;
            }
          }
          complete = false;
          let [image, from]: [HTMLCanvasElement, readonly Span[]] = [overview, everything];
          for (let up = 6; up > 0; --up) {
            const [y, x] = [down >> up, across >> up];
            const coarser = this.#tiles.get(`${levelDown + up},${levelAcross + up},${y},${x}`)?.image;
            if (coarser) [image, from] = [coarser, spans(up, y, x)];
          }
          put(image, from, to);
        }
      }
    }
    if (Math.min(columns.scale, rows.scale) >= GAP_FROM) {
      complete = this.#drawCells(context, window, subject, fontFamily) && complete;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (complete) return 'whole';
    return performance.now() > until ? 'late' : 'waiting';
  }

  /** What only large cells have: lines between them, chequers, numbers. @returns whether all weights are known */
  #drawCells(context: CanvasRenderingContext2D, window: CellWindow, subject: Subject, fontFamily: string): boolean {
    const { columns, rows, pixelRatio } = window;
    const maxima = this.#rowMaxima(subject) ?? new Float32Array(0);
    const gap = Math.max(1, Math.round(pixelRatio));
    const { palette, scale } = subject;
    const edges = ({ start, end, scale }: SeenAxis): readonly [number, Int32Array] => {
      const first = Math.floor(start);
      const cell = scale * pixelRatio;
      return [first, Int32Array.from({ length: Math.ceil(end) - first + 1 }, (_, i) => Math.round((first + i) * cell))];
    };
    const [firstRow, y] = edges(rows);
    const [firstColumn, x] = edges(columns);
    const height = y.length - 1;
    const width = x.length - 1;
    const [left, top] = [x[0] as number, y[0] as number];
    context.fillStyle = css(palette.ground);
    for (const edge of x.subarray(1)) context.fillRect(edge - gap, top, gap, (y[height] as number) - top);
    for (const edge of y.subarray(1)) context.fillRect(left, edge - gap, (x[width] as number) - left, gap);
    const values = new Float32Array(height * width);
    let known = true;
    const { unfiltered } = subject.weights;
    const before = unfiltered ? Array.from({ length: height }, (_, row) => unfiltered.row(firstRow + row)) : [];
    const dot = 2 * gap;
    for (let i = 0; i < values.length; ++i) {
      const row = Math.floor(i / width);
      const column = i % width;
      const value = this.value(firstRow + row, firstColumn + column);
      values[i] = value ?? MASKED;
      known &&= value !== null;
      const [x0, y0] = [x[column] as number, y[row] as number];
      const [w, h] = [(x[column + 1] as number) - gap - x0, (y[row + 1] as number) - gap - y0];
      if (value !== null && value !== value) {
        context.fillStyle = this.#chequer ?? '';
        context.fillRect(x0, y0, w, h);
      } else if (value === MASKED && (before[row]?.[firstColumn + column] ?? MASKED) !== MASKED) {
        context.fillStyle = css(palette.muted);
        context.fillRect(x0 + ((w - dot) >> 1), y0 + ((h - dot) >> 1), dot, dot);
      }
    }
    const grid = { values, rows: height, columns: width };
    const rowMax = (row: number): number => maxima[firstRow + row] ?? 0;
    drawCellNumbers(context, grid, { x, y, gap, pixelRatio }, palette, scale, rowMax, fontFamily);
    return known;
  }

  #makePatterns(context: CanvasRenderingContext2D, { palette, geometry: { pixelRatio } }: Subject): void {
    if (this.#hatch !== null) return;
    this.#period = Math.max(3, Math.round(6 * pixelRatio));
    const period = this.#period;
    const line = Math.max(1, Math.round(pixelRatio));
    const square = Math.max(1, Math.round(2 * pixelRatio));
    const ground = pixel(palette.ground);
    const hatch = pattern(period, pixel(palette.hatch), ground, (x, y) => isHatchLine(x, y, period, line));
    const chequer = pattern(2 * square, pixel(palette.invalid), ground, (x, y) => isChequer(x, y, square));
    this.#hatch = context.createPattern(hatch, 'repeat');
    this.#chequer = context.createPattern(chequer, 'repeat');
    const dots = pattern(period, pixel(palette.hatch), ground, (x, y) => isDot(x, y, period, 2 * line));
    this.#dots = context.createPattern(dots, 'repeat');
  }

  /** The whole matrix, a cell for each pixel that it has at first; null while it is not known. */
  get overview(): PooledGrid | null {
    return this.#whole?.image ? this.#whole.grid : null;
  }
}
