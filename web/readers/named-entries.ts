import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import type { StateDict } from '../../wasm-bindings/js/state-dict.js';
import { describe, toTensor, type Tensor, type TensorLike } from '../../wasm-bindings/js/tensor.js';
import { countValues } from './limits.js';

/**
 * The tensors that a file is to hold, with their names.
 *
 * @throws HeadscopeError `InvalidType`, `InvalidShape`, `TooLarge`
 */
export function namedEntries(tensors: StateDict): [name: string, tensor: Tensor][] {
  if (typeof tensors !== 'object' || tensors === null) {
    throw new HeadscopeError('InvalidType', 'tensors', 'tensors by their names', describe(tensors));
  }
  const entries: Iterable<[string, TensorLike]> =
    tensors instanceof Map ? (tensors as Map<string, TensorLike>) : Object.entries(tensors);
  return [...entries].map(([name, like]) => {
    const tensor = toTensor(like, name);
    countValues(tensor.shape, name);
    return [name, tensor];
  });
}
