import type { HeadStatistics } from '../../../wasm-bindings/js/attention-session.js';
import type { PooledGrid } from '../../views/pooling.js';
import type { Scene } from '../scene.js';
import type { Display, Sort } from '../settings.js';
import type { HeadWeights } from './head-weights.js';

/** What of the settings changes the weights of a head themselves. */
export type Transforms = Pick<Display, 'hide' | 'mergeWords'>;

/** What of the settings decides which weights the main views show. */
export type Showing = Transforms & Pick<Display, 'head' | 'heads' | 'composite' | 'topK' | 'mass'>;

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

  /** A head in small, the largest weight of each block; null as long as it is not known. */
  thumbnail(head: number): PooledGrid | null;
  /** One head, after merging and hiding. The same object as long as its numbers are the same. */
  head(head: number, transforms?: Transforms): HeadWeights;
  /** What the main views show: the chosen head or the composite, filters included. The same object likewise. */
  shown(settings: Showing): HeadWeights;
  /** The scene as it is shown: words on the axes where they are merged, and then without vectors. */
  shownScene(settings: Transforms): Scene;
  /** Null as long as it is not known; it is then on its way. */
  statistics(head: number): HeadStatistics | null;
  /** Heads in the order of a score, largest first (`entropy` and `distance`: smallest first); those unknown yet stay last. */
  order(sort: Sort): readonly number[];
  /** The score before softmax in double precision, all knobs applied; null for ready weights. Masked cells have one too. */
  score(head: number, query: number, key: number): number | null;
  /** Stops all work and gives back what the engine holds. */
  dispose(): void;
}
