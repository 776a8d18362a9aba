import { numberOr } from '../attention-options.js';
import { floatBytes, type Heap } from '../heap.js';
import type { CoreFunction } from '../module.js';
import { optionsOf, toTensor, withRank, type Tensor, type TensorLike } from '../tensor.js';
import { inScratch } from './transformer-arguments.js';

export interface LayerNormOptions {
  /** (dim); 1 unless given. */
  readonly weight?: TensorLike | undefined;
  /** (dim); 0 unless given. */
  readonly bias?: TensorLike | undefined;
  /** 1e-5 unless given. */
  readonly epsilon?: number | undefined;
}

/** @internal */
export function layerNorm(heap: Heap, core: CoreFunction, like: TensorLike, options: LayerNormOptions): Tensor {
  const x = withRank(toTensor(like, 'x'), 'x', 1, Infinity);
  const { epsilon } = optionsOf(options);
  const parameter = (name: 'weight' | 'bias'): Tensor | undefined => {
    const given = options[name];
    return given && withRank(toTensor(given, name), name, 1, 1);
  };
  const weight = parameter('weight');
  const bias = parameter('bias');
  const dim = x.shape.at(-1) as number;
  const rows = { data: x.data, shape: [dim === 0 ? 0 : x.data.length / dim, dim] };
  return inScratch(heap, floatBytes(x.data.length), [rows, weight, bias], () => {
    // The fields of LayerNormCall in transformer_calls.hpp.
    heap.operand(rows);
    heap.operand(weight);
    heap.operand(bias);
    heap.number(numberOr(epsilon, 1e-5, 'epsilon'));
    return heap.only(x.shape, core);
  });
}
