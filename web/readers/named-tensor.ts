import type { Tensor } from '../../wasm-bindings/js/tensor.js';

/** One tensor of a file. */
export interface NamedTensor {
  /** As the file calls it; the file's own name without extension where it holds a single tensor without a name. */
  readonly name: string;
  /** The values as float32: wider numbers are rounded, `true` is 1. */
  readonly tensor: Tensor;
  /** How the file stores it: `float16`, `int64`, `bool`..., or `number` for text formats. */
  readonly dtype: string;
}

/** A list of words in a file, such as the tokens that belong to the rows of a matrix. */
export interface NamedLabels {
  readonly name: string;
  readonly labels: readonly string[];
}

/** Everything that was found in a file. */
export interface TensorFile {
  readonly tensors: readonly NamedTensor[];
  readonly labels: readonly NamedLabels[];
}
