/** Longer side of a thumbnail where there is room for names below it, in CSS pixels as everything here. */
const LARGEST = 56;
/** In a grid of many layers they shrink to this; with the space around them they can still be hit. */
const SMALLEST = 20;
/** Height that a grid of layers should fit into. */
const GRID_HEIGHT = 420;
const LINE = 18;

/** Height from which on a strip of several lines scrolls. */
export const MOST_HEIGHT = 440;
/** Space above thumbnails without names at the edges. */
const PADDING = 4;

/** The names of layers at the left, and of heads above. */
export const LAYER_NAMES = 48;
export const HEAD_NAMES = 36;

export interface StripLayout {
  /** Layers are rows and their heads columns, with names at the edges; otherwise names stand below the thumbnails. */
  readonly layered: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Size of a thumbnail. */
  readonly width: number;
  readonly height: number;
  /** Size of a thumbnail with its names and the space around it. */
  readonly itemWidth: number;
  readonly itemHeight: number;
  /** Height of the whole lines that have room, where not all have; else null. */
  readonly scrollHeight: number | null;
}

export interface StripInput {
  readonly heads: number;
  /** 1 where layers are not told apart. */
  readonly layers: number;
  readonly queries: number;
  readonly keys: number;
  /** Heads are sorted: not by layer, with a figure below each name. */
  readonly sorted: boolean;
  readonly room: number;
}

/** Where the thumbnails of all heads stand: in one line, or a line for each layer, or as many lines as sorted ones need. */
export function layOutStrip({ heads, layers, queries, keys, sorted, room }: StripInput): StripLayout {
  const layered = layers > 1 && !sorted;
  const fitting = Math.max(1, Math.floor(room / (LARGEST + 10)));
  const columns = layered ? heads / layers : layers > 1 ? Math.min(heads, fitting) : heads;
  const rows = Math.ceil(heads / columns);
  const room2d = Math.min((room - LAYER_NAMES) / columns, (GRID_HEIGHT - HEAD_NAMES) / rows) - 4;
  const side = layered ? Math.max(SMALLEST, Math.min(LARGEST, Math.floor(room2d))) : LARGEST;
  // The matrix's proportions, but never a mere line.
  const least = side / 4;
  const longer = Math.max(queries, keys);
  const width = Math.max(least, Math.round((side * keys) / longer));
  const height = Math.max(least, Math.round((side * queries) / longer));
  const itemHeight = layered ? side + 4 : height + 12 + (sorted ? 2 : 1) * LINE;
  const around = layered ? HEAD_NAMES : PADDING;
  const lines = Math.floor((MOST_HEIGHT - around) / itemHeight);
  return {
    layered,
    columns,
    rows,
    width,
    height,
    itemWidth: layered ? side + 4 : LARGEST + 10,
    itemHeight,
    scrollHeight: rows > 1 && rows > lines ? around + lines * itemHeight : null,
  };
}

/** What of the strip is in sight: its scroll position and size. */
export interface Sight {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Places (0 is the first) of the thumbnails in sight, and of a few around them. */
export function placesInSight(layout: StripLayout, heads: number, sight: Sight): number[] {
  const { columns, rows, itemWidth, itemHeight } = layout;
  const span = (from: number, size: number, item: number, count: number): readonly [number, number] => [
    Math.max(0, Math.floor(from / item) - 1),
    Math.min(count, Math.ceil((from + size) / item) + 1),
  ];
  const [left, right] = span(sight.left, sight.width, itemWidth, columns);
  const [top, bottom] = span(sight.top, sight.height, itemHeight, rows);
  const places: number[] = [];
  for (let row = top; row < bottom; ++row) {
    for (let column = left; column < right; ++column) {
      const place = row * columns + column;
      if (place < heads) places.push(place);
    }
  }
  return places;
}
