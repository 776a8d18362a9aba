import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import { shapeText, type Tensor } from '../../wasm-bindings/js/tensor.js';
import { countValues } from './limits.js';

/** NumPy aligns the values to this many bytes. */
const ALIGNMENT = 64;

/**
 * The bytes of a .npy file (version 1.0, little-endian float32, C order) that `numpy.load` reads back.
 *
 * @throws HeadscopeError `InvalidShape` where `data` does not have as many values as `shape` says.
 */
export function writeNpy(tensor: Tensor): Uint8Array<ArrayBuffer> {
  const { data, shape } = tensor;
  if (countValues(shape, 'tensor') !== data.length) {
    const got = `${data.length} values for shape ${shapeText(shape)}`;
    throw new HeadscopeError('InvalidShape', 'tensor', 'as many values as its shape says', got);
  }
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const fields = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  const prefix = 10; // magic, version, length of the header
  const start = Math.ceil((prefix + fields.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = `${fields.padEnd(start - prefix - 1)}\n`;
  const bytes = new Uint8Array(start + 4 * data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), prefix);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return bytes;
}
