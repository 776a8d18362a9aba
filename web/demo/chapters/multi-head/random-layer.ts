import type { Headscope, LinearParameters, Tensor } from 'headscope';
import { normals, randomProjection } from '../../seeded.js';

/** The width of the layer whose heads are counted, and its tokens. */
export const DIM = 12;
export const LENGTH = 6;
const SEED = 7;

/** nn.Linear(dim, dim), drawn: role 0 to 2 are query, key and value, 3 is the output. */
function drawn(role: number): LinearParameters {
  return {
    weight: randomProjection(DIM, DIM, SEED + role, 0, 0),
    bias: { data: normals(DIM, 100 + role, 0.1), shape: [DIM] },
  };
}

/** (L, dim) */
export function tokens(): Tensor {
  return { data: normals(LENGTH * DIM, SEED, 1.5), shape: [LENGTH, DIM] };
}

/**
 * MultiHeadAttention(dim, heads): fc_q, fc_k, fc_v and fc_o with biases.
 * @returns weights (H, L, L)
 * @throws HeadscopeError where heads does not divide dim
 */
export function multiHeadWeights(headscope: Headscope, heads: number): Tensor {
  const layer = headscope.createMultiHeadAttention(
    { query: drawn(0), key: drawn(1), value: drawn(2), output: drawn(3) },
    { heads },
  );
  try {
    const x = tokens();
    const { weights } = layer.forward(x, x, x, { needWeights: true });
    if (!weights) throw new Error('the layer gave no weights');
    return weights;
  } finally {
    layer.dispose();
  }
}

/**
 * SelfAttention(dim): one head, three projections with biases, nothing behind.
 * @returns weights (L, L)
 */
export function selfAttentionWeights(headscope: Headscope): Tensor {
  const layer = headscope.createSelfAttention({ query: drawn(0), key: drawn(1), value: drawn(2) });
  try {
    const { weights } = layer.forward(tokens(), { needWeights: true });
    if (!weights) throw new Error('the layer gave no weights');
    return weights;
  } finally {
    layer.dispose();
  }
}
