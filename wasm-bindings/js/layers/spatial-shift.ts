import { floatBytes, operandBytes, type Heap } from '../heap.js';
import type { CoreFunction } from '../module.js';
import { elementCount, optionsOf, toTensor, withRank, type Tensor, type TensorLike } from '../tensor.js';

export interface SpatialShiftOptions {
  /**
   * Shifts as assignments between overlapping slices of one tensor do, one index after the other: a part that moves up
   * reads what has just been written, and its first value spreads over all of it. Unless it is true, every value moves by
   * one place.
   */
  readonly inPlace?: boolean | undefined;
}

/** @internal */
export function spatialShift(
  heap: Heap,
  core: CoreFunction,
  shift: 1 | 2,
  x: TensorLike,
  options: SpatialShiftOptions,
): Tensor {
  const image = withRank(toTensor(x, 'x'), 'x', 3, 4);
  const { inPlace } = optionsOf(options);
  heap.open(operandBytes(image) + floatBytes(elementCount(image.shape)));
  try {
    // The fields of SpatialShiftCall in vision_calls.hpp.
    heap.operand(image);
    heap.number(shift);
    heap.number(inPlace === true ? 1 : 0);
    return heap.only([...image.shape], core);
  } finally {
    heap.close();
  }
}
