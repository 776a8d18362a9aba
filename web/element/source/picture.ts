import type { HeadStatistics } from '../../views/head-statistics.js';
import type { PooledGrid } from '../../views/pooling.js';
import type { Scene } from '../scene.js';
import type { Display, Sort } from '../settings.js';
import type { HeadWeights } from './head-weights.js';

/** What of the settings changes the weights of a head themselves. */
export type Transforms = Pick<Display, 'hide' | 'mergeWords'>;

/** What of the settings decides which weights the main views show. */
export type Showing = Transforms & Pick<Display, 'head' | 'heads' | 'composite' | 'topK' | 'mass'>;

/** What a picture tells of its work; nothing after `dispose()`. */
export interface PictureListener {
  /** More is known, or what was asked for has come: draw again. */
  changed(): void;
  /** Share of the work until all heads are known, up to 1. */
  progress(fraction: number): void;
  /** All heads are known. */
  ready(): void;
  /** The engine refused or broke, and the picture is of no use any more. Usually a HeadscopeError. */
  failed(error: unknown): void;
}

/** `openPicture` of open-picture.ts. It returns at once, and calls the listener only later. */
export type OpenPicture = (scene: Scene, pixelRatio: number, listener: PictureListener) => Picture;

/**
 * All heads of a scene, as far as they are known. It begins to compute when it is made; `whole` pictures have their
 * weights in memory, the others have the engine compute what is looked at, and keep only some of it.
 */
export interface Picture {
  readonly scene: Scene;
  /** All weights are in memory. */
  readonly whole: boolean;
  /** Whether words can be merged, keys hidden, heads composed and weights filtered: only where all are in memory. */
  readonly canTransform: boolean;
  /** Heads whose thumbnail is known. */
  readonly known: number;
  /** Largest weight of all the heads that are known; 0 before that. The upper end of the scale that heads share. */
  readonly max: number;
  /** Smallest weight of all the heads that are known, at most 0. */
  readonly min: number;
  /** Whether any known head has a masked cell; one that is not a finite number. */
  readonly hasMasked: boolean;
  readonly hasInvalid: boolean;
  /** Weights of all heads, (heads, queries, keys); null unless `whole`, and until they are known. */
  readonly weights: Float32Array | null;

  /**
   * A head in small, the largest weight of each block, after all that was shown last: merging, hiding, filters. A hidden key
   * and what is left out is 0 in it. Null as long as it is not known.
   */
  thumbnail(head: number): PooledGrid | null;
  /** One head, after merging and hiding. The same object as long as its numbers are the same. */
  head(head: number, transforms?: Transforms): HeadWeights;
  /** What the main views show: the chosen head or the composite, filters included. The same object likewise. */
  shown(settings: Showing): HeadWeights;
  /**
   * What one shows less what the other does, masked where both are; of this picture's or another's of the same size. A
   * pixel shows the difference that is farthest from 0; where not all is in memory, the difference of the pooled weights.
   * The same object for the same two.
   */
  difference(one: HeadWeights, other: HeadWeights): HeadWeights;
  /** The scene as it is shown: words on the axes where they are merged, and then without vectors. */
  shownScene(settings: Transforms): Scene;
  /**
   * Of the head after the merging and hiding that was shown last, but before filters, which leave no shares of one. Null
   * as long as it is not known; it is then on its way.
   */
  statistics(head: number): HeadStatistics | null;
  /** Heads in the order of a score, largest first (`entropy` and `distance`: smallest first); those unknown yet stay last. */
  order(sort: Sort): readonly number[];
  /**
   * The score before softmax in double precision, all knobs applied; null for ready weights, and for words. Masked cells
   * have one too.
   */
  score(head: number, query: number, key: number, settings?: Pick<Transforms, 'mergeWords'>): number | null;
  /** Stops all work and gives back what the engine holds. */
  dispose(): void;
}
