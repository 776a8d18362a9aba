import type { Tensor } from 'headscope';

/** A matrix from its rows. */
export function matrix(rows: readonly (readonly number[])[]): Tensor {
  return { data: Float32Array.from(rows.flat()), shape: [rows.length, rows[0]?.length ?? 0] };
}

export function rowsOf({ data, shape }: Tensor): number[][] {
  const [rows = 0, columns = 0] = shape.slice(-2);
  return Array.from({ length: rows }, (_, row) => [...data.subarray(row * columns, (row + 1) * columns)]);
}

/** The same matrix with one other number. */
export function withNumber(tensor: Tensor, row: number, column: number, value: number): Tensor {
  const data = tensor.data.slice();
  data[row * (tensor.shape.at(-1) ?? 0) + column] = value;
  return { data, shape: tensor.shape };
}

/** Matrices of one shape behind each other: (count, rows, columns). */
export function stacked(matrices: readonly Tensor[]): Tensor {
  const [first] = matrices;
  const size = first?.data.length ?? 0;
  const data = new Float32Array(matrices.length * size);
  matrices.forEach((each, index) => data.set(each.data, index * size));
  return { data, shape: [matrices.length, ...(first?.shape ?? [0, 0])] };
}

/** Entropy of one row of weights, in bits: 0 where one key has it all, log2(L) where all have the same. */
export function entropy(row: readonly number[]): number {
  return -row.reduce((sum, weight) => sum + (weight > 0 ? weight * Math.log2(weight) : 0), 0) + 0;
}
