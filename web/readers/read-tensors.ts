import { HeadscopeError, reasonOf } from '../../wasm-bindings/js/errors.js';
import { describe } from '../../wasm-bindings/js/tensor.js';
import { readJson } from './json.js';
import { bytesText, LARGEST_FILE } from './limits.js';
import type { NamedTensor, TensorFile } from './named-tensor.js';
import { isNpy, readNpy } from './npy.js';
import { readNpz } from './npz.js';
import { readSafetensors } from './safetensors.js';
import { readTable } from './table.js';
import { decodeText } from './text.js';
import { isZip } from './zip.js';

/** File names' endings that are read, for a file button's `accept`. */
export const READABLE_EXTENSIONS: readonly string[] = ['.npy', '.npz', '.safetensors', '.csv', '.tsv', '.txt', '.json'];

function splitName(fileName: string): { readonly base: string; readonly extension: string } {
  const match = /^(.*?)(\.[^.]*)?$/s.exec(fileName.replace(/^.*[\\/]/s, ''));
  return { base: match?.[1] ?? fileName, extension: match?.[2]?.toLowerCase() ?? '' };
}

function readKnown(fileName: string, bytes: Uint8Array): TensorFile {
  const { base, extension } = splitName(fileName);
  // What the first bytes say is surer than the name; a damaged file is told by its name.
  if (isNpy(bytes) || (extension === '.npy' && !isZip(bytes))) {
    const array = readNpy(bytes, fileName);
    if ('labels' in array) return { tensors: [], labels: [{ name: base, labels: array.labels }] };
    return { tensors: [{ name: base, tensor: array.tensor, dtype: array.dtype }], labels: [] };
  }
  if (isZip(bytes) || extension === '.npz') return readNpz(bytes, fileName);
  switch (extension) {
    case '.safetensors':
      return { tensors: readSafetensors(bytes, fileName), labels: [] };
    case '.json':
      return readJson(decodeText(bytes, fileName), base, fileName);
    case '.csv':
    case '.tsv':
    case '.txt':
      return readTable(decodeText(bytes, fileName), base, fileName);
    case '.pt':
    case '.pth':
    case '.pkl':
    case '.pickle': {
      const got = "a pickle, which can run code: save with safetensors' save_file or numpy.savez";
      throw new HeadscopeError('InvalidArgument', fileName, 'a file of plain numbers', got);
    }
    default: {
      const got = extension === '' ? 'a name without an ending' : describe(extension);
      throw new HeadscopeError('InvalidArgument', fileName, `one of ${READABLE_EXTENSIONS.join(', ')}`, got);
    }
  }
}

/**
 * Reads a file that holds tensors: .npy, .npz, .safetensors, .csv, .tsv, .txt or .json, known by its first bytes, else
 * by its name. It runs to its end on the calling thread: give large files to a worker.
 *
 * The limits: 1 GiB of file (256 MiB of text) and 256 Mi values. Sizes in a header are checked against the bytes that
 * are there before memory is asked for, and nothing in a file is ever run.
 *
 * @param fileName With its ending; an error's `argument` begins with it.
 * @throws HeadscopeError `InvalidArgument` (damaged or of another kind), `InvalidShape`, `InvalidType`, `TooLarge`, or
 *   `OutOfMemory`; nothing else.
 */
export function readTensorFile(fileName: string, file: ArrayBuffer | Uint8Array): TensorFile {
  // A view of its own also where a Node Buffer came, whose slice() does not copy.
  const bytes =
    file instanceof Uint8Array ? new Uint8Array(file.buffer, file.byteOffset, file.length) : new Uint8Array(file);
  if (bytes.length === 0) throw new HeadscopeError('InvalidArgument', fileName, 'a file with numbers', 'an empty file');
  if (bytes.length > LARGEST_FILE) {
    throw new HeadscopeError('TooLarge', fileName, `at most ${bytesText(LARGEST_FILE)}`, bytesText(bytes.length));
  }
  try {
    return readKnown(fileName, bytes);
  } catch (error) {
    // The engine's own words for memory that could not be had, or for a text too long for one string.
    if (error instanceof RangeError) {
      const got = `not enough for ${bytesText(bytes.length)} (${reasonOf(error)})`;
      throw new HeadscopeError('OutOfMemory', fileName, 'memory for its values', got, { cause: error });
    }
    throw error;
  }
}

/** The tensors of a file; see {@link readTensorFile}, which gives its labels too. */
export function readTensors(fileName: string, file: ArrayBuffer | Uint8Array): readonly NamedTensor[] {
  return readTensorFile(fileName, file).tensors;
}
