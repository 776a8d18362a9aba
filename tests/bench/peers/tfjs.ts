import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { add, dispose, matMul, ready, setBackend, softmax, tensor2d, type Tensor2D } from '@tensorflow/tfjs-core';
import { causalMask, type Contestant } from '../contestant.js';

/**
 * tfjs-backend-wasm with one product of plain, untransposed matrices per head: only those go to XNNPACK, which keeps the second factor
 * packed from call to call. So the keys are transposed, and scaled while at it, once for all.
 */
export async function tfjs(threads: 1 | 2): Promise<Contestant> {
  setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  if (threads > 1) setThreadsCount(threads);
  await setBackend('wasm');
  await ready();
  return {
    prepare({ query, key, value }, workload) {
      const { heads, queries, keys, depth, causal, needWeights } = workload;
      const scale = 1 / Math.sqrt(depth);
      const head = (data: Float32Array, rows: number, h: number): Float32Array =>
        data.slice(h * rows * depth, (h + 1) * rows * depth);
      const transposed = (k: Float32Array): Float32Array =>
        Float32Array.from(k, (_, index) => (k[(index % keys) * depth + Math.floor(index / keys)] as number) * scale);
      const inputs = Array.from({ length: heads }, (_, h) => ({
        query: tensor2d(head(query.data, queries, h), [queries, depth]),
        key: tensor2d(transposed(head(key.data, keys, h)), [depth, keys]),
        value: tensor2d(head(value.data, keys, h), [keys, depth]),
      }));
      const mask = causal ? tensor2d(causalMask(workload), [queries, keys]) : undefined;
      let results: { output: Tensor2D; weights?: Tensor2D }[] = [];
      const drop = (): void => {
        for (const result of results) dispose(result);
      };
      return Promise.resolve({
        run() {
          drop();
          results = inputs.map((input) => {
            let scores: Tensor2D = matMul(input.query, input.key);
            if (mask !== undefined) {
              const unmasked = scores;
              scores = add(unmasked, mask);
              unmasked.dispose();
            }
            const weights = softmax(scores);
            scores.dispose();
            const output: Tensor2D = matMul(weights, input.value);
            if (needWeights) return { output, weights };
            weights.dispose();
            return { output };
          });
        },
        result() {
          const joined = (parts: readonly (Tensor2D | undefined)[], size: number): Float32Array => {
            const whole = new Float32Array(heads * size);
            parts.forEach((part, h) => part && whole.set(part.dataSync() as Float32Array, h * size));
            return whole;
          };
          return {
            output: joined(
              results.map(({ output }) => output),
              queries * depth,
            ),
            weights: needWeights
              ? joined(
                  results.map(({ weights }) => weights),
                  queries * keys,
                )
              : undefined,
          };
        },
        release() {
          drop();
          dispose(inputs);
          mask?.dispose();
        },
      });
    },
  };
}
