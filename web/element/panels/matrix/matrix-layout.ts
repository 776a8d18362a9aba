import { cellGeometry, type CellGeometry } from '../../../views/cell-geometry.js';
import { LABEL_SPACING, labelledItems } from '../../../views/ticks.js';
import type { AxisLabels } from '../../../views/token-labels.js';

/** Where the parts of the matrix lie, in CSS pixels. */
export interface MatrixLayout {
  /** Cells as they are at first; where not all have room, the matrix pans. */
  readonly geometry: CellGeometry;
  /** Room in which cells are seen: whole device pixels. */
  readonly width: number;
  readonly height: number;
  /** Width of the column of query labels. */
  readonly rowLabels: number;
  /** Height of the row of key labels. */
  readonly columnLabels: number;
  /** Whether key labels lie flat; otherwise they rise at 45 degrees. */
  readonly flat: boolean;
  /** Least distance between two key labels, and between two query labels. */
  readonly columnSpacing: number;
  readonly rowSpacing: number;
  /** How far the last rising label reaches over the right edge of the cells. */
  readonly overhang: number;
}

export interface MatrixSpace {
  readonly queries: AxisLabels;
  readonly keys: AxisLabels;
  /** Width of everything: labels and cells. */
  readonly width: number;
  /** Height for the cells. */
  readonly height: number;
  readonly pixelRatio: number;
  /** Width of a text in the labels' font. */
  measure(text: string): number;
}

const DIAGONAL = Math.SQRT1_2;
const LINE = 16;
/** Room for the words that name the axes. */
const LEAST_ROW_LABELS = 64;
const LEAST_COLUMN_LABELS = 40;
/** Labels that are measured where the matrix has more of them than are shown at first. */
const SAMPLE = 200;

/** Lays out the matrix: first the labels' widths, then the cells in the room that is left. */
export function layOutMatrix(space: MatrixSpace): MatrixLayout {
  const { queries, keys, width, height, pixelRatio, measure } = space;
  const longest = width < 480 ? 72 : 112;
  const labelWidth = (labels: AxisLabels, item: number): number =>
    Math.min(longest, Math.ceil(measure(labels.label(item))));
  const widest = (labels: AxisLabels): number => {
    const items = labels.named ? labelledItems(labels.count, SAMPLE / labels.count, 1) : [labels.count - 1];
    return Math.max(0, ...items.map((item) => labelWidth(labels, item)));
  };
  const up = (length: number): number => Math.ceil(length * pixelRatio) / pixelRatio;
  const down = (length: number): number => Math.floor(length * pixelRatio) / pixelRatio;

  const rowLabels = up(Math.max(LEAST_ROW_LABELS, widest(queries) + 12));
  const room = (overhang: number): number => down(Math.max(40, width - rowLabels - overhang - 2));
  const fit = (overhang: number): CellGeometry =>
    cellGeometry({ rows: queries.count, columns: keys.count, width: room(overhang), height: down(height), pixelRatio });
  let geometry = fit(0);
  const widestKey = widest(keys);
  // Indices lie flat, as many as there is room for; tokens rise, so that none need be left out for its length.
  const flat = !keys.named || widestKey <= geometry.cellWidth - 6;
  const overhangOf = ({ cellWidth, width }: CellGeometry): number =>
    Math.max(
      0,
      ...labelledItems(keys.count, cellWidth).map(
        (item) => (item + 0.5) * cellWidth + DIAGONAL * (labelWidth(keys, item) + LINE) - width,
      ),
    );
  if (!flat) geometry = fit(overhangOf(geometry));
  const overhang = flat ? 0 : Math.ceil(overhangOf(geometry));
  const columnSpacing = flat ? Math.max(LABEL_SPACING, widestKey + 10) : LABEL_SPACING;
  const { cellWidth, cellHeight } = geometry;
  // Indices along cells that are too small to have one each are the same on both axes.
  const even = flat && !queries.named && cellHeight === cellWidth && cellHeight < LABEL_SPACING;
  return {
    geometry,
    width: Math.min(geometry.width, room(overhang)),
    height: Math.min(geometry.height, down(height)),
    rowLabels,
    columnLabels: flat
      ? LEAST_COLUMN_LABELS
      : up(Math.max(LEAST_COLUMN_LABELS, Math.ceil(DIAGONAL * (widestKey + LINE)) + 6)),
    flat,
    columnSpacing,
    rowSpacing: even ? columnSpacing : LABEL_SPACING,
    overhang,
  };
}
