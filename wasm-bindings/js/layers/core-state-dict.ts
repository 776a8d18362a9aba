import { HeadscopeError } from '../errors.js';
import { createInCore } from '../handle.js';
import { operandBytes, type Heap, type Numbers } from '../heap.js';
import type { Pointer } from '../module.js';
import type { StateDict } from '../state-dict.js';
import { toTensor, withRank, type TensorLike } from '../tensor.js';
import type { LayersModule } from './layers-module.js';

/** Text as the core reads it. @internal */
export function textOperand(text: string): Numbers {
  const data = new TextEncoder().encode(text);
  return { data, shape: [data.length] };
}

function entriesOf(tensors: StateDict): Iterable<[string, TensorLike]> {
  if (tensors instanceof Map) return tensors as Map<string, TensorLike>;
  if (tensors !== null && typeof tensors === 'object') return Object.entries(tensors);
  throw new HeadscopeError('InvalidType', 'tensors', 'tensors by their names', typeof tensors);
}

/**
 * Copies a state dict into the core for a call that makes a layer of it.
 *
 * @throws HeadscopeError `InvalidArgument` for numbers that are not finite; what `make` throws
 * @internal
 */
export function withStateDict<T>(
  module: LayersModule,
  heap: Heap,
  tensors: StateDict,
  make: (stateDict: Pointer) => T,
): T {
  const entries = [...entriesOf(tensors)];
  const handle = createInCore(heap, module._createStateDict, 0, () => undefined);
  try {
    for (const [name, like] of entries) {
      const tensor = withRank(toTensor(like, name), name, 0, 4);
      const text = textOperand(name);
      heap.open(operandBytes(text, tensor));
      try {
        heap.number(handle);
        heap.operand(text);
        heap.operand(tensor);
        heap.number(tensor.shape.length);
        heap.call(module._stateDictAdd);
      } finally {
        heap.close();
      }
    }
    return make(handle);
  } finally {
    module._destroy(handle);
  }
}
