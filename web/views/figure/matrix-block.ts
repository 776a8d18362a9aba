import { cellEdges, cellGeometry } from '../cell-geometry.js';
import { cellLook } from '../cell-numbers.js';
import type { Palette } from '../palette.js';
import { MASKED, type Missing, type PooledGrid } from '../pooling.js';
import { rasterRows, rowMaximum } from '../raster.js';
import { LABEL_SPACING, labelledItems } from '../ticks.js';
import type { AxisLabels } from '../token-labels.js';
import type { ValueScale } from '../value-scale.js';
import { shortened, MIDDLE, type Block, type Fill, type Mark, type Measure } from './drawing.js';

/** A matrix of weights as cells. */
export interface MatrixView {
  /** What it is called where there are several; else null. */
  readonly title: string | null;
  /** At most a value for each pixel of RASTER_SIDE. */
  readonly grid: PooledGrid;
  /** Why a cell of the grid has no weight. */
  readonly missing: (row: number, column: number) => Missing;
  readonly rows: number;
  readonly columns: number;
  readonly scale: ValueScale;
  readonly queries: AxisLabels;
  readonly keys: AxisLabels;
  readonly queryWord: string;
  readonly keyWord: string;
}

/** Room for the cells of one matrix, in CSS pixels, and pixels of it where they are drawn as such. */
export const CELL_ROOM = 640;
export const PIXEL_RATIO = 2;
export const RASTER_SIDE = CELL_ROOM * PIXEL_RATIO;

/** More cells than that are pixels, not shapes. */
export const MOST_SHAPES = 5000;

const LABEL_LENGTH = 112;
const SIZE = 13;
const WORD_SIZE = 12;
const SIN_45 = Math.SQRT1_2;

/** Lays out a matrix with the labels of its axes. */
export function matrixBlock(view: MatrixView, room: number, palette: Palette, measure: Measure): Block {
  const { rows, columns, queries, keys } = view;
  const geometry = cellGeometry({ rows, columns, width: room, height: room, pixelRatio: PIXEL_RATIO });
  const { width, height, cellWidth, cellHeight } = geometry;
  const named = (labels: AxisLabels, items: readonly number[]): { at: number; text: string; width: number }[] =>
    items.map((item) => {
      const text = shortened(labels.label(item), SIZE, LABEL_LENGTH, measure);
      return { at: item + 0.5, text, width: measure(text, SIZE) };
    });
  const rowLabels = named(queries, labelledItems(rows, cellHeight));
  const spacing = keys.named ? LABEL_SPACING : measure(String(columns), SIZE) + 10;
  const columnLabels = named(keys, labelledItems(columns, cellWidth, spacing));
  const level = !keys.named || columnLabels.every((label) => label.width <= cellWidth - 4);
  const longest = Math.max(0, ...columnLabels.map((label) => label.width));
  const headRoom = level ? SIZE + 8 : 12 + SIN_45 * (longest + SIZE);
  const overhang = level
    ? 0
    : Math.max(0, ...columnLabels.map((label) => label.at * cellWidth + SIN_45 * (label.width + SIZE) - width));

  const left = 22 + Math.max(0, ...rowLabels.map((label) => label.width)) + 8;
  const titleRoom = view.title === null ? 0 : 24;
  const top = titleRoom + 20 + headRoom;
  const quiet = { kind: 'text', size: WORD_SIZE, fill: palette.muted } as const;
  const label = { kind: 'text', size: SIZE, fill: palette.text } as const;
  const marks: Mark[] = [
    { kind: 'group', x: left, y: top, marks: cellMarks(view, geometry, palette, measure) },
    { kind: 'frame', x: left, y: top, width, height, stroke: palette.hatch },
    { ...quiet, x: left, y: titleRoom + WORD_SIZE, text: view.keyWord },
    { ...quiet, x: WORD_SIZE, y: top, text: view.queryWord, anchor: 'end', turn: -90 },
    ...rowLabels.map(({ at, text }) => ({
      ...label,
      ...{ x: left - 8, y: top + at * cellHeight + MIDDLE * SIZE, text, anchor: 'end' as const },
    })),
    ...columnLabels.map(({ at, text }) =>
      level
        ? { ...label, x: left + at * cellWidth, y: top - 8, text, anchor: 'middle' as const }
        : { ...label, x: left + at * cellWidth + MIDDLE * SIZE * SIN_45, y: top - 6, text, turn: -45 },
    ),
  ];
  if (view.title !== null) marks.push({ ...label, bold: true, x: 0, y: SIZE, text: view.title });
  const titleWidth = view.title === null ? 0 : measure(view.title, SIZE, true);
  return { width: Math.max(left + width + overhang, titleWidth), height: top + height, marks };
}

function cellMarks(
  { grid, scale, missing }: MatrixView,
  geometry: ReturnType<typeof cellGeometry>,
  palette: Palette,
  measure: Measure,
): Mark[] {
  const edges = cellEdges(geometry, grid.rows, grid.columns);
  if (grid.rows * grid.columns > MOST_SHAPES) {
    const { pixelWidth, pixelHeight, width, height } = geometry;
    const raster = {
      width: pixelWidth,
      height: pixelHeight,
      draw(context: CanvasRenderingContext2D): void {
        const image = context.createImageData(pixelWidth, pixelHeight);
        const target = { words: new Uint32Array(image.data.buffer), width: pixelWidth };
        rasterRows(target, grid, edges, palette, scale, 0, grid.rows, missing);
        context.putImageData(image, 0, 0);
      },
    };
    return [{ kind: 'raster', x: 0, y: 0, width, height, raster }];
  }
  const ends = (at: Int32Array, i: number): [number, number] => {
    const start = (at[i] as number) / PIXEL_RATIO;
    return [start, ((at[i + 1] as number) - edges.gap) / PIXEL_RATIO - start];
  };
  return Array.from({ length: grid.rows }, (_, row) => {
    const most = rowMaximum(grid, row, scale.diverging);
    const [y, height] = ends(edges.y, row);
    return Array.from({ length: grid.columns }, (_, column): Mark[] => {
      const value = grid.values[row * grid.columns + column] as number;
      const [x, width] = ends(edges.x, column);
      const colour = scale.ramp[scale.index(value, most)] ?? palette.ground;
      const why = value === MASKED ? missing(row, column) : null;
      if (why === 'leftOut') return [dot(x + width / 2, y + height / 2, palette)];
      const fill: Fill = why ?? (Number.isNaN(value) ? 'invalid' : colour);
      const look = cellLook(value, Math.min(geometry.cellWidth, geometry.cellHeight), colour, palette);
      const cell: Mark = { kind: 'rect', x, y, width, height, fill };
      if (look === null) return [cell];
      const { text, ink } = look;
      const size = look.size * Math.min(1, (width - 2) / measure(text, look.size));
      const middle = { x: x + width / 2, y: y + height / 2 };
      return [
        cell,
        // A chequer below the word would make it unreadable.
        ...(fill === 'invalid' ? [plate(x, y, width, height, palette)] : []),
        { kind: 'text', x: middle.x, y: middle.y + MIDDLE * size, text, size, fill: ink, anchor: 'middle' },
      ];
    }).flat();
  }).flat();
}

/** In the middle of a cell that is left out. */
function dot(x: number, y: number, { muted }: Palette): Mark {
  return { kind: 'rect', x: x - 1, y: y - 1, width: 2, height: 2, fill: muted };
}

function plate(x: number, y: number, width: number, height: number, { ground }: Palette): Mark {
  return {
    kind: 'rect',
    x: x + 0.12 * width,
    y: y + 0.32 * height,
    width: 0.76 * width,
    height: 0.36 * height,
    fill: ground,
  };
}
