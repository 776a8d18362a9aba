import { cellGeometry, type CellGeometry } from '../views/cell-geometry.js';
import { LABEL_SPACING, labelledItems } from '../views/ticks.js';
import type { AxisLabels } from '../views/token-labels.js';

/** Everything about where the parts of the matrix lie, in CSS pixels. */
export interface SheetLayout {
  readonly geometry: CellGeometry;
  /** Queries and keys whose labels are shown. */
  readonly rowItems: readonly number[];
  readonly columnItems: readonly number[];
  /** Width of the column of query labels. */
  readonly rowLabels: number;
  /** Height of the row of key labels. */
  readonly columnLabels: number;
  /** Whether key labels lie flat; otherwise they rise at 45 degrees. */
  readonly flat: boolean;
  /** How far the last rising label reaches over the right edge of the cells. */
  readonly overhang: number;
}

export interface SheetSpace {
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

/** Lays out the matrix: first the labels' widths, then the cells in the room that is left. */
export function layOutSheet(space: SheetSpace): SheetLayout {
  const { queries, keys, width, height, pixelRatio, measure } = space;
  const longest = width < 480 ? 72 : 112;
  const labelWidth = (labels: AxisLabels, item: number): number =>
    Math.min(longest, Math.ceil(measure(labels.label(item))));
  const snap = (length: number): number => Math.ceil(length * pixelRatio) / pixelRatio;

  const fit = (overhang: number, rowLabels: number): CellGeometry =>
    cellGeometry({
      rows: queries.count,
      columns: keys.count,
      width: Math.max(40, width - rowLabels - overhang - 2),
      height,
      pixelRatio,
    });
  const rowWidth = (items: readonly number[]): number =>
    snap(Math.max(LEAST_ROW_LABELS, ...items.map((item) => labelWidth(queries, item) + 12)));
  const overhangOf = (geometry: CellGeometry, items: readonly number[]): number =>
    Math.max(
      0,
      ...items.map(
        (item) => (item + 0.5) * geometry.cellWidth + DIAGONAL * (labelWidth(keys, item) + LINE) - geometry.width,
      ),
    );

  let geometry = fit(0, LEAST_ROW_LABELS);
  const rowItems = (): number[] => labelledItems(queries.count, geometry.cellHeight);
  // Indices lie flat, as many as there is room for; tokens rise, so that none need be left out for its length.
  const spacing = keys.named ? undefined : Math.max(LABEL_SPACING, Math.ceil(measure(String(keys.count))) + 10);
  const columnItems = (): number[] => labelledItems(keys.count, geometry.cellWidth, spacing);
  const rowLabels = rowWidth(rowItems());
  geometry = fit(0, rowLabels);
  const isFlat = (): boolean => {
    const items = columnItems();
    const room = ((items[1] ?? 1) - (items[0] ?? 0)) * geometry.cellWidth - 6;
    return items.every((item) => labelWidth(keys, item) <= room);
  };
  const flat = isFlat();
  if (!flat) geometry = fit(overhangOf(geometry, columnItems()), rowLabels);
  const overhang = flat ? 0 : Math.ceil(overhangOf(geometry, columnItems()));
  const tallest = Math.max(0, ...columnItems().map((item) => labelWidth(keys, item)));
  const columnLabels = flat
    ? LEAST_COLUMN_LABELS
    : Math.max(LEAST_COLUMN_LABELS, Math.ceil(DIAGONAL * (tallest + LINE)) + 6);
  return {
    geometry,
    rowItems: rowItems(),
    columnItems: columnItems(),
    rowLabels,
    columnLabels: snap(columnLabels),
    flat,
    overhang,
  };
}
