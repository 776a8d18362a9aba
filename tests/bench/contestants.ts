import { load, type Tensor } from '../../dist/headscope.js';
import type { Workload } from './workloads.js';

export interface Inputs {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

/** Something that computes attention, called from JavaScript with typed arrays in and out. */
export interface Contestant {
  readonly name: string;
  /** The output (1, H, Lq, D). */
  attention(inputs: Inputs, workload: Workload): Float32Array;
}

/** headscope in one flavour, or nothing where this browser does not have it. */
export async function headscope(flavour: 'simd' | 'relaxed'): Promise<Contestant> {
  const instance = await load({ flavour });
  return {
    name: `headscope, ${instance.flavour}`,
    attention: ({ query, key, value }, { causal, needWeights }) =>
      instance.attention(query, key, value, { causal, needWeights }).output.data,
  };
}

/** The loops that a JavaScript developer would write by hand, in the order that suits the cache. */
export const plainJavaScript: Contestant = {
  name: 'plain JavaScript',
  attention({ query, key, value }, { heads, queries, keys, depth, causal }) {
    const output = new Float32Array(heads * queries * depth);
    const row = new Float32Array(keys);
    const scale = 1 / Math.sqrt(depth);
    for (let h = 0; h < heads; ++h) {
      for (let i = 0; i < queries; ++i) {
        const q = (h * queries + i) * depth;
        const reached = causal ? Math.min(keys, i + 1) : keys;
        let largest = -Infinity;
        for (let j = 0; j < reached; ++j) {
          const k = (h * keys + j) * depth;
          let score = 0;
          for (let d = 0; d < depth; ++d) score += (query.data[q + d] as number) * (key.data[k + d] as number);
          row[j] = score * scale;
          largest = Math.max(largest, score * scale);
        }
        let sum = 0;
        for (let j = 0; j < reached; ++j) sum += row[j] = Math.exp((row[j] as number) - largest);
        for (let j = 0; j < reached; ++j) {
          const weight = (row[j] as number) / sum;
          const v = (h * keys + j) * depth;
          for (let d = 0; d < depth; ++d)
            output[q + d] = (output[q + d] as number) + weight * (value.data[v + d] as number);
        }
      }
    }
    return output;
  },
};
