import { HeadscopeError } from './errors.js';

/** Row-major float32 tensor: `data.length` is the product of `shape`. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Row-major boolean tensor, one byte per element; 0 is false. */
export interface BooleanTensor {
  readonly data: Uint8Array;
  readonly shape: readonly number[];
}

/** Numbers in rows, rows in matrices, and so on: `[[1, 2, 3], [4, 5, 6]]` has shape (2, 3). */
export type NestedArray = readonly number[] | readonly NestedArray[];

/** The same with booleans. */
export type NestedBooleanArray = readonly boolean[] | readonly NestedBooleanArray[];

/** What every function accepts: a tensor, any typed array or array of numbers with its shape, or plain nested arrays. */
export type TensorLike = Tensor | { readonly data: ArrayLike<number>; readonly shape: readonly number[] } | NestedArray;

/**
 * An attention mask. Booleans and `Uint8Array` say where a query may look (true = attend); everything else is added to
 * the scaled scores (0 = attend, -Infinity = forbid).
 */
export type MaskLike =
  | TensorLike
  | { readonly data: Uint8Array | readonly boolean[]; readonly shape: readonly number[] }
  | NestedBooleanArray;

/** Deeper nesting is taken for a mistake (or a list that holds itself). */
const MOST_DIMENSIONS = 8;

/** "(2, 3)", as in every message about shapes. */
export function shapeText(shape: readonly unknown[]): string {
  return `(${shape.map((extent) => describe(extent)).join(', ')})`;
}

/** A value in a few words, for the `got` of an error. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

/** The options that a caller gave, if they are an object. @internal */
export function optionsOf<T>(value: T, argument = 'options'): T {
  if (typeof value === 'object' && value !== null) return value;
  throw new HeadscopeError('InvalidType', argument, 'an object', describe(value));
}

/** How many elements a shape has. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const extent of shape) count *= extent;
  return count;
}

/** A shape that came from outside. @internal */
export function toShape(shape: readonly number[], argument: string): readonly number[] {
  if (!Array.isArray(shape)) throw notATensor(argument, shape);
  for (const extent of shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) {
      throw new HeadscopeError('InvalidShape', argument, 'a shape of whole numbers from 0 up', shapeText(shape));
    }
    if (extent >= 2 ** 32) {
      throw new HeadscopeError('TooLarge', argument, 'dimensions that memory can address', shapeText(shape));
    }
  }
  return shape as readonly number[];
}

function notATensor(argument: string, got: unknown): HeadscopeError {
  return new HeadscopeError('InvalidType', argument, 'a tensor { data, shape } or nested arrays', describe(got));
}

/** Reads the shape off the first row of each level. */
function nestedShape(rows: unknown, argument: string): number[] {
  const shape: number[] = [];
  for (let level = rows; Array.isArray(level); level = (level as unknown[])[0]) {
    if (shape.length === MOST_DIMENSIONS) {
      throw new HeadscopeError('InvalidShape', argument, `at most ${MOST_DIMENSIONS} dimensions`, 'deeper nesting');
    }
    shape.push(level.length);
  }
  return shape;
}

type Elements = Float32Array | Uint8Array;

/** Copies a row; a Float32Array takes numbers, a Uint8Array booleans. `path` is where the row stands, such as "[2]". */
function copyRow(row: ArrayLike<unknown>, into: Elements, at: number, path: string, argument: string): void {
  const kind = into instanceof Float32Array ? 'number' : 'boolean';
  for (let index = 0; index < row.length; ++index) {
    const item = row[index];
    if (typeof item !== kind) {
      throw new HeadscopeError('InvalidType', argument, `a ${kind}`, `${describe(item)} at ${path}[${index}]`);
    }
    into[at + index] = Number(item);
  }
}

/** Copies nested arrays whose first rows gave `shape`, and refuses ragged ones. Returns where the next row goes. */
function flatten(
  rows: readonly unknown[],
  shape: readonly number[],
  into: Elements,
  at: number,
  path: string,
  argument: string,
  axis = 0,
): number {
  if (axis === shape.length - 1) {
    copyRow(rows, into, at, path, argument);
    return at + rows.length;
  }
  const expected = shape[axis + 1];
  rows.forEach((row, index) => {
    const here = `${path}[${index}]`;
    if (!Array.isArray(row) || row.length !== expected) {
      const got = Array.isArray(row) ? `${row.length}` : describe(row);
      throw new HeadscopeError('InvalidShape', argument, `rows of ${expected}`, `${got} at ${here}`);
    }
    at = flatten(row, shape, into, at, here, argument, axis + 1);
  });
  return at;
}

function isTypedArray(data: unknown): data is ArrayLike<number> {
  return ArrayBuffer.isView(data) && !(data instanceof DataView);
}

/** Elements of `{ data, shape }`: `data` itself where it is of the right kind already, else a converted copy. */
function elements<T extends Elements>(
  data: ArrayLike<unknown>,
  count: number,
  into: new (n: number) => T,
  argument: string,
): T {
  if (data instanceof into && data.length === count) return data;
  if (typeof data !== 'object' || data === null || typeof data.length !== 'number') throw notATensor(argument, data);
  if (data.length !== count) {
    throw new HeadscopeError('InvalidShape', argument, `${count} elements, as the shape says`, `${data.length}`);
  }
  const result = new into(count);
  if (isTypedArray(data) && typeof data[0] !== 'bigint') result.set(data);
  else copyRow(data, result, 0, '', argument);
  return result;
}

function convert<T extends Elements>(
  value: unknown,
  into: new (n: number) => T,
  argument: string,
): { data: T; shape: readonly number[] } {
  if (Array.isArray(value)) {
    const shape = nestedShape(value, argument);
    const data = new into(elementCount(shape));
    flatten(value, shape, data, 0, '', argument);
    return { data, shape };
  }
  if (typeof value !== 'object' || value === null) throw notATensor(argument, value);
  const { data, shape } = value as { data: ArrayLike<unknown>; shape: readonly number[] };
  const whole = elements(data, elementCount(toShape(shape, argument)), into, argument);
  return whole === data ? (value as { data: T; shape: readonly number[] }) : { data: whole, shape };
}

/**
 * A float32 tensor from anything that stands for one. A `Tensor` is returned as it is, not copied.
 *
 * @param argument Name that an error gives to the value.
 * @throws HeadscopeError `InvalidType` for words, null and the like; `InvalidShape` for ragged rows, a length that is
 *   not the product of the shape, and negative or broken extents. NaN and infinities are numbers.
 */
export function toTensor(value: TensorLike, argument = 'tensor'): Tensor {
  return convert(value, Float32Array, argument);
}

/** Whether a mask is one of booleans. Its first element decides; an empty mask is taken for numbers. */
function isBoolean(value: unknown): boolean {
  let first = Array.isArray(value) ? value : (value as BooleanTensor | null)?.data;
  if (first instanceof Uint8Array) return true;
  for (let depth = 0; Array.isArray(first) && depth < MOST_DIMENSIONS; ++depth)
    first = (first as unknown[])[0] as typeof first;
  return typeof first === 'boolean';
}

/** A mask as bytes (boolean) or as float32 (additive). Errors as {@link toTensor}. */
export function toMask(value: MaskLike, argument = 'mask'): Tensor | BooleanTensor {
  return isBoolean(value) ? convert(value, Uint8Array, argument) : convert(value, Float32Array, argument);
}

/** The tensor, if its rank is from `least` to `most`. */
export function withRank<T extends { readonly shape: readonly number[] }>(
  tensor: T,
  argument: string,
  least: number,
  most: number,
): T {
  const rank = tensor.shape.length;
  if (rank < least || rank > most) {
    const range = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
    const expected = `${range} dimension${range.endsWith('1') ? '' : 's'}`;
    throw new HeadscopeError('InvalidShape', argument, expected, `shape ${shapeText(tensor.shape)}`);
  }
  return tensor;
}
