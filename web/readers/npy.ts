import { HeadscopeError, reasonOf } from '../../wasm-bindings/js/errors.js';
import { describe, type Tensor } from '../../wasm-bindings/js/tensor.js';
import * as types from './element-types.js';
import type { ElementType } from './element-types.js';
import { bytesText, countValues, MOST_LABELS } from './limits.js';
import { readPythonLiteral, type PythonValue } from './python-literal.js';

/** `\x93NUMPY` */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** NumPy itself refuses headers over 10,000 bytes unless told otherwise. */
const LONGEST_HEADER = 65536;

/** A numeric array of a .npy file, or one of words (NumPy's `<U5` and `S5`). */
export type NpyArray =
  | { readonly tensor: Tensor; readonly dtype: string }
  | { readonly labels: readonly string[]; readonly dtype: 'string' };

interface Header {
  readonly descr: PythonValue;
  readonly fortranOrder: boolean;
  readonly shape: readonly PythonValue[];
  /** Where the values begin, in bytes. */
  readonly end: number;
}

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  b1: types.BOOL,
  i1: types.INT8,
  i2: types.INT16,
  i4: types.INT32,
  i8: types.INT64,
  u1: types.UINT8,
  u2: types.UINT16,
  u4: types.UINT32,
  u8: types.UINT64,
  f2: types.FLOAT16,
  f4: types.FLOAT32,
  f8: types.FLOAT64,
};

const READABLE = 'numbers of type f2, f4, f8, i1 to i8, u1 to u8 or bool';

export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

function readHeader(bytes: Uint8Array, argument: string): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const major = bytes[6] ?? 0;
  if (!isNpy(bytes) || major < 1 || major > 3) {
    const got = isNpy(bytes) ? `version ${major}` : 'other bytes at its start';
    throw new HeadscopeError('InvalidArgument', argument, 'a .npy file of version 1, 2 or 3', got);
  }
  const start = major === 1 ? 10 : 12;
  const length = bytes.length < start ? 0 : major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (bytes.length < start || length > bytes.length - start) {
    const got = `a file that ends after ${bytesText(bytes.length)}`;
    throw new HeadscopeError('InvalidArgument', argument, `a header of ${bytesText(start + length)}`, got);
  }
  if (length > LONGEST_HEADER) {
    const expected = `a header of at most ${bytesText(LONGEST_HEADER)}`;
    throw new HeadscopeError('InvalidArgument', argument, expected, bytesText(length));
  }
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + length));
  return { ...readFields(text, argument), end: start + length };
}

function readFields(text: string, argument: string): Omit<Header, 'end'> {
  const expected = "a header with 'descr', 'fortran_order' and 'shape'";
  let fields: PythonValue;
  try {
    fields = readPythonLiteral(text);
  } catch (error) {
    throw new HeadscopeError('InvalidArgument', argument, expected, `one that cannot be read (${reasonOf(error)})`);
  }
  if (!(fields instanceof Map)) throw new HeadscopeError('InvalidArgument', argument, expected, 'none');
  const read = fields as ReadonlyMap<string, PythonValue>;
  const descr = read.get('descr');
  const fortranOrder = read.get('fortran_order');
  const shape = read.get('shape');
  if (descr === undefined || typeof fortranOrder !== 'boolean' || !Array.isArray(shape)) {
    throw new HeadscopeError('InvalidArgument', argument, expected, describe(text.trim()));
  }
  return { descr, fortranOrder, shape: shape as readonly PythonValue[] };
}

/** Moves values from first-axis-fastest order to last-axis-fastest order. */
function fromFortranOrder(data: Float32Array, shape: readonly number[]): Float32Array {
  const columns = shape.at(-1);
  if (shape.length < 2 || columns === undefined || data.length === 0) return data;
  const result = new Float32Array(data.length);
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape) {
    strides.push(stride);
    stride *= extent;
  }
  const columnStride = strides.at(-1) ?? 1;
  const index = new Array<number>(shape.length - 1).fill(0);
  for (let row = 0, start = 0; row < result.length; row += columns) {
    for (let column = 0; column < columns; ++column) result[row + column] = data[start + column * columnStride] ?? 0;
    for (let axis = index.length - 1; axis >= 0; --axis) {
      const at = (index[axis] ?? 0) + 1;
      const step = strides[axis] ?? 0;
      if (at < (shape[axis] ?? 0)) {
        index[axis] = at;
        start += step;
        break;
      }
      index[axis] = 0;
      start -= (at - 1) * step;
    }
  }
  return result;
}

/** Refuses a file whose values are not as many bytes as the header says. */
function checkLength(values: Uint8Array, expected: number, argument: string): void {
  if (values.length === expected) return;
  const wanted = `${bytesText(expected)} of values, as its header says`;
  const got = bytesText(values.length) === bytesText(expected) ? `${values.length} bytes` : bytesText(values.length);
  throw new HeadscopeError('InvalidArgument', argument, wanted, got);
}

function readLabels(values: Uint8Array, kind: string, width: number, bigEndian: boolean): string[] {
  const size = kind === 'U' ? 4 * width : width;
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const labels: string[] = [];
  for (let start = 0; start < values.length; start += size) {
    let label = '';
    for (let at = start; at < start + size; at += size / width) {
      const code = kind === 'U' ? view.getUint32(at, !bigEndian) : view.getUint8(at);
      if (code === 0) continue;
      label += String.fromCodePoint(code <= 0x10ffff ? code : 0xfffd);
    }
    labels.push(label);
  }
  return labels;
}

/**
 * Reads the bytes of a .npy file (format versions 1 to 3): C and Fortran order, either byte order.
 *
 * @param argument What an error calls the file.
 * @throws HeadscopeError `InvalidArgument` for a damaged file, `InvalidShape` or `TooLarge` for a shape that cannot be,
 *   `InvalidType` for complex numbers, dates, structures and Python objects (those are pickled, and never unpickled).
 */
export function readNpy(bytes: Uint8Array, argument: string): NpyArray {
  const header = readHeader(bytes, argument);
  const { descr, shape } = header;
  const match = typeof descr === 'string' ? /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) : null;
  const [, order = '', kind = '', digits = ''] = match ?? [];
  if (kind === 'O') {
    throw new HeadscopeError('InvalidType', argument, READABLE, 'pickled Python objects, which can run code');
  }
  const count = countValues(shape, argument);
  const values = bytes.subarray(header.end);
  const width = Number(digits);
  if ((kind === 'U' || kind === 'S') && width > 0) {
    checkLength(values, count * width * (kind === 'U' ? 4 : 1), argument);
    if (count > MOST_LABELS) {
      throw new HeadscopeError('TooLarge', argument, `at most ${MOST_LABELS} words`, `${count}`);
    }
    return { labels: readLabels(values, kind, width, order === '>'), dtype: 'string' };
  }
  const type = Object.hasOwn(ELEMENT_TYPES, kind + digits) ? ELEMENT_TYPES[kind + digits] : undefined;
  if (type === undefined) {
    const got = typeof descr === 'string' ? describe(descr) : 'a structured type';
    throw new HeadscopeError('InvalidType', argument, READABLE, got);
  }
  checkLength(values, count * type.size, argument);
  const data = type.decode(order === '>' && type.size > 1 ? types.swapBytes(values, type.size) : values);
  const sizes = shape.map(Number);
  return {
    tensor: { data: header.fortranOrder ? fromFortranOrder(data, sizes) : data, shape: sizes },
    dtype: type.name,
  };
}
