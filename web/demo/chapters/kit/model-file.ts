import type { Tensor } from 'headscope';
import { readTensors } from 'headscope/readers';

/** A trained model as web/models has it. */
export interface ModelFile {
  /** Weights by PyTorch's names. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** What its .json says: sizes, vocabulary, what was measured. */
  readonly description: unknown;
}

/**
 * Loads the two files of a model. Their addresses are written out where it is called, for the bundler to follow:
 * `new URL('../../../models/NAME.safetensors', import.meta.url)`.
 *
 * @throws (rejects) Error where a file cannot be had, HeadscopeError where the weights cannot be read
 */
export async function loadModel(weights: URL, description: URL): Promise<ModelFile> {
  const [weightBytes, text] = await Promise.all([bytesOf(weights), bytesOf(description)]);
  const named = readTensors('model.safetensors', weightBytes);
  return {
    tensors: Object.fromEntries(named.map(({ name, tensor }) => [name, tensor])),
    description: JSON.parse(new TextDecoder().decode(text)) as unknown,
  };
}

async function bytesOf(address: URL): Promise<Uint8Array> {
  // The page in one file has them inside. Decoded here, since a policy may forbid to fetch such an address.
  if (address.protocol === 'data:') {
    const [, base64 = ''] = address.pathname.split(',');
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  }
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname}: HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
