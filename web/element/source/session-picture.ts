import type { HeadStatistics } from '../../../wasm-bindings/js/attention-session.js';
import { headOrder } from '../../views/head-statistics.js';
import {
  emptyGrid,
  evenBlocks,
  MASKED,
  noSurvey,
  poolBlocks,
  type PooledGrid,
  type Span,
  type Survey,
} from '../../views/pooling.js';
import { bandOf, isOutside, type Band } from '../../views/positions.js';
import { markedCells, surveyRows } from '../../views/rows.js';
import type { Scene, Vectors } from '../scene.js';
import type { Sort } from '../settings.js';
import { openSession } from './engine.js';
import type { HeadWeights, TileRequest } from './head-weights.js';
import { LastingSession } from './lasting-session.js';
import { PictureBase, THUMBNAIL_SIZE } from './picture-base.js';
import type { Picture, PictureListener, Showing } from './picture.js';
import { drawTile } from './session-tile.js';
import { tileKey } from './stored-weights.js';

/** Longer side of most matrices in a page, in CSS pixels. */
const MATRIX_SIZE = 640;

/** Rows and tiles do not wait for each other: a worker has a row soon, whatever else it does. */
const [TILES, ROWS] = [0, 1];

const keyOf = (head: number, what: string): string => `${head}:${what}`;

const whole = (count: number): Span => ({ first: 0, count });

/** A whole head, as the matrix asks for it where it is about as large as most. */
function overviewOf({ queries, keys }: Scene, pixelRatio: number): TileRequest {
  const blocks = (count: number): number => evenBlocks(count, MATRIX_SIZE * pixelRatio);
  const size = { height: blocks(queries), width: blocks(keys) };
  return { rows: whole(queries), columns: whole(keys), ...size, pooling: 'max' };
}

/** A whole head in small. */
function thumbnailOf({ queries, keys }: Scene, pixelRatio: number): TileRequest {
  const side = THUMBNAIL_SIZE * pixelRatio;
  const { rows: height, columns: width } = emptyGrid({ rows: queries, columns: keys }, side, side);
  return { rows: whole(queries), columns: whole(keys), height, width, pooling: 'max' };
}

/** A grid in small. */
function pooled(grid: PooledGrid, { height, width }: TileRequest): PooledGrid {
  const { values, rows, columns } = grid;
  const small = emptyGrid(grid, height, width);
  poolBlocks(markedCells(values, rows, columns), whole(rows), whole(columns), 'max', small, 0, small.rows);
  return small;
}

/** Weights of which the engine computes what is looked at. */
class SessionWeights implements HeadWeights {
  readonly whole = false;
  readonly rows: number;
  readonly columns: number;

  constructor(
    readonly picture: SessionPicture,
    readonly head: number,
  ) {
    this.rows = picture.scene.queries;
    this.columns = picture.scene.keys;
  }

  get range(): readonly [number, number] | null {
    const survey = this.picture.survey(this.head);
    return survey && [survey.min, survey.max];
  }

  row(query: number): Float32Array | null {
    const { picture, head } = this;
    return picture.ask(
      head,
      `row ${query}`,
      async (session, signal) => {
        const weights = await session.row(head, query, { signal });
        return weights.map((weight, key) => (isOutside(picture.band, query, key) ? MASKED : weight));
      },
      ROWS,
    );
  }

  column(key: number): Float32Array | null {
    const rows = { first: 0, count: this.rows };
    const request = { rows, columns: { first: key, count: 1 }, height: this.rows, width: 1, pooling: 'max' } as const;
    return this.tile(request)?.values ?? null;
  }

  tile(request: TileRequest): PooledGrid | null {
    const { picture, head } = this;
    return picture.ask(head, tileKey(request), (session, signal) =>
      drawTile(session, head, request, picture.band, signal),
    );
  }
}

/** The weights of all heads in the engine, which computes what is looked at and keeps none. */
export class SessionPicture extends PictureBase implements Picture {
  readonly whole = false;
  readonly canTransform = false;
  readonly weights = null;
  readonly band: Band;
  readonly #weights: readonly SessionWeights[];
  /**
   * What the first head is drawn as, which is nearly always the one that is shown first: both the matrix and its thumbnail
   * come from it. Of all heads that would take the page longer than it saves the workers.
   */
  readonly #overview: TileRequest;
  readonly #thumbnails: (PooledGrid | null)[];
  known = 0;
  /** Of the largest weights of each block. */
  protected readonly surveys: (Survey | null)[];
  readonly #statistics: (HeadStatistics | null)[];
  #session: LastingSession | null = null;
  #counting = false;

  constructor(scene: Scene, vectors: Vectors, pixelRatio: number, listener: PictureListener) {
    // One is under way while the answer to the other travels.
    super(scene, pixelRatio, listener, 2);
    this.band = bandOf(scene.knobs);
    this.#overview = overviewOf(scene, pixelRatio);
    this.surveys = Array<null>(scene.heads).fill(null);
    this.#statistics = Array<null>(scene.heads).fill(null);
    this.#thumbnails = Array<null>(scene.heads).fill(null);
    this.#weights = this.surveys.map((_, head) => new SessionWeights(this, head));
    this.background(
      () => this.#open(vectors),
      () => listener.ready(),
    );
  }

  async #open(vectors: Vectors): Promise<void> {
    const { signal, listener, scene } = this;
    const session = await LastingSession.opened(() => openSession(scene, vectors, signal));
    if (signal.aborted) return session.dispose();
    this.#session = session;
    listener.changed();
    const drawn = new Float64Array(scene.heads);
    const small = thumbnailOf(scene, this.pixelRatio);
    await this.#inEachWorker(session, async (head) => {
      const request = head === 0 ? this.#overview : small;
      const grid = await drawTile(session, head, request, this.band, signal, (fraction) => {
        drawn[head] = fraction;
        listener.progress(drawn.reduce((sum, one) => sum + one, 0) / scene.heads);
      });
      const survey = { ...noSurvey(), hasMasked: this.#hidesAny };
      surveyRows(markedCells(grid.values, grid.rows, grid.columns), survey, 0, grid.rows);
      this.surveys[head] = survey;
      if (head === 0) this.keeper.cache.put(keyOf(head, tileKey(request)), grid);
      this.#thumbnails[head] = head === 0 ? pooled(grid, small) : grid;
      ++this.known;
      listener.changed();
    });
  }

  /**
   * Goes through all heads, those of each worker in their order. Behind each waits the next one, so that no worker waits
   * for a page that is busy drawing.
   */
  async #inEachWorker(session: LastingSession, work: (head: number) => Promise<void>): Promise<void> {
    const lanes: number[][] = [];
    this.surveys.forEach((_, head) => (lanes[session.workerOf(head)] ??= []).push(head));
    const goThrough = async (heads: number[]): Promise<void> => {
      for (let head = heads.shift(); head !== undefined; head = heads.shift()) await work(head);
    };
    await Promise.all(lanes.flatMap((heads) => [goThrough(heads), goThrough(heads)]));
  }

  /** Whether the knobs hide any cell. */
  get #hidesAny(): boolean {
    const { queries, keys } = this.scene;
    return isOutside(this.band, 0, keys - 1) || isOutside(this.band, queries - 1, 0);
  }

  /**
   * Has the engine compute something of a head, unless it is known; null before the engine is there.
   *
   * @param kind what does not wait for others before the worker has it
   */
  ask<T>(
    head: number,
    what: string,
    run: (session: LastingSession, signal: AbortSignal) => Promise<T>,
    kind = TILES,
  ): T | null {
    const session = this.#session;
    if (session === null) return null;
    // This comes by itself.
    if (head === 0 && this.#thumbnails[head] === null && what === tileKey(this.#overview)) return null;
    const lane = 2 * session.workerOf(head) + kind;
    return this.keeper.cache.ask({ key: keyOf(head, what), lane, run: (signal) => run(session, signal) });
  }

  /** What is known of a whole head. */
  survey(head: number): Survey | null {
    return this.#thumbnails[head] ? (this.surveys[head] ?? null) : null;
  }

  thumbnail(head: number): PooledGrid | null {
    return this.#thumbnails[head] ?? null;
  }

  head(head: number): HeadWeights {
    return this.#weights[head] as HeadWeights;
  }

  shown({ head }: Showing): HeadWeights {
    return this.head(head);
  }

  statistics(head: number): HeadStatistics | null {
    const session = this.#session;
    if (!this.#counting && session !== null && this.known === this.scene.heads) {
      this.#counting = true;
      const { signal } = this;
      const count = async (one: number): Promise<void> => {
        this.#statistics[one] = await session.statistics(one, { signal });
        this.listener.changed();
      };
      this.background(() => this.#inEachWorker(session, count), this.keeper.changed);
    }
    return this.#statistics[head] ?? null;
  }

  order(sort: Sort): readonly number[] {
    if (sort !== 'none') this.statistics(0);
    return headOrder(this.#statistics, sort);
  }

  override dispose(): void {
    super.dispose();
    this.#session?.dispose();
    this.#session = null;
  }
}
