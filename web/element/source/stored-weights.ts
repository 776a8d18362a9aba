import { emptyGrid, noSurvey, poolBlocks, type BlockValue, type PooledGrid, type Survey } from '../../views/pooling.js';
import { copyRows, markedCells, surveyRows, type Cells, type Rows } from '../../views/rows.js';
import type { HeadWeights, TileRequest } from './head-weights.js';
import { Pacer } from './pacer.js';
import type { TileCache } from './tile-cache.js';

/** Tiles of at most so many cells are made at once, larger ones in slices. */
const CELLS_AT_ONCE = 2 ** 19;

let lastName = 0;

export function tileKey({ rows, columns, height, width, pooling }: TileRequest): string {
  return [rows.first, rows.count, columns.first, columns.count, height, width, pooling].join();
}

/** Weights in memory, of which tiles are made and kept for a while. */
export class StoredWeights implements HeadWeights {
  readonly whole = true;
  readonly rows: number;
  readonly columns: number;
  readonly #name = `${++lastName}:`;
  readonly #survey: () => Survey | null;

  /** @param signed whether the weights are differences, of which a pixel shows the one farthest from 0 */
  constructor(
    readonly cells: Cells,
    survey: () => Survey | null,
    readonly cache: TileCache,
    readonly signed = false,
  ) {
    this.rows = cells.rows;
    this.columns = cells.columns;
    this.#survey = survey;
  }

  get range(): readonly [number, number] | null {
    const survey = this.#survey();
    return survey && [survey.min, survey.max];
  }

  row(query: number): Float32Array {
    return this.cells.read(query).slice();
  }

  column(key: number): Float32Array {
    return Float32Array.from({ length: this.rows }, (_, query) => this.cells.cell(query, key));
  }

  tile(request: TileRequest): PooledGrid | null {
    const { rows, columns, height, width, pooling } = request;
    const how: BlockValue = pooling === 'max' && this.signed ? 'extreme' : pooling;
    const grid = emptyGrid({ rows: rows.count, columns: columns.count }, height, width);
    const pool = (from: number, to: number): void => poolBlocks(this.cells, rows, columns, how, grid, from, to);
    const cells = rows.count * this.cells.cost;
    const key = this.#name + tileKey(request);
    if (cells > CELLS_AT_ONCE) {
      const run = async (signal: AbortSignal): Promise<PooledGrid> => {
        await new Pacer(signal).rows(grid.rows, cells / grid.rows, pool);
        return grid;
      };
      return this.cache.ask({ key, lane: 0, run });
    }
    const kept = this.cache.get<PooledGrid>(key);
    if (kept !== null) return kept;
    pool(0, grid.rows);
    this.cache.put(key, grid);
    return grid;
  }
}

/** Who keeps weights, and is told of them. */
export interface Keeper {
  readonly cache: TileCache;
  changed(): void;
  failed(error: unknown): void;
}

/** Weights that are computed row by row from others and then kept: all is null until they are. */
export class DerivedWeights implements HeadWeights {
  readonly rows: number;
  readonly columns: number;
  readonly #stop = new AbortController();
  #stored: StoredWeights | null = null;

  /** @param signed as of StoredWeights */
  constructor(
    source: Rows,
    { cache, changed, failed }: Keeper,
    signed = false,
    readonly unfiltered?: HeadWeights,
  ) {
    this.rows = source.rows;
    this.columns = source.columns;
    const data = new Float32Array(this.rows * this.columns);
    const cells = markedCells(data, this.rows, this.columns);
    const survey = noSurvey();
    const done = (): void => {
      this.#stored = new StoredWeights(cells, () => survey, cache, signed);
      changed();
    };
    const pacer = new Pacer(this.#stop.signal);
    const work = (from: number, to: number): void => {
      copyRows(source, data, from, to);
      surveyRows(cells, survey, from, to);
    };
    pacer.rows(this.rows, source.cost, work).then(done, (error: unknown) => {
      if (!this.#stop.signal.aborted) failed(error);
    });
  }

  get whole(): boolean {
    return this.#stored !== null;
  }

  get range(): readonly [number, number] | null {
    return this.#stored?.range ?? null;
  }

  row(query: number): Float32Array | null {
    return this.#stored?.row(query) ?? null;
  }

  column(key: number): Float32Array | null {
    return this.#stored?.column(key) ?? null;
  }

  tile(request: TileRequest): PooledGrid | null {
    return this.#stored?.tile(request) ?? null;
  }

  /** Stops the computation. */
  readonly dispose = (): void => this.#stop.abort();
}
