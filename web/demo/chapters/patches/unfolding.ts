/** Rows and columns of a patch. */
export const PATCH = 2;
/** Places in a patch: p. */
export const PLACES = PATCH * PATCH;

/** Where a token of a map stands when it is unfolded: its place in its patch, and the patch. */
export interface UnfoldedPlace {
  readonly place: number;
  readonly patch: number;
}

export function unfoldedPlace(row: number, column: number, columns: number): UnfoldedPlace {
  return {
    place: (row % PATCH) * PATCH + (column % PATCH),
    patch: Math.floor(row / PATCH) * (columns / PATCH) + Math.floor(column / PATCH),
  };
}

/** (rows, columns, d) to (p, n, d), both row-major. */
export function unfolded(x: Float32Array, rows: number, columns: number): Float32Array {
  return moved(x, rows, columns, (to, from) => [to, from]);
}

/** (p, n, d) to (rows, columns, d). */
export function folded(x: Float32Array, rows: number, columns: number): Float32Array {
  return moved(x, rows, columns, (to, from) => [from, to]);
}

function moved(
  x: Float32Array,
  rows: number,
  columns: number,
  ends: (unfoldedIndex: number, mapIndex: number) => readonly [to: number, from: number],
): Float32Array {
  const count = rows * columns;
  const dim = x.length / count;
  const y = new Float32Array(x.length);
  for (let index = 0; index < count; index++) {
    const { place, patch } = unfoldedPlace(Math.floor(index / columns), index % columns, columns);
    const [to, from] = ends((place * count) / PLACES + patch, index);
    y.set(x.subarray(from * dim, (from + 1) * dim), to * dim);
  }
  return y;
}

/** Weights of one token over the patches (n), put where they belong on the map: 0 at all other places. */
export function onMap(weights: Float32Array, place: number, rows: number, columns: number): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const at = unfoldedPlace(Math.floor(index / columns), index % columns, columns);
    return at.place === place ? (weights[at.patch] ?? NaN) : 0;
  });
}
