import { createHash } from 'node:crypto';
import type { Tensor } from 'headscope';

/** Shapes, and a digest of the very bits: comparing millions of numbers one by one takes long. */
export function digests(tensors: Readonly<Record<string, Tensor | undefined>>): unknown {
  return Object.entries(tensors)
    .map(([name, tensor]) => {
      const data = tensor?.data ?? new Float32Array(0);
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      return [name, tensor?.shape, createHash('sha256').update(bytes).digest('hex')];
    })
    .sort();
}
