/**
 * The slope of one head of `heads` for ALiBi ("Train Short, Test Long", Press et al. 2022): 2^(-8 (head + 1) / heads) for
 * a power of two; otherwise the heads beyond the largest power of two in it take every other slope of twice that many.
 */
export function alibiSlope(head: number, heads: number): number {
  const power = 2 ** Math.floor(Math.log2(heads));
  return head < power ? 2 ** ((-8 * (head + 1)) / power) : 2 ** ((-4 * (2 * (head - power) + 1)) / power);
}

/**
 * Rotates a vector to its position in place (RoFormer, Su et al. 2021): components i and i + n/2 by the angle
 * position·10000^(-2i/n), with n the largest even number of components. An odd last one stays.
 */
export function rotate(vector: Float64Array, position: number): Float64Array {
  const half = vector.length >> 1;
  const ratio = 10000 ** (-1 / half);
  for (let i = 0, frequency = 1; i < half; ++i, frequency *= ratio) {
    const angle = position * frequency;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const [a, b] = [vector[i] as number, vector[i + half] as number];
    vector[i] = a * cos - b * sin;
    vector[i + half] = b * cos + a * sin;
  }
  return vector;
}

/** Keys that a query sees: those from `left` before its own position to `right` behind it; Infinity for all. */
export interface Band {
  readonly left: number;
  readonly right: number;
}

/** What a causal mask and a window leave. */
export function bandOf({
  causal,
  window = Infinity,
}: {
  readonly causal: boolean;
  readonly window: number | undefined;
}): Band {
  return { left: window, right: causal ? 0 : window };
}

export function isOutside({ left, right }: Band, query: number, key: number): boolean {
  return key < query - left || key > query + right;
}
