import { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core';
import { causalMask, type Contestant } from '../contestant.js';
import { tfliteModel } from './tflite-model.js';

/** LiteRT.js with a graph of batched products, on XNNPACK with relaxed SIMD. Inputs lie in its memory; outputs stay there. */
export async function litert(threads: 1 | 2): Promise<Contestant> {
  await loadLiteRt('/node_modules/@litertjs/core/wasm/', { threads: threads > 1 });
  return {
    async prepare({ query, key, value }, workload) {
      const { queries, keys, causal, needWeights } = workload;
      const model = await loadAndCompile(tfliteModel(workload), {
        accelerator: 'wasm',
        cpuOptions: { numThreads: threads },
      });
      const inputs = [query, key, value].map(({ data, shape }) => new Tensor(data, [...shape]));
      if (causal) inputs.push(new Tensor(causalMask(workload), [1, 1, queries, keys]));
      let outputs: Tensor[] = [];
      const drop = (): void => {
        for (const output of outputs) output.delete();
      };
      return {
        async run() {
          drop();
          outputs = await model.run(inputs);
        },
        async result() {
          const [output, weights] = await Promise.all(outputs.map((tensor) => tensor.data()));
          return { output: output as Float32Array, weights: needWeights ? (weights as Float32Array) : undefined };
        },
        release() {
          drop();
          for (const input of inputs) input.delete();
          model.delete();
        },
      };
    },
  };
}
