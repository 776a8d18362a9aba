import { HeadscopeError } from '../errors.js';
import { describe, elementCount, toShape, toTensor, withRank, type TensorLike } from '../tensor.js';

/** Whole numbers: one sequence, some of the same length, or a typed array with its shape (B, L). */
export type TokensLike =
  | readonly number[]
  | readonly (readonly number[])[]
  | { readonly data: ArrayLike<number>; readonly shape: readonly number[] };

/** Tokens (B, L) or vectors (B, L, dim), as the core takes them. @internal */
export interface Sequence {
  readonly data: Int32Array | Float32Array;
  readonly shape: readonly number[];
  readonly isTokens: boolean;
  /** Whether it came with a batch axis. */
  readonly batched: boolean;
}

function notTokens(argument: string, got: unknown): HeadscopeError {
  return new HeadscopeError('InvalidType', argument, 'tokens, as an array of whole numbers', describe(got));
}

function copyTokens(from: ArrayLike<unknown>, into: Int32Array, at: number, argument: string): void {
  for (let index = 0; index < from.length; ++index) {
    const token = from[index];
    if (typeof token !== 'number' || (token | 0) !== token) {
      throw new HeadscopeError('InvalidType', argument, 'whole numbers', describe(token));
    }
    into[at + index] = token;
  }
}

/** @throws HeadscopeError `InvalidType`, `InvalidShape` for sequences that are not of one length @internal */
export function toTokens(like: TokensLike, argument: string): Sequence {
  if (!Array.isArray(like)) {
    const given = like as { data: ArrayLike<number>; shape: readonly number[] } | null;
    if (typeof given !== 'object' || typeof given?.data?.length !== 'number') throw notTokens(argument, like);
    const { shape } = withRank({ shape: toShape(given.shape, argument) }, argument, 1, 2);
    const data = new Int32Array(elementCount(shape));
    if (given.data.length !== data.length) {
      throw new HeadscopeError(
        'InvalidShape',
        argument,
        `${data.length} tokens, as the shape says`,
        `${given.data.length}`,
      );
    }
    copyTokens(given.data, data, 0, argument);
    return { data, shape: shape.length === 1 ? [1, ...shape] : shape, isTokens: true, batched: shape.length === 2 };
  }
  const batched = Array.isArray(like[0]);
  const rows = (batched ? like : [like]) as readonly (readonly number[])[];
  const length = (rows[0] as readonly number[]).length;
  const data = new Int32Array(rows.length * length);
  rows.forEach((row, index) => {
    if (!Array.isArray(row)) throw notTokens(argument, row);
    if (row.length !== length) {
      throw new HeadscopeError(
        'InvalidShape',
        argument,
        `sequences of ${length} tokens`,
        `${row.length} at [${index}]`,
      );
    }
    copyTokens(row, data, index * length, argument);
  });
  return { data, shape: [rows.length, length], isTokens: true, batched };
}

/** Vectors (B, L, dim) or (L, dim). @internal */
export function toVectors(like: TensorLike, argument: string): Sequence {
  const { data, shape } = withRank(toTensor(like, argument), argument, 2, 3);
  const batched = shape.length === 3;
  return { data, shape: batched ? shape : [1, ...shape], isTokens: false, batched };
}

/** A token that an option gives. @internal */
export function token(value: number, argument: string): number {
  if (typeof value === 'number' && (value | 0) === value) return value;
  throw new HeadscopeError('InvalidType', argument, 'a token, a whole number', describe(value));
}

/** Sequences of int32, (n, length), each up to the first -1 that it is filled up with. @internal */
export function tokenRows(words: Float32Array, length: number): number[][] {
  const tokens = new Int32Array(words.buffer, words.byteOffset, words.length);
  return Array.from({ length: length === 0 ? 0 : tokens.length / length }, (_, row) => {
    const own = tokens.subarray(row * length, (row + 1) * length);
    const end = own.indexOf(-1);
    return Array.from(end < 0 ? own : own.subarray(0, end));
  });
}

/** The shape of a result for a sequence, (B, L, last), without B where the sequence had none. @internal */
export function resultShape({ shape, batched }: Sequence, last: number): readonly number[] {
  const [batch, length] = shape as [number, number];
  return batched ? [batch, length, last] : [length, last];
}

/** @internal */
export function batchOf({ shape }: Sequence): number {
  return shape[0] as number;
}
