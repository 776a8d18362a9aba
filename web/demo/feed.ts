import type { Tensor } from 'headscope';

/**
 * What an input tab hands to the page. A tab fires it as `feed` (`CustomEvent<Feed>`, bubbling and composed) whenever
 * its content changes and is valid; while the content is invalid it fires nothing, so the last good picture stays.
 */
export type Feed =
  | {
      readonly kind: 'vectors';
      /** One row per token: (L, dim). */
      readonly x: Tensor;
      readonly tokens: readonly string[];
      /** From a file: (dim, heads * D) each, multiplied on the right. */
      readonly projections?: ProjectionMatrices;
      /** One plain phrase for captions. */
      readonly source: string;
      /** Heads whose projections were built to mean something. */
      readonly constructedHeads?: readonly ConstructedHead[];
      /** x was made from the tokens by textVectors(): a copied snippet does the same instead of listing the numbers. */
      readonly words?: { readonly positions: boolean };
    }
  | {
      readonly kind: 'qkv';
      /** (H, Lq, D) */
      readonly query: Tensor;
      /** (H, Lk, D) */
      readonly key: Tensor;
      /** (H, Lk, Dv) */
      readonly value?: Tensor;
      readonly tokens: readonly string[];
      readonly keyTokens: readonly string[];
      readonly source: string;
    }
  | {
      readonly kind: 'weights';
      /** (H, Lq, Lk), the heads of all layers behind each other */
      readonly weights: Tensor;
      readonly layers: number;
      readonly tokens: readonly string[];
      readonly keyTokens: readonly string[];
      readonly source: string;
    };

/** Projection matrices multiplied on the right, `Q = X Wq`: (dim, heads * D) each. */
export interface ProjectionMatrices {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/** A head whose projections were built by hand; `query` and `key` are (dim, D), multiplied on the right. */
export interface ConstructedHead {
  readonly name: string;
  /** One sentence that says how the head is built and what it does. */
  readonly description: string;
  readonly query: Tensor;
  readonly key: Tensor;
}

/** What the page tells an input tab about the picture, for tabs that draw attention over their own content. */
export interface AttentionView {
  readonly head: number;
  readonly heads: number;
  /** What the tab's own heads are called, by head; left out where the heads are not the tab's. */
  readonly names?: readonly string[] | undefined;
  /** The query under the pointer or pinned; null when none is. */
  readonly query: number | null;
  /** Where the weights lie: those of another input lie elsewhere. */
  readonly weights: ArrayBufferLike | null;
  /** Weights of one query over all keys, or null when there is none (yet). */
  row(head: number, query: number): Float32Array | null;
}

/** The detail of `pick`: an input tab asks for a query row to be chosen (null: let go of it), and maybe another head. */
export interface Pick {
  readonly query: number | null;
  readonly head?: number;
}
