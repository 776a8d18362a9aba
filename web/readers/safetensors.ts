import { HeadscopeError, reasonOf } from '../../wasm-bindings/js/errors.js';
import { describe } from '../../wasm-bindings/js/tensor.js';
import * as types from './element-types.js';
import type { ElementType } from './element-types.js';
import { bytesText, countValues, MOST_VALUES } from './limits.js';
import type { NamedTensor } from './named-tensor.js';

/** The format's own limit is 100 MB; a header of tensors' names never comes near this. */
const LONGEST_HEADER = 16 * 2 ** 20;

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  BOOL: types.BOOL,
  I8: types.INT8,
  I16: types.INT16,
  I32: types.INT32,
  I64: types.INT64,
  U8: types.UINT8,
  U16: types.UINT16,
  U32: types.UINT32,
  U64: types.UINT64,
  F16: types.FLOAT16,
  BF16: types.BFLOAT16,
  F32: types.FLOAT32,
  F64: types.FLOAT64,
};

interface Entry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly count: number;
  readonly begin: number;
  readonly end: number;
}

function damaged(argument: string, expected: string, got: string): HeadscopeError {
  return new HeadscopeError('InvalidArgument', argument, expected, got);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseHeader(bytes: Uint8Array, argument: string): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw damaged(argument, 'a header in JSON', reasonOf(error));
  }
  if (!isRecord(header)) throw damaged(argument, 'a header that is a JSON object', describe(header));
  return header;
}

function readEntry(name: string, entry: unknown, available: number, argument: string): Entry {
  const what = `${argument}: ${name}`;
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !Array.isArray(offsets)) {
    throw damaged(what, 'an entry with dtype, shape and data_offsets', describe(entry));
  }
  const type = Object.hasOwn(ELEMENT_TYPES, dtype) ? ELEMENT_TYPES[dtype] : undefined;
  if (type === undefined) {
    const known = Object.keys(ELEMENT_TYPES).join(', ');
    throw new HeadscopeError('InvalidType', what, `one of ${known}`, describe(dtype));
  }
  const count = countValues(shape, what);
  const [begin, end] = offsets as unknown[];
  if (
    offsets.length !== 2 ||
    typeof begin !== 'number' ||
    typeof end !== 'number' ||
    !Number.isSafeInteger(begin) ||
    !Number.isSafeInteger(end) ||
    begin < 0 ||
    begin > end ||
    end > available
  ) {
    const expected = `offsets from 0 to the ${available} bytes of data that are there`;
    throw damaged(what, expected, `[${(offsets as unknown[]).slice(0, 3).map(describe).join(', ')}]`);
  }
  if (end - begin !== count * type.size) {
    throw damaged(what, `${count * type.size} bytes for shape (${shape.join(', ')}) of ${dtype}`, `${end - begin}`);
  }
  return { name, type, shape: shape as number[], count, begin, end };
}

/** The format has no holes and no byte that belongs to two tensors. */
function checkCover(entries: readonly Entry[], available: number, argument: string): void {
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) {
      const got = `${entry.begin}, which ${entry.begin < end ? 'overlaps another tensor' : 'leaves a hole'}`;
      throw damaged(`${argument}: ${entry.name}`, `data that begins at byte ${end}`, got);
    }
    end = entry.end;
  }
  if (end !== available) throw damaged(argument, `${bytesText(end)} of data, as its header says`, bytesText(available));
}

/**
 * Reads a .safetensors file: 8 bytes with the header's length, a header in JSON, the tensors' bytes.
 *
 * @param argument What an error calls the file.
 * @throws HeadscopeError `InvalidArgument` for a damaged or lying file, `InvalidType` for a dtype without a meaning
 *   here (float8 and the like), `InvalidShape` or `TooLarge` for a shape that cannot be.
 */
export function readSafetensors(bytes: Uint8Array, argument: string): NamedTensor[] {
  if (bytes.length < 8) throw damaged(argument, "8 bytes with the header's length", bytesText(bytes.length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (length > bytes.length - 8) {
    throw damaged(argument, `a header of ${length} bytes, as it says`, `${bytesText(bytes.length - 8)} in all`);
  }
  if (length > LONGEST_HEADER) {
    throw damaged(argument, `a header of at most ${bytesText(LONGEST_HEADER)}`, bytesText(length));
  }
  const header = parseHeader(bytes.subarray(8, 8 + length), argument);
  const data = bytes.subarray(8 + length);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => readEntry(name, entry, data.length, argument));
  checkCover(entries, data.length, argument);
  if (entries.reduce((sum, { count }) => sum + count, 0) > MOST_VALUES) {
    throw new HeadscopeError('TooLarge', argument, `at most ${MOST_VALUES} values`, 'more');
  }
  return entries.map(({ name, type, shape, begin, end }) => ({
    name,
    tensor: { data: type.decode(data.subarray(begin, end)), shape },
    dtype: type.name,
  }));
}
