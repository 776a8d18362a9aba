import type { Contestant, Inputs, Result } from '../contestant.js';
import type { Workload } from '../workloads.js';

/** The loops that a JavaScript developer would write by hand, in the order that suits the cache. */
export function plainJavaScript(): Contestant {
  return {
    prepare(inputs, workload) {
      let result: Result;
      return Promise.resolve({
        run: () => void (result = attention(inputs, workload)),
        result: () => result,
        release: () => undefined,
      });
    },
  };
}

function attention({ query, key, value }: Inputs, workload: Workload): Result {
  const { heads, queries, keys, depth, causal, needWeights } = workload;
  const output = new Float32Array(heads * queries * depth);
  const weights = new Float32Array(needWeights ? heads * queries * keys : keys);
  const scale = 1 / Math.sqrt(depth);
  for (let h = 0; h < heads; ++h) {
    for (let i = 0; i < queries; ++i) {
      const q = (h * queries + i) * depth;
      const row = needWeights ? (h * queries + i) * keys : 0;
      const reached = causal ? Math.min(keys, i + 1) : keys;
      let largest = -Infinity;
      for (let j = 0; j < reached; ++j) {
        const k = (h * keys + j) * depth;
        let score = 0;
        for (let d = 0; d < depth; ++d) score += (query.data[q + d] as number) * (key.data[k + d] as number);
        weights[row + j] = score * scale;
        largest = Math.max(largest, score * scale);
      }
      let sum = 0;
      for (let j = 0; j < reached; ++j) sum += weights[row + j] = Math.exp((weights[row + j] as number) - largest);
      for (let j = 0; j < reached; ++j) {
        const weight = (weights[row + j] = (weights[row + j] as number) / sum);
        const v = (h * keys + j) * depth;
        for (let d = 0; d < depth; ++d)
          output[q + d] = (output[q + d] as number) + weight * (value.data[v + d] as number);
      }
    }
  }
  return needWeights ? { output, weights } : { output };
}
