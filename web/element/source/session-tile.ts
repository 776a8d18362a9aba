import { blockStart, emptyGrid, MASKED, type PooledGrid } from '../../views/pooling.js';
import type { Band } from '../../views/positions.js';
import type { TileRequest } from './head-weights.js';
import type { LastingSession } from './lasting-session.js';

/** Weights that a worker is asked for in one piece, some hundredths of a second: nothing has to wait longer for it. */
export const CELLS_PER_PIECE = 2 ** 24;

/** Marks what the band leaves nothing of: there the engine says 0. */
function markOutside(grid: PooledGrid, { rows, columns }: TileRequest, band: Band): void {
  const { values } = grid;
  for (let y = 0; y < grid.rows; ++y) {
    const top = rows.first + blockStart(y, rows.count, grid.rows);
    const bottom = rows.first + blockStart(y + 1, rows.count, grid.rows) - 1;
    for (let x = 0; x < grid.columns; ++x) {
      const left = columns.first + blockStart(x, columns.count, grid.columns);
      const right = columns.first + blockStart(x + 1, columns.count, grid.columns) - 1;
      // The corners that are nearest to the band.
      if (left > bottom + band.right || right < top - band.left) values[y * grid.columns + x] = MASKED;
    }
  }
}

/** The greatest common divisor. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/**
 * A tile as the engine draws it, with the marks that the knobs ask for; in pieces, so that it can be stopped and what is
 * asked for later need not wait for all of it.
 *
 * @param onPiece given each piece, and what share of the tile it is
 */
export async function drawTile(
  session: Pick<LastingSession, 'tile'>,
  head: number,
  request: TileRequest,
  band: Band,
  signal: AbortSignal,
  onPiece?: (piece: PooledGrid, share: number) => void,
  cellsPerPiece = CELLS_PER_PIECE,
): Promise<PooledGrid> {
  const { rows, columns, height, width, pooling } = request;
  const grid = emptyGrid({ rows: rows.count, columns: columns.count }, height, width);
  const line = (row: number): number => blockStart(row, rows.count, grid.rows);
  // Only where a block ends at its exact share of the rows are blocks of a piece the same as those of the whole.
  const unit = grid.rows / divisor(grid.rows, rows.count);
  const units = Math.floor((cellsPerPiece * grid.rows) / (rows.count * columns.count * unit));
  const step = Math.max(1, units) * unit;
  for (let row = 0; row < grid.rows; row += step) {
    const end = Math.min(grid.rows, row + step);
    const some = { first: rows.first + line(row), count: line(end) - line(row) };
    const size = { rows: some, columns, height: end - row, width: grid.columns, pooling };
    const { data } = await session.tile(head, { ...size, signal });
    const piece = { values: data, rows: size.height, columns: size.width };
    markOutside(piece, size, band);
    grid.values.set(data, row * grid.columns);
    onPiece?.(piece, piece.rows / grid.rows);
  }
  return grid;
}
