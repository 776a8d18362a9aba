import type { Tensor } from 'headscope';

/** softmax(QKᵀ/sqrt(D))·V of (..., L, D) tensors, written out in double precision: an oracle that shares no code with the core. */
export function referenceAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
): { output: Float64Array; weights: Float64Array } {
  const [Lq, D] = query.shape.slice(-2) as [number, number];
  const [Lk, Dv] = value.shape.slice(-2) as [number, number];
  const rows = query.data.length / D;
  const output = new Float64Array(rows * Dv);
  const weights = new Float64Array(rows * Lk);
  const at = (data: Float32Array, index: number): number => data[index] as number;
  for (let row = 0; row < rows; ++row) {
    const head = Math.floor(row / Lq);
    const scores = Array.from({ length: Lk }, (_, j) => {
      let sum = 0;
      for (let d = 0; d < D; ++d) sum += at(query.data, row * D + d) * at(key.data, (head * Lk + j) * D + d);
      return sum / Math.sqrt(D);
    });
    const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = scores.map((score) => Math.exp(score - most));
    const total = powers.reduce((a, b) => a + b, 0);
    powers.forEach((power, j) => {
      weights[row * Lk + j] = power / total;
      for (let d = 0; d < Dv; ++d) {
        output[row * Dv + d] =
          (output[row * Dv + d] as number) + (power / total) * at(value.data, (head * Lk + j) * Dv + d);
      }
    });
  }
  return { output, weights };
}

/** The largest |got - expected|; NaN where the lengths differ. */
export function largestDifference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return NaN;
  return Array.from(got).reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (expected[index] as number))),
    0,
  );
}

/** Numbers in [-1, 1), the same for the same seed. */
export function seededTensor(seed: number, ...shape: number[]): Tensor {
  let state = seed;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const data = Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return { data, shape };
}
