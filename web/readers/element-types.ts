/** How one kind of number is stored. */
export interface ElementType {
  readonly name: string;
  /** Bytes per value. */
  readonly size: 1 | 2 | 4 | 8;
  /** The values of little-endian bytes, rounded to float32. `bytes.length` is a multiple of `size`. */
  readonly decode: (bytes: Uint8Array) => Float32Array;
}

type Numbers = new (buffer: ArrayBufferLike, offset: number, length: number) => ArrayLike<number>;

/** A typed array over the bytes; over a copy of them where their place in the buffer does not suit it. */
function view<T>(
  bytes: Uint8Array,
  kind: (new (buffer: ArrayBufferLike, offset: number, length: number) => T) & { readonly BYTES_PER_ELEMENT: number },
): T {
  const size = kind.BYTES_PER_ELEMENT;
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new kind(buffer, byteOffset, bytes.length / size);
}

function plain(name: string, size: ElementType['size'], kind: Numbers & { BYTES_PER_ELEMENT: number }): ElementType {
  return { name, size, decode: (bytes) => new Float32Array(view(bytes, kind)) };
}

/** 64-bit integers, from their halves: BigInts would take ten times as long. */
function decodeInteger64(bytes: Uint8Array, high: Int32Array | Uint32Array): Float32Array {
  const low = view(bytes, Uint32Array);
  const result = new Float32Array(bytes.length / 8);
  for (let index = 0; index < result.length; ++index) {
    result[index] = (high[2 * index + 1] ?? 0) * 2 ** 32 + (low[2 * index] ?? 0);
  }
  return result;
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * 2 ** -24 * fraction : sign * 2 ** (exponent - 25) * (1024 + fraction);
}

let halves: Float32Array | undefined;

/** All 65536 of them, made when the first float16 tensor is read. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits));
  return halves;
}

function decodeFloat16(bytes: Uint8Array): Float32Array {
  const table = halfTable();
  const bits = view(bytes, Uint16Array);
  const result = new Float32Array(bits.length);
  for (let index = 0; index < result.length; ++index) result[index] = table[bits[index] ?? 0] ?? 0;
  return result;
}

/** bfloat16 is the upper half of a float32. */
function decodeBfloat16(bytes: Uint8Array): Float32Array {
  const bits = view(bytes, Uint16Array);
  const result = new Uint32Array(bits.length);
  for (let index = 0; index < result.length; ++index) result[index] = (bits[index] ?? 0) << 16;
  return new Float32Array(result.buffer);
}

export const FLOAT16: ElementType = { name: 'float16', size: 2, decode: decodeFloat16 };
export const BFLOAT16: ElementType = { name: 'bfloat16', size: 2, decode: decodeBfloat16 };
export const FLOAT32: ElementType = plain('float32', 4, Float32Array);
export const FLOAT64: ElementType = plain('float64', 8, Float64Array);
export const INT8: ElementType = plain('int8', 1, Int8Array);
export const INT16: ElementType = plain('int16', 2, Int16Array);
export const INT32: ElementType = plain('int32', 4, Int32Array);
export const INT64: ElementType = {
  name: 'int64',
  size: 8,
  decode: (bytes) => decodeInteger64(bytes, view(bytes, Int32Array)),
};
export const UINT8: ElementType = plain('uint8', 1, Uint8Array);
export const UINT16: ElementType = plain('uint16', 2, Uint16Array);
export const UINT32: ElementType = plain('uint32', 4, Uint32Array);
export const UINT64: ElementType = {
  name: 'uint64',
  size: 8,
  decode: (bytes) => decodeInteger64(bytes, view(bytes, Uint32Array)),
};
export const BOOL: ElementType = {
  name: 'bool',
  size: 1,
  decode: (bytes) => Float32Array.from(bytes, (byte) => (byte === 0 ? 0 : 1)),
};

/** A copy with the bytes of every value turned round: big-endian to little-endian. */
export function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const result = bytes.slice();
  for (let first = 0; first < result.length; first += size) result.subarray(first, first + size).reverse();
  return result;
}
