import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import { shapeText } from '../../wasm-bindings/js/tensor.js';

/** The largest file that is read, in bytes: 1 GiB. */
export const LARGEST_FILE = 2 ** 30;

/** The largest .csv, .tsv or .json that is read, in bytes: 256 MiB, because all of it becomes one string. */
export const LARGEST_TEXT = 2 ** 28;

/** The most values that one file may hold: 256 Mi, which are 1 GiB as float32. */
export const MOST_VALUES = 2 ** 28;

/** The most bytes that the entries of one .npz may have together once inflated: 1 GiB. */
export const LARGEST_INFLATED = 2 ** 30;

/** The most words that one list of labels may have. */
export const MOST_LABELS = 2 ** 20;

/** As many dimensions as NumPy had for most of its life. */
export const MOST_DIMENSIONS = 32;

/** Bytes for people: `1.5 KiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), 3);
  const scaled = bytes / 1024 ** power;
  return `${scaled < 10 ? Math.round(scaled * 10) / 10 : Math.round(scaled)} ${['B', 'KiB', 'MiB', 'GiB'][power]}`;
}

/**
 * How many values a shape has that came from a file.
 *
 * @param argument What an error calls the tensor.
 * @throws HeadscopeError `InvalidShape` for anything but whole numbers from 0 up and for more than 32 dimensions,
 *   `TooLarge` for more values than are read.
 */
export function countValues(shape: readonly unknown[], argument: string): number {
  if (shape.length > MOST_DIMENSIONS) {
    throw new HeadscopeError('InvalidShape', argument, `at most ${MOST_DIMENSIONS} dimensions`, `${shape.length}`);
  }
  let count = 1;
  for (const extent of shape) {
    if (typeof extent !== 'number' || !Number.isInteger(extent) || extent < 0) {
      throw new HeadscopeError('InvalidShape', argument, 'a shape of whole numbers from 0 up', shapeText(shape));
    }
    // A zero elsewhere would hide a gigantic extent from the product.
    if (extent > MOST_VALUES || count * extent > MOST_VALUES) {
      throw new HeadscopeError('TooLarge', argument, `at most ${MOST_VALUES} values`, `shape ${shapeText(shape)}`);
    }
    count *= extent;
  }
  return count;
}
