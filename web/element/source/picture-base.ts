import type { PooledGrid, Survey } from '../../views/pooling.js';
import type { Scene } from '../scene.js';
import { differenceOf } from './difference-weights.js';
import { scoreOf } from './explain-cell.js';
import type { HeadWeights } from './head-weights.js';
import type { PictureListener, Transforms } from './picture.js';
import type { Keeper } from './stored-weights.js';
import { TileCache } from './tile-cache.js';

/** Longer side of a thumbnail, in CSS pixels. */
export const THUMBNAIL_SIZE = 56;

/** How many bytes of tiles, rows and columns are kept. */
const CACHE_BYTES = 2 ** 25;

const nothing = (): null => null;

/** Weights of which nothing is known yet. */
export function unknownWeights(rows: number, columns: number): HeadWeights {
  return { rows, columns, whole: false, range: null, row: nothing, column: nothing, tile: nothing };
}

function bytesOf(value: unknown): number {
  return (value instanceof Float32Array ? value : (value as PooledGrid).values).byteLength;
}

/** What stored and computed pictures have in common. */
export abstract class PictureBase {
  protected readonly keeper: Keeper;
  readonly #stop = new AbortController();
  #words: Scene | null = null;

  constructor(
    readonly scene: Scene,
    readonly pixelRatio: number,
    readonly listener: PictureListener,
    atOnce: number,
  ) {
    const changed = (): void => {
      if (!this.signal.aborted) listener.changed();
    };
    const told = { changed, failed: (error: unknown) => this.fail(error) };
    this.keeper = { ...told, cache: new TileCache({ bytes: CACHE_BYTES, atOnce, bytesOf, ...told }) };
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  protected abstract get surveys(): readonly (Survey | null)[];

  get max(): number {
    return this.surveys.reduce((most, head) => Math.max(most, head?.max ?? 0), 0);
  }

  get min(): number {
    return this.surveys.reduce((least, head) => Math.min(least, head?.min ?? 0), 0);
  }

  get hasMasked(): boolean {
    return this.surveys.some((head) => head?.hasMasked === true);
  }

  get hasInvalid(): boolean {
    return this.surveys.some((head) => head?.hasInvalid === true);
  }

  /** Does what takes a while, not before whoever made the picture has it; then tells. */
  protected background(work: () => Promise<void>, done: () => void, signal = this.signal): void {
    Promise.resolve()
      .then(work)
      .then(
        () => {
          if (!signal.aborted) done();
        },
        (error: unknown) => {
          if (!signal.aborted) this.fail(error);
        },
      );
  }

  protected fail(error: unknown): void {
    if (this.signal.aborted) return;
    this.dispose();
    this.listener.failed(error);
  }

  score(head: number, query: number, key: number, settings = { mergeWords: false }): number | null {
    return scoreOf(this.shownScene(settings), head, query, key);
  }

  shownScene({ mergeWords }: Pick<Transforms, 'mergeWords'>): Scene {
    const { scene } = this;
    const { words } = scene;
    if (!mergeWords || words === null) return scene;
    const keyLabels = scene.keyLabels.merged(words);
    this.#words ??= {
      ...scene,
      queries: words.length,
      keys: words.length,
      queryLabels: scene.same ? keyLabels : scene.queryLabels.merged(words),
      keyLabels,
      words: null,
      image: null,
      vectors: null,
      weights: null,
    };
    return this.#words;
  }

  difference(one: HeadWeights, other: HeadWeights): HeadWeights {
    return differenceOf(one, other, this.keeper);
  }

  dispose(): void {
    this.#stop.abort();
    this.keeper.cache.dispose();
  }
}
