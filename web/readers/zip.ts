import { Inflate } from 'fflate';
import { HeadscopeError, reasonOf } from '../../wasm-bindings/js/errors.js';
import { bytesText, LARGEST_INFLATED } from './limits.js';

/** One file of an archive, as the archive's directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  /** Its bytes as they stand in the archive. */
  readonly packed: Uint8Array;
  /** Bytes after inflating, as the directory says. */
  readonly size: number;
}

/** An archive of tensors has a handful of entries. */
const MOST_ENTRIES = 65534;

/** Deflate cannot do better than this, so a directory that says more lies. */
const HIGHEST_RATIO = 1032;

/** Small enough that what comes out of one piece stays small too. */
const PIECE = 16384;

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_HEADER = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const DIRECTORY_END_SIZE = 22;
const STORED = 0;
const DEFLATED = 8;

export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5) && bytes[3] === bytes[2] + 1;
}

function damaged(argument: string, got: string): HeadscopeError {
  return new HeadscopeError('InvalidArgument', argument, 'a whole zip archive', got);
}

/** The end record stands in the last 64 KiB, before a comment of any length. */
function findDirectoryEnd(view: DataView, argument: string): number {
  const first = Math.max(0, view.byteLength - DIRECTORY_END_SIZE - 0xffff);
  for (let at = view.byteLength - DIRECTORY_END_SIZE; at >= first; --at) {
    if (view.getUint32(at, true) !== DIRECTORY_END) continue;
    if (at + DIRECTORY_END_SIZE + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw damaged(argument, 'one whose directory is missing (a download that was cut off?)');
}

function readEntry(bytes: Uint8Array, view: DataView, at: number, directory: number, argument: string): ZipEntry {
  const text = new TextDecoder(view.getUint16(at + 8, true) & 0x800 ? 'utf-8' : 'latin1');
  const nameLength = view.getUint16(at + 28, true);
  const name = text.decode(bytes.subarray(at + 46, at + 46 + nameLength));
  const method = view.getUint16(at + 10, true);
  const packedSize = view.getUint32(at + 20, true);
  const size = view.getUint32(at + 24, true);
  const local = view.getUint32(at + 42, true);
  if (view.getUint16(at + 8, true) & 1) throw damaged(argument, `${name}, which is encrypted`);
  if (local + 30 > directory || view.getUint32(local, true) !== LOCAL_HEADER) {
    throw damaged(argument, `${name} where no file begins`);
  }
  const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (start + packedSize > directory) {
    throw damaged(argument, `${name} with ${bytesText(packedSize)}, which go beyond the archive's files`);
  }
  const honest = method === STORED ? size === packedSize : size <= packedSize * HIGHEST_RATIO;
  if (!honest) throw damaged(argument, `${name}, said to hold ${bytesText(size)} in ${bytesText(packedSize)}`);
  const checksum = view.getUint32(at + 16, true);
  return { name, method, checksum, packed: bytes.subarray(start, start + packedSize), size };
}

/** Entries that share bytes are how a small archive inflates without bound. */
function refuseOverlaps(entries: readonly ZipEntry[], argument: string): void {
  const sorted = entries.filter(({ packed }) => packed.length > 0);
  sorted.sort((a, b) => a.packed.byteOffset - b.packed.byteOffset);
  let end = 0;
  for (const { name, packed } of sorted) {
    if (packed.byteOffset < end) throw damaged(argument, `${name}, which overlaps another entry`);
    end = packed.byteOffset + packed.length;
  }
}

/**
 * The directory of a zip archive, with every size and place checked against the bytes that are there. Nothing is
 * inflated.
 *
 * @throws HeadscopeError `InvalidArgument` for a damaged or lying archive.
 */
export function readZipDirectory(bytes: Uint8Array, argument: string): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findDirectoryEnd(view, argument);
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  if (count > MOST_ENTRIES || directory > end) throw damaged(argument, 'a directory beyond the end of the file');
  const entries: ZipEntry[] = [];
  let at = directory;
  for (let index = 0; index < count; ++index) {
    if (at + 46 > end || view.getUint32(at, true) !== DIRECTORY_HEADER) {
      throw damaged(argument, `${index} of ${count} entries in its directory`);
    }
    const next =
      at + 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > end) throw damaged(argument, `${index} of ${count} entries in its directory`);
    entries.push(readEntry(bytes, view, at, directory, argument));
    at = next;
  }
  refuseOverlaps(entries, argument);
  return entries;
}

let checksums: Uint32Array | undefined;

/** CRC-32 as zip has it. */
function checksumOf(bytes: Uint8Array): number {
  checksums ??= Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; ++bit) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let crc = 0xffffffff;
  for (let index = 0; index < bytes.length; ++index) {
    crc = (crc >>> 8) ^ (checksums[(crc ^ (bytes[index] ?? 0)) & 255] ?? 0);
  }
  return ~crc >>> 0;
}

/** Inflates piece by piece into exactly the bytes that were promised, and stops at the first one too many. */
function inflate(entry: ZipEntry, argument: string): Uint8Array {
  const result = new Uint8Array(entry.size);
  let length = 0;
  const stream = new Inflate((chunk) => {
    if (length + chunk.length > entry.size)
      throw damaged(argument, `more than the ${bytesText(entry.size)} it promises`);
    result.set(chunk, length);
    length += chunk.length;
  });
  try {
    for (let start = 0; start < entry.packed.length; start += PIECE) {
      stream.push(entry.packed.subarray(start, start + PIECE), start + PIECE >= entry.packed.length);
    }
  } catch (error) {
    if (error instanceof HeadscopeError) throw error;
    throw damaged(argument, `one that cannot be inflated (${reasonOf(error)})`);
  }
  if (length !== entry.size) {
    throw damaged(argument, `${bytesText(length)} instead of the ${bytesText(entry.size)} it promises`);
  }
  return result;
}

/**
 * The bytes of one entry.
 *
 * @throws HeadscopeError `TooLarge` beyond 1 GiB, before anything is inflated; `InvalidArgument` where the data is
 *   damaged or packed in a way other than stored and deflated.
 */
export function unpackEntry(entry: ZipEntry, argument: string): Uint8Array {
  if (entry.size > LARGEST_INFLATED) {
    const expected = `at most ${bytesText(LARGEST_INFLATED)} when inflated`;
    throw new HeadscopeError('TooLarge', argument, expected, bytesText(entry.size));
  }
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    const got = `method ${entry.method}`;
    throw new HeadscopeError('InvalidArgument', argument, 'an entry that is stored or deflated', got);
  }
  const bytes = entry.method === STORED ? entry.packed : inflate(entry, argument);
  if (checksumOf(bytes) !== entry.checksum) throw damaged(argument, 'data that does not match its checksum');
  return bytes;
}
