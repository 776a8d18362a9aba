import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import { bytesText, LARGEST_INFLATED, MOST_VALUES } from './limits.js';
import type { NamedLabels, NamedTensor, TensorFile } from './named-tensor.js';
import { readNpy } from './npy.js';
import { readZipDirectory, unpackEntry, type ZipEntry } from './zip.js';

const SUFFIX = '.npy';

/** Refuses everything at once that would be too much, before the first byte is inflated. */
function checkTotal(entries: readonly ZipEntry[], argument: string): void {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (total <= LARGEST_INFLATED) return;
  const expected = `at most ${bytesText(LARGEST_INFLATED)} when inflated`;
  throw new HeadscopeError('TooLarge', argument, expected, bytesText(total));
}

/**
 * Reads a .npz archive, as `numpy.savez` and `numpy.savez_compressed` write it.
 *
 * @param argument What an error calls the file.
 * @throws HeadscopeError as {@link readNpy}, and `InvalidArgument` for a damaged archive or one without arrays.
 */
export function readNpz(bytes: Uint8Array, argument: string): TensorFile {
  const all = readZipDirectory(bytes, argument);
  const entries = all.filter(({ name }) => name.endsWith(SUFFIX));
  if (entries.length === 0) {
    const pickled = all.some(({ name }) => name.endsWith('data.pkl'));
    const got = pickled
      ? "a pickled PyTorch file, which can run code: save with safetensors' save_file or numpy.savez"
      : `an archive of ${all.length} other files`;
    throw new HeadscopeError('InvalidArgument', argument, 'a .npz archive of .npy arrays', got);
  }
  checkTotal(entries, argument);
  const tensors: NamedTensor[] = [];
  const labels: NamedLabels[] = [];
  let values = 0;
  for (const entry of entries) {
    const name = entry.name.slice(0, -SUFFIX.length);
    const what = `${argument}: ${name}`;
    const array = readNpy(unpackEntry(entry, what), what);
    if ('labels' in array) {
      labels.push({ name, labels: array.labels });
      continue;
    }
    // One-byte values take four as float32, so the limit on bytes alone would not do.
    values += array.tensor.data.length;
    if (values > MOST_VALUES) {
      throw new HeadscopeError('TooLarge', argument, `at most ${MOST_VALUES} values`, 'more');
    }
    tensors.push({ name, tensor: array.tensor, dtype: array.dtype });
  }
  return { tensors, labels };
}
