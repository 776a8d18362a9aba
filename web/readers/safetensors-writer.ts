import { choice } from '../../wasm-bindings/js/attention-options.js';
import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import type { StateDict } from '../../wasm-bindings/js/state-dict.js';
import { optionsOf } from '../../wasm-bindings/js/tensor.js';
import { toHalf } from './float16.js';
import { namedEntries } from './named-entries.js';

/** The tensors begin at a multiple of so many bytes, as the format asks for. */
const ALIGNMENT = 8;

const DTYPES = ['F32', 'F16'] as const;

export interface SafetensorsOptions {
  /** `F32`, or `F16` for half the size and 3 digits. `F32` unless given. */
  readonly dtype?: (typeof DTYPES)[number] | undefined;
}

function halves(name: string, data: Float32Array): Uint16Array {
  return Uint16Array.from(data, (value, index) => {
    const half = toHalf(value);
    if ((half & 0x7fff) === 0x7c00 && Number.isFinite(value)) {
      throw new HeadscopeError('InvalidArgument', name, 'numbers up to 65504 for F16', `${value} at element ${index}`);
    }
    return half;
  });
}

/**
 * The bytes of a .safetensors file, which `safetensors.torch.load_file` and {@link readTensors} read back.
 *
 * @param tensors By name, such as a state dict
 * @throws HeadscopeError `InvalidType`, `InvalidShape`, `TooLarge`; `InvalidArgument` for a finite number that F16 does not
 *   hold, and for the name `__metadata__`, which the format keeps for itself
 */
export function writeSafetensors(tensors: StateDict, options: SafetensorsOptions = {}): Uint8Array<ArrayBuffer> {
  const dtype = DTYPES[choice(optionsOf(options).dtype, DTYPES, 'dtype')] as 'F32' | 'F16';
  const entries = namedEntries(tensors);
  const header: [name: string, entry: object][] = [['__metadata__', { format: 'pt' }]];
  let end = 0;
  for (const [name, { data, shape }] of entries) {
    if (name === '__metadata__') {
      throw new HeadscopeError('InvalidArgument', name, 'another name for a tensor', 'the name of the metadata');
    }
    const begin = end;
    end += data.length * (dtype === 'F16' ? 2 : 4);
    header.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  // Parsed and written as entries: an object would put names that are numbers first.
  const fields = header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const start = Math.ceil((8 + text.length) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(start + end).fill(0x20, 8 + text.length, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(text, 8);
  let at = start;
  for (const [name, { data }] of entries) {
    const stored = dtype === 'F16' ? halves(name, data) : data;
    bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength), at);
    at += stored.byteLength;
  }
  return bytes;
}
