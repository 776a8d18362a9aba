import { msg, str } from '@lit/localize';
import type { Tensor } from 'headscope';
import type { AttentionPool } from 'headscope/pool';
import { bringsProjections, type Controls, type ProjectionSource } from './controls.js';
import type { Feed, ProjectionMatrices } from './feed.js';
import { grouped } from './three-digits.js';
import { identityProjection, randomProjection } from './seeded.js';
import { VisitorError } from './visitor-error.js';

/** The most ready weights that `<head-scope>` holds: heads x queries x keys. */
export const CELL_LIMIT = 64 * 1024 * 1024;

/** The most that are computed as they are looked at without a long wait: two heads of 32,768 tokens. */
const COMPUTED_CELL_LIMIT = 2 ** 31;

/** What one head is made of, and what to call it. */
export interface Head {
  readonly name: string;
  readonly description: string;
  /** (dim, D), multiplied on the right. */
  readonly projections: ProjectionMatrices;
  readonly source: ProjectionSource;
}

/** Everything that decides the picture, ready for `<head-scope>`; the snippet that is copied is made from the same. */
export type Problem =
  | {
      readonly kind: 'vectors';
      readonly feed: Feed & { readonly kind: 'vectors' };
      /** The feed's x, with positions added where that is switched on. */
      readonly x: Tensor;
      readonly heads: readonly Head[];
      /** (H, L, D) */
      readonly query: Tensor;
      /** (H, L, D) */
      readonly key: Tensor;
      readonly positions: boolean;
      readonly seed: number;
      /** What q·k is multiplied by. */
      readonly scale: number;
      /** Scores are divided by it, last. */
      readonly temperature: number;
      readonly causal: boolean;
    }
  | {
      readonly kind: 'qkv';
      readonly feed: Feed & { readonly kind: 'qkv' };
      readonly scale: number;
      readonly temperature: number;
      readonly causal: boolean;
    }
  | { readonly kind: 'weights'; readonly feed: Feed & { readonly kind: 'weights' } };

/** A problem that cannot be drawn: the message is a sentence for the visitor. */
export class ProblemError extends VisitorError {}

export function dimension(tensor: Tensor, axis: number): number {
  return tensor.shape.at(axis) ?? 1;
}

/** The width that a head has under these controls. */
export function headDimOf(feed: Feed, controls: Controls): number {
  if (feed.kind === 'qkv') return dimension(feed.query, -1);
  if (feed.kind === 'vectors' && controls.projections === 'own') {
    const constructed = feed.constructedHeads?.[0];
    if (constructed) return dimension(constructed.query, 1);
    // The projections' width, shared out among the heads; headsOf() refuses heads that do not divide it.
    if (feed.projections) return Math.max(1, Math.floor(dimension(feed.projections.query, 1) / controls.heads));
  }
  return controls.headDim;
}

/** Columns `first` to `first + count - 1` of a matrix. */
function columns(matrix: Tensor, first: number, count: number): Tensor {
  const rows = dimension(matrix, 0);
  const width = dimension(matrix, 1);
  const data = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    data.set(matrix.data.subarray(row * width + first, row * width + first + count), row * count);
  }
  return { data, shape: [rows, count] };
}

function generatedHead(source: 'identity' | 'random', dim: number, headDim: number, head: number, seed: number): Head {
  if (source === 'random') {
    const [query, key, value] = [0, 1, 2].map((role) =>
      randomProjection(dim, headDim, seed, head, role as 0 | 1 | 2),
    ) as [Tensor, Tensor, Tensor];
    return {
      name: `random ${head}`,
      description: msg(
        str`Random projections (seed ${seed}): drawn, not learned, so what this head looks at means nothing.`,
      ),
      projections: { query, key, value },
      source,
    };
  }
  const same = identityProjection(dim, headDim, head);
  const last = Math.min(dim, (head + 1) * headDim);
  const description =
    head * headDim >= dim
      ? msg('Identity projections: there is no number left for it, so it looks everywhere alike.')
      : last - head * headDim === dim
        ? msg('Identity projections: it compares the tokens’ vectors as they are.')
        : last - head * headDim === 1
          ? msg(str`Identity projections: it compares number ${last} of each token’s vector.`)
          : msg(
              str`Identity projections: it compares numbers ${head * headDim + 1} to ${last} of each token’s vector.`,
            );
  return {
    name: `identity ${head}`,
    description,
    projections: { query: same, key: same, value: same },
    source,
  };
}

/** The heads under these controls. */
export function headsOf(feed: Feed & { kind: 'vectors' }, controls: Controls): Head[] {
  const dim = dimension(feed.x, 1);
  const own = controls.projections === 'own' && bringsProjections(feed);
  const generated = controls.projections === 'identity' ? 'identity' : 'random';
  if (own && feed.projections) {
    const { query, key, value } = feed.projections;
    const width = dimension(query, 1);
    if (width % controls.heads !== 0) {
      throw new ProblemError(
        msg(str`Heads: expected a number that divides the projections’ ${width} columns, got ${controls.heads}.`),
      );
    }
    const headDim = width / controls.heads;
    const valueDim = dimension(value, 1) / controls.heads;
    return Array.from({ length: controls.heads }, (_, head) => ({
      name: `head ${head}`,
      description: '',
      projections: {
        query: columns(query, head * headDim, headDim),
        key: columns(key, head * headDim, headDim),
        value: columns(value, head * valueDim, valueDim),
      },
      source: 'own',
    }));
  }
  const headDim = headDimOf(feed, controls);
  const constructed = own ? (feed.constructedHeads ?? []) : [];
  return Array.from({ length: controls.heads }, (_, head) => {
    const built = constructed[head];
    if (!built) return generatedHead(generated, dim, headDim, head, controls.seed);
    return {
      name: built.name,
      description: built.description,
      projections: { query: built.query, key: built.key, value: identityProjection(dim, headDim, 0) },
      source: 'own',
    };
  });
}

function checkCells(limit: number, heads: number, queries: number, keys: number): void {
  if (heads * queries * keys <= limit) return;
  const fits = Math.floor(Math.sqrt(limit / heads));
  const size = `${grouped(queries)} × ${grouped(keys)}`;
  const cells = grouped(heads * queries * keys);
  const most = grouped(limit);
  throw new ProblemError(
    heads === 1
      ? msg(
          str`1 head of ${size} tokens are ${cells} weights: expected at most ${most}, which is ${grouped(fits)} tokens with as many heads.`,
        )
      : msg(
          str`${grouped(heads)} heads of ${size} tokens are ${cells} weights: expected at most ${most}, which is ${grouped(fits)} tokens with as many heads.`,
        ),
  );
}

/** All heads' projections of one role side by side as a Linear layer's weight (out, in), for one call of the engine. */
function stackedWeight(heads: readonly Head[], role: 'query' | 'key', dim: number): Tensor {
  const headDim = dimension(heads[0]?.projections[role] ?? { data: new Float32Array(), shape: [0, 0] }, 1);
  const data = new Float32Array(heads.length * headDim * dim);
  heads.forEach((head, index) => {
    const matrix = head.projections[role].data;
    for (let column = 0; column < headDim; column++) {
      const out = (index * headDim + column) * dim;
      for (let row = 0; row < dim; row++) data[out + row] = matrix[row * headDim + column] ?? 0;
    }
  });
  return { data, shape: [heads.length * headDim, dim] };
}

/** (L, H*D) to (H, L, D), head-major. */
function splitHeads(joined: Tensor, heads: number): Tensor {
  const length = dimension(joined, 0);
  const width = dimension(joined, 1);
  const headDim = width / heads;
  const data = new Float32Array(joined.data.length);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < length; row++) {
      const from = row * width + head * headDim;
      data.set(joined.data.subarray(from, from + headDim), (head * length + row) * headDim);
    }
  }
  return { data, shape: [heads, length, headDim] };
}

/**
 * Turns a feed and the controls into what `<head-scope>` draws. The multiplications run in workers.
 * @throws ProblemError where the two do not fit each other or the limits.
 */
export async function buildProblem(
  feed: Feed,
  controls: Controls,
  pool: () => Promise<AttentionPool>,
): Promise<Problem> {
  if (feed.kind === 'weights') {
    checkCells(CELL_LIMIT, dimension(feed.weights, 0), dimension(feed.weights, 1), dimension(feed.weights, 2));
    return { kind: 'weights', feed };
  }
  const scale = controls.scale ?? 1 / Math.sqrt(headDimOf(feed, controls));
  const { causal, temperature } = controls;
  if (feed.kind === 'qkv') {
    checkCells(COMPUTED_CELL_LIMIT, dimension(feed.query, 0), dimension(feed.query, 1), dimension(feed.key, 1));
    return { kind: 'qkv', feed, scale, temperature, causal };
  }
  const length = dimension(feed.x, 0);
  const dim = dimension(feed.x, 1);
  checkCells(COMPUTED_CELL_LIMIT, controls.heads, length, length);
  const engine = await pool();
  let x = feed.x;
  if (controls.positions) {
    const positions = await engine.sinusoidalPositions(length, dim);
    x = { data: feed.x.data.map((value, index) => value + (positions.data[index] ?? 0)), shape: [length, dim] };
  }
  const heads = headsOf(feed, controls);
  const [query, key] = await Promise.all([
    engine.linear(x, { weight: stackedWeight(heads, 'query', dim) }),
    engine.linear(x, { weight: stackedWeight(heads, 'key', dim) }),
  ]);
  return {
    kind: 'vectors',
    feed,
    x,
    heads,
    query: splitHeads(query, heads.length),
    key: splitHeads(key, heads.length),
    positions: controls.positions,
    seed: controls.seed,
    scale,
    temperature,
    causal,
  };
}
