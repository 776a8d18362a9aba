import { count, integers, numberOr } from './attention-options.js';
import { HeadscopeError } from './errors.js';
import { floatBytes, operandBytes, type Heap } from './heap.js';
import type { CoreFunction } from './module.js';
import { elementCount, optionsOf, toTensor, withRank, type Tensor, type TensorLike } from './tensor.js';

/** Options of {@link Headscope.rotaryEmbedding}. */
export interface RotaryOptions {
  /** For x in rows, (B, L, heads·D). */
  readonly heads?: number | undefined;
  /** Columns that are rotated, an even number; D unless given. The others are passed on. */
  readonly dim?: number | undefined;
  /** Pair i is rotated by p·base^(-2i/dim) at position p; 10000 unless given. */
  readonly base?: number | undefined;
  /** Pairs are the columns 2i and 2i + 1, as in RoFormer; unless given i and i + dim/2, as in GPT-NeoX and Llama. */
  readonly interleaved?: boolean | undefined;
  /** Position of the first token, for decoding; 0 unless given. */
  readonly offset?: number | undefined;
  /** (B, L) or (L): positions of all tokens, whole numbers. */
  readonly positions?: TensorLike | undefined;
  /** Cosines that are given instead of a base, with `sin`: (positions, dim/2), a row for each position, or (B, L, dim/2). */
  readonly cos?: TensorLike | undefined;
  /** In the shape of `cos`. */
  readonly sin?: TensorLike | undefined;
}

/** {@link Headscope.rotaryEmbedding}. @internal */
export function rotaryEmbedding(heap: Heap, core: CoreFunction, like: TensorLike, options: RotaryOptions): Tensor {
  const { heads, cos, sin } = optionsOf(options);
  if (heads !== undefined) count(heads, 'heads');
  const x = withRank(toTensor(like, 'x'), 'x', 2, heads === undefined ? 4 : 3);
  const columns = x.shape.at(-1) as number;
  if (heads !== undefined && !(columns % heads === 0)) {
    throw new HeadscopeError('InvalidArgument', 'heads', `a divisor of the ${columns} columns of x`, String(heads));
  }
  if ((cos === undefined) !== (sin === undefined)) {
    const [missing, given] = cos === undefined ? ['cos', 'sin'] : ['sin', 'cos'];
    throw new HeadscopeError('InvalidArgument', missing, `a tensor, as ${given} is given`, 'undefined');
  }
  const cosines = cos === undefined ? undefined : withRank(toTensor(cos, 'cos'), 'cos', 2, 3);
  const sines = sin === undefined ? undefined : withRank(toTensor(sin, 'sin'), 'sin', 2, 3);
  const positions =
    options.positions === undefined ? undefined : withRank(toTensor(options.positions, 'positions'), 'positions', 1, 2);
  const whole = positions && { data: integers(positions.data, 'positions').data, shape: positions.shape };
  const size = elementCount(x.shape);
  heap.open(operandBytes(x, whole, cosines, sines) + floatBytes(size));
  try {
    heap.operand(x, heads);
    heap.operand(whole);
    heap.operand(cosines);
    heap.operand(sines);
    heap.number(cosines?.shape.length === 2 ? 1 : 0);
    heap.number(options.dim === undefined ? columns / (heads ?? 1) : count(options.dim, 'dim'));
    heap.number(options.interleaved ? 1 : 0);
    heap.number(numberOr(options.base, 10000, 'base'));
    heap.number(count(options.offset ?? 0, 'offset'));
    return heap.only(x.shape, core);
  } finally {
    heap.close();
  }
}
