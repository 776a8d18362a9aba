import type { Headscope, Tensor } from 'headscope';
import { normals } from '../../seeded.js';
import { entropy, rowsOf } from '../kit/tensors.js';

/** Tokens of the experiment about scaling. */
export const LENGTH = 8;
export const WIDTHS = [4, 16, 64, 256] as const;

/** Queries and keys whose numbers are drawn from a normal distribution with variance 1. */
export function drawn(width: number, seed: number): { readonly query: Tensor; readonly key: Tensor } {
  const draw = (role: number): Tensor => ({
    data: normals(LENGTH * width, 2 * seed + role, 1),
    shape: [LENGTH, width],
  });
  return { query: draw(0), key: draw(1) };
}

/** How one-hot weights are, over all rows. */
export interface Sharpness {
  /** Mean entropy of a row, in bits; log2(L) where all keys count alike. */
  readonly bits: number;
  /** Mean of the largest weight of a row. */
  readonly largest: number;
}

export function sharpness(engine: Headscope, width: number, seed: number, scaled: boolean): Sharpness {
  const { query, key } = drawn(width, seed);
  const { weights } = engine.attention(query, key, null, {
    needWeights: true,
    ...(scaled ? {} : { scale: 1 }),
  });
  const rows = weights ? rowsOf(weights) : [];
  const mean = (of: (row: number[]) => number): number => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  return { bits: mean(entropy), largest: mean((row) => Math.max(...row)) };
}
