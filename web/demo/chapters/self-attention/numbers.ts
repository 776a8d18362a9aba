import { msg, str } from '@lit/localize';
import type { Tensor } from 'headscope';
import type { ProjectionRole } from '../../inputs/vectors-input.js';
import { randomProjection, normals } from '../../seeded.js';
import { matrix } from '../kit/tensors.js';

/** What one head of self-attention begins with. */
export interface Numbers {
  readonly tokens: readonly string[];
  /** (L, dim) */
  readonly x: Tensor;
  /** (dim, D) each, multiplied on the right. */
  readonly projections: Readonly<Record<ProjectionRole, Tensor>>;
  /** Scores are multiplied by 1 / sqrt(D). */
  readonly scaled: boolean;
  readonly source: string;
}

/** Whole numbers that can be followed by hand. */
export function smallNumbers(): Numbers {
  return {
    tokens: [msg('cats'), msg('drink'), msg('milk')],
    x: matrix([
      [0, 2, 1],
      [2, 1, 0],
      [2, 0, 1],
    ]),
    projections: {
      query: matrix([
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ]),
      key: matrix([
        [0, 0, 1],
        [1, 0, 0],
        [0, 1, 0],
      ]),
      value: matrix([
        [1, 0, 0],
        [0, 2, 0],
        [1, 0, 3],
      ]),
    },
    scaled: true,
    source: msg('Three tokens of three numbers, made up so that every product can be followed by hand.'),
  };
}

/** The numbers of Raimi Karim, "Illustrated: Self-Attention" (2019), which many introductions repeat. */
export function workedExample(): Numbers {
  return {
    tokens: [msg('input 1'), msg('input 2'), msg('input 3')],
    x: matrix([
      [1, 0, 1, 0],
      [0, 2, 0, 2],
      [1, 1, 1, 1],
    ]),
    projections: {
      query: matrix([
        [1, 0, 1],
        [1, 0, 0],
        [0, 0, 1],
        [0, 1, 1],
      ]),
      key: matrix([
        [0, 0, 1],
        [1, 1, 0],
        [0, 1, 0],
        [1, 1, 0],
      ]),
      value: matrix([
        [0, 2, 0],
        [0, 3, 0],
        [1, 0, 3],
        [1, 1, 0],
      ]),
    },
    scaled: false,
    source: msg(
      'The numbers of Raimi Karim, “Illustrated: Self-Attention” (2019), which many introductions repeat. Its scores are not divided.',
    ),
  };
}

/** X (3, 3) and projections drawn from a normal distribution: X first, then query, key, value. */
export function drawnNumbers(seed: number): Numbers {
  const drawn = (role: 0 | 1 | 2): Tensor => randomProjection(3, 3, seed, 0, role);
  return {
    tokens: [msg('token 1'), msg('token 2'), msg('token 3')],
    x: { data: normals(9, seed, 1), shape: [3, 3] },
    projections: { query: drawn(0), key: drawn(1), value: drawn(2) },
    scaled: true,
    source: msg(str`Random numbers (seed ${seed}): drawn, not learned, in the order X, query, key, value.`),
  };
}
