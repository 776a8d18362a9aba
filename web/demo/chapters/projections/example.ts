import { msg, str } from '@lit/localize';
import type { SelfAttentionSteps, Tensor } from 'headscope';
import type { ProjectionRole } from '../../inputs/vectors-input.js';
import { normals, randomProjection } from '../../seeded.js';
import { matrix, rowsOf } from '../kit/tensors.js';

/** What the three ways to project begin with. */
export interface Example {
  readonly tokens: readonly string[];
  readonly features: readonly string[];
  /** (L, features) */
  readonly x: Tensor;
  /** (features, D) each, multiplied on the right. */
  readonly projections: Readonly<Record<ProjectionRole, Tensor>>;
  readonly source: string;
}

/** Which projections are the same matrix. */
export type Sharing = 'separate' | 'shared' | 'equal';
export const SHARINGS = ['separate', 'shared', 'equal'] as const;

/** Each word is one feature; a verb looks for its noun, an adverb for its verb. */
export function sentence(): Example {
  return {
    tokens: [msg('the'), msg('dog'), msg('barks'), msg('loudly')],
    features: [msg('article'), msg('noun'), msg('verb'), msg('adverb')],
    x: matrix([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ]),
    projections: {
      query: matrix([
        [0, 3, 0, 0],
        [0, 0, 0, 0],
        [0, 3, 0, 0],
        [0, 0, 3, 0],
      ]),
      key: matrix([
        [2, 0, 0, 0],
        [0, 2, 0, 0],
        [0, 0, 2, 0],
        [0, 0, 0, 2],
      ]),
      value: matrix([
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ]),
    },
    source: msg(
      'Made by hand: each word has one feature. A key says what a word is; a query what it looks for: article and verb look for a noun, the adverb for a verb, the noun for nothing. A value says who, does what, how.',
    ),
  };
}

/** The same words with random features and projections. */
export function drawnExample(seed: number): Example {
  const drawn = (role: 0 | 1 | 2): Tensor => randomProjection(4, 4, seed, 0, role);
  return {
    ...sentence(),
    x: { data: normals(16, seed, 1.5), shape: [4, 4] },
    projections: { query: drawn(0), key: drawn(1), value: drawn(2) },
    source: msg(str`Random features and projections (seed ${seed}): drawn, not learned.`),
  };
}

export function projectionsOf({ projections }: Example, sharing: Sharing): Example['projections'] {
  if (sharing === 'separate') return projections;
  const { key, value } = projections;
  return { query: key, key, value: sharing === 'equal' ? key : value };
}

/** S - Sᵀ: what one token wants of another more than the other of it. */
export function asymmetry(scores: Tensor): Tensor {
  const rows = rowsOf(scores);
  return matrix(rows.map((row, i) => row.map((score, j) => score - (rows[j]?.[i] ?? NaN))));
}

export function largest(tensor: Tensor): number {
  return tensor.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** How many tokens look at themselves more than at any other. */
export function diagonalWins({ weights }: SelfAttentionSteps): number {
  return rowsOf(weights).filter((row, i) => row.every((weight, j) => j === i || weight < (row[i] ?? NaN))).length;
}
