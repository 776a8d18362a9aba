import { zipSync } from 'fflate';
import type { StateDict } from '../../wasm-bindings/js/state-dict.js';
import { namedEntries } from './named-entries.js';
import { writeNpy } from './npy-writer.js';

/** The earliest that an archive can say: the same tensors give the same bytes whenever they are written. */
const WRITTEN = '1980-01-01T00:00:00';

/**
 * The bytes of a .npz archive, not compressed, as `numpy.savez` writes it and `numpy.load` reads it back.
 *
 * @param tensors By name, such as a state dict
 * @throws HeadscopeError `InvalidType`, `InvalidShape`, `TooLarge`
 */
export function writeNpz(tensors: StateDict): Uint8Array<ArrayBuffer> {
  const files = namedEntries(tensors).map(([name, tensor]) => [`${name}.npy`, writeNpy(tensor)] as const);
  return zipSync(Object.fromEntries(files), { level: 0, mtime: WRITTEN });
}
