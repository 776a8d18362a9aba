import {
  addStatistics,
  headOrder,
  meanStatistics,
  noStatistics,
  type HeadStatistics,
} from '../../views/head-statistics.js';
import { emptyGrid, noSurvey, poolBlocks, type PooledGrid, type Survey } from '../../views/pooling.js';
import { bandOf } from '../../views/positions.js';
import { plainCells, type Cells, type Rows } from '../../views/rows.js';
import { composed, filtered, mergedWords, withoutKeys } from '../../views/transforms.js';
import type { Scene } from '../scene.js';
import type { Sort } from '../settings.js';
import { computeWeights } from './engine.js';
import type { HeadWeights } from './head-weights.js';
import { Pacer } from './pacer.js';
import { PictureBase, THUMBNAIL_SIZE, unknownWeights } from './picture-base.js';
import type { Picture, PictureListener, Showing, Transforms } from './picture.js';
import { DerivedWeights, StoredWeights } from './stored-weights.js';

/** Share of the progress that goes to computing; the rest is reading. */
const COMPUTING = 0.8;

/** Least milliseconds from one telling that more heads are known to the next. */
const TELL_EVERY = 100;

/**
 * How many bytes of weights are kept that were made of others; at least those of two filtered pictures, with the hidden
 * ones that these are made of.
 */
const DERIVED_BYTES = 2 ** 26;
const LEAST_DERIVED = 4;

/** What is known of a head that was read. */
interface HeadSurvey extends Survey {
  readonly thumbnail: PooledGrid;
}

const UNTOUCHED: Transforms = { hide: [], mergeWords: false };
const UNTOUCHED_KEY = ';false';

/** The weights of all heads in memory: given, or computed. */
export class StoredPicture extends PictureBase implements Picture {
  readonly whole = true;
  readonly canTransform = true;
  weights: Float32Array | null = null;
  readonly #heads: (Cells | null)[];
  /** What is known of the heads as they are, and as they are shown now: after merging, hiding and filtering. */
  readonly #plain: (HeadSurvey | null)[];
  known = 0;
  #shown: readonly (HeadSurvey | null)[];
  #shownKey = '';
  #transforms = UNTOUCHED;
  #surveying: AbortController | null = null;
  readonly #plainWeights = new Map<number, HeadWeights>();
  /** Those used last stand last. */
  readonly #derived = new Map<string, DerivedWeights>();
  /** After merging and hiding; those by which heads are in order until all of these are known. */
  #statistics: (HeadStatistics | null)[];
  #ordering: readonly (HeadStatistics | null)[];
  #countedKey = '';
  #counting: AbortController | null = null;

  constructor(scene: Scene, pixelRatio: number, listener: PictureListener) {
    super(scene, pixelRatio, listener, 1);
    const none = <T>(): (T | null)[] => Array<T | null>(scene.heads).fill(null);
    this.#heads = none();
    this.#plain = none();
    this.#shown = this.#plain;
    this.#statistics = none();
    this.#ordering = this.#statistics;
    this.background(
      () => this.#produce(),
      () => listener.ready(),
    );
  }

  async #produce(): Promise<void> {
    const { scene, signal, listener } = this;
    const { heads, queries, keys, vectors, weights } = scene;
    // A window is none of ready weights, whose page says at most that they are causal.
    const band = bandOf(vectors === null ? { causal: scene.knobs.causal, window: undefined } : scene.knobs);
    const pacer = new Pacer(signal);
    const cells = queries * keys;
    let computed = vectors === null ? 1 : 0;
    let told = performance.now();
    const report = (): void => {
      const read = this.known / heads;
      listener.progress(vectors === null ? read : COMPUTING * computed + (1 - COMPUTING) * read);
    };
    const read = async (head: number, data: Float32Array): Promise<void> => {
      if (signal.aborted || this.#heads[head] !== null) return;
      const known = plainCells(data, queries, keys, band);
      this.#heads[head] = known;
      this.#plain[head] = await this.#survey(known, pacer);
      ++this.known;
      this.#plainWeights.set(head, new StoredWeights(known, () => this.#plain[head] ?? null, this.keeper.cache));
      report();
      const now = performance.now();
      if (now - told > TELL_EVERY) {
        told = now;
        listener.changed();
      }
    };
    if (vectors === null) {
      this.weights = weights ?? new Float32Array(0);
      for (let head = 0; head < heads; ++head)
        await read(head, this.weights.subarray(head * cells, (head + 1) * cells));
      return;
    }
    let reading = Promise.resolve();
    const all = await computeWeights(scene, vectors, signal, {
      onHead(head, data) {
        reading = reading.then(() => read(head, data));
        // Whoever awaits `reading` below hears of it; until then it must not count as unhandled.
        reading.catch(() => undefined);
      },
      onProgress(fraction) {
        if (signal.aborted) return;
        computed = fraction;
        report();
      },
    });
    await reading;
    this.weights = all;
  }

  async #survey(rows: Rows, pacer: Pacer): Promise<HeadSurvey> {
    const side = THUMBNAIL_SIZE * this.pixelRatio;
    const thumbnail = emptyGrid(rows, side, side);
    const survey = noSurvey();
    const all = { rows: { first: 0, count: rows.rows }, columns: { first: 0, count: rows.columns } };
    await pacer.rows(thumbnail.rows, (rows.rows * rows.cost) / thumbnail.rows, (from, to) =>
      poolBlocks(rows, all.rows, all.columns, 'max', thumbnail, from, to, survey),
    );
    return { ...survey, thumbnail };
  }

  protected get surveys(): readonly (Survey | null)[] {
    return this.#shown;
  }

  thumbnail(head: number): PooledGrid | null {
    return this.#shown[head]?.thumbnail ?? null;
  }

  #keyOf({ hide, mergeWords }: Transforms): string {
    return `${hide.join()};${mergeWords && this.scene.words !== null}`;
  }

  /** One head after merging and hiding; null as long as it is not known. @param instead as of withoutKeys */
  #rows(head: number, { hide, mergeWords }: Transforms, instead?: number): Rows | null {
    const plain = this.#heads[head] ?? null;
    if (plain === null || this.#plain[head] === null) return null;
    const { words } = this.scene;
    const merged = mergeWords && words !== null ? mergedWords(plain, words) : plain;
    const hidden = hide.filter((key) => key < merged.columns);
    return hidden.length === 0 ? merged : withoutKeys(merged, hidden, instead);
  }

  head(head: number, transforms: Transforms = UNTOUCHED): HeadWeights {
    const { queries, keys } = this.shownScene(transforms);
    const unknown = unknownWeights(queries, keys);
    const key = this.#keyOf(transforms);
    if (key === UNTOUCHED_KEY) return this.#plainWeights.get(head) ?? unknown;
    return this.#derive(`${head};${key}`, () => this.#rows(head, transforms)) ?? unknown;
  }

  shown(settings: Showing): HeadWeights {
    this.#show(settings);
    const { head, heads, composite, topK, mass } = settings;
    const chosen = composite === 'none' ? [head] : heads.length > 0 ? heads : this.#heads.map((_, index) => index);
    const rows = (): Rows | null => {
      const all = chosen.map((index) => this.#rows(index, settings)).filter((one) => one !== null);
      if (all.length < chosen.length) return null;
      return composite === 'none' ? (all[0] as Rows) : composed(all, composite);
    };
    const key = [composite, chosen, this.#keyOf(settings)].join(';');
    const whole = composite === 'none' ? this.head(head, settings) : this.#derive(key, rows);
    const { queries, keys } = this.shownScene(settings);
    const unknown = unknownWeights(queries, keys);
    if (topK <= 0 && mass >= 1) return whole ?? unknown;
    const largest = (): Rows | null => {
      const source = rows();
      return source && filtered(source, topK, mass);
    };
    return this.#derive([key, topK, mass].join(';'), largest, whole ?? unknown) ?? unknown;
  }

  #derive(key: string, rows: () => Rows | null, unfiltered?: HeadWeights): HeadWeights | null {
    const before = this.#derived.get(key);
    this.#derived.delete(key);
    const source = before === undefined ? rows() : null;
    const weights = before ?? (source && new DerivedWeights(source, this.keeper, false, unfiltered));
    if (weights === null) return null;
    this.#derived.set(key, weights);
    const most = Math.max(LEAST_DERIVED, Math.floor(DERIVED_BYTES / (4 * weights.rows * weights.columns)));
    for (const [oldest, { dispose }] of this.#derived) {
      if (this.#derived.size <= most) break;
      dispose();
      this.#derived.delete(oldest);
    }
    return weights;
  }

  /** Reads all heads anew after merging, hiding or filters have changed; until then what is known stays. */
  #show(settings: Transforms & Pick<Showing, 'topK' | 'mass'>): void {
    const { topK, mass } = settings;
    const isFiltered = topK > 0 || mass < 1;
    const key = [this.#keyOf(settings), topK, mass].join(';');
    if (key === this.#shownKey || this.known < this.scene.heads) return;
    this.#shownKey = key;
    this.#transforms = settings;
    this.#surveying?.abort();
    if (this.#keyOf(settings) === UNTOUCHED_KEY && !isFiltered) {
      this.#shown = this.#plain;
      return;
    }
    const surveying = new AbortController();
    this.#surveying = surveying;
    this.background(
      async () => {
        const pacer = new Pacer(surveying.signal);
        const surveys: HeadSurvey[] = [];
        for (let head = 0; head < this.scene.heads; ++head) {
          // So small nobody tells what has no weight from 0; and nothing is called masked that is not.
          const rows = this.#rows(head, settings, 0) as Rows;
          surveys.push(await this.#survey(isFiltered ? filtered(rows, topK, mass, 0) : rows, pacer));
        }
        this.#shown = surveys;
      },
      this.keeper.changed,
      surveying.signal,
    );
  }

  statistics(head: number): HeadStatistics | null {
    const key = this.#keyOf(this.#transforms);
    if (key !== this.#countedKey && this.known === this.scene.heads) {
      this.#countedKey = key;
      this.#counting?.abort();
      this.#counting = new AbortController();
      const { signal } = this.#counting;
      this.#statistics = this.#statistics.map(() => null);
      this.background(() => this.#count(this.#transforms, signal), this.keeper.changed, signal);
    }
    return this.#statistics[head] ?? null;
  }

  async #count(transforms: Transforms, signal: AbortSignal): Promise<void> {
    const pacer = new Pacer(signal);
    const statistics = this.#statistics;
    for (let head = 0; head < this.scene.heads; ++head) {
      const rows = this.#rows(head, transforms) as Rows;
      const sums = noStatistics();
      await pacer.rows(rows.rows, 4 * rows.cost, (from, to) => addStatistics(rows, sums, from, to));
      statistics[head] = meanStatistics(sums);
    }
    this.#ordering = statistics;
  }

  order(sort: Sort): readonly number[] {
    if (sort !== 'none') this.statistics(0);
    return headOrder(this.#ordering, sort);
  }

  override dispose(): void {
    super.dispose();
    this.#surveying?.abort();
    this.#counting?.abort();
    for (const { dispose } of this.#derived.values()) dispose();
  }
}
