import { blockStart, emptyGrid, MASKED, type PooledGrid } from '../../views/pooling.js';
import type { Band } from '../../views/positions.js';
import type { TileRequest } from './head-weights.js';
import type { LastingSession } from './lasting-session.js';

/** Marks what the band leaves nothing of: there the engine says 0. */
function markOutside(grid: PooledGrid, { rows, columns }: TileRequest, band: Band): void {
  const { values } = grid;
  const starts = Array.from({ length: grid.columns + 1 }, (_, x) => blockStart(x, columns.count, grid.columns));
  for (let y = 0; y < grid.rows; ++y) {
    const top = rows.first + blockStart(y, rows.count, grid.rows);
    const bottom = rows.first + blockStart(y + 1, rows.count, grid.rows) - 1;
    for (let x = 0; x < grid.columns; ++x) {
      const left = columns.first + (starts[x] as number);
      const right = columns.first + (starts[x + 1] as number) - 1;
      // The corners that are nearest to the band.
      if (left > bottom + band.right || right < top - band.left) values[y * grid.columns + x] = MASKED;
    }
  }
}

/**
 * A tile as the engine draws it, with the marks that the knobs ask for.
 *
 * @param onProgress told now and then what fraction is drawn, up to 1
 */
export async function drawTile(
  session: Pick<LastingSession, 'tile'>,
  head: number,
  request: TileRequest,
  band: Band,
  signal: AbortSignal,
  onProgress?: (fraction: number) => void,
): Promise<PooledGrid> {
  const { rows, columns, pooling } = request;
  const size = emptyGrid({ rows: rows.count, columns: columns.count }, request.height, request.width);
  const shown = { rows, columns, height: size.rows, width: size.columns, pooling };
  const { data } = await session.tile(head, { ...shown, signal, onProgress });
  const grid = { ...size, values: data };
  markOutside(grid, request, band);
  return grid;
}
