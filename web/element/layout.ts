/** From this width on the read-out stands beside the views; all in CSS pixels. */
const WIDE_FROM = 680;
const READOUT_WIDTH = 224;
const EXPLAINER_WIDTH = 320;
const BODY_GAP = 32;

/** From this width on pictures that are compared stand side by side, and from this one on with the read-out beside them. */
const COLUMNS_FROM = 720;
const COLUMNS_WIDE_FROM = 1200;
const COLUMN_GAP = 16;

/** How the element shares out its width. */
export interface Layout {
  /** What stands above views and read-out has all of it. */
  readonly width: number;
  /** Of the read-out and the explainer beside the views; 0 where they stand below. */
  readonly side: number;
  /** Pictures that are compared, side by side. */
  readonly columns: number;
  /** Width of each. */
  readonly room: number;
}

export function layoutOf(width: number, explaining: boolean, comparing: boolean): Layout {
  const columns = comparing && width >= COLUMNS_FROM ? 3 : 1;
  const beside = width >= (columns === 1 ? WIDE_FROM : COLUMNS_WIDE_FROM);
  const side = !beside ? 0 : explaining ? EXPLAINER_WIDTH : READOUT_WIDTH;
  const views = beside ? width - side - BODY_GAP : width;
  return { width, side, columns, room: Math.floor((views - (columns - 1) * COLUMN_GAP) / columns) };
}
