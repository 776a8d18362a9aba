import { env, InferenceSession } from 'onnxruntime-web/wasm';
import type { Contestant } from '../contestant.js';
import { onnxModel } from './onnx-model.js';

/** onnxruntime-web with its operator Attention; nothing is copied in or out while it is timed. */
export function onnxRuntime(threads: 1 | 2): Contestant {
  env.wasm.wasmPaths = '/node_modules/onnxruntime-web/dist/';
  env.wasm.numThreads = threads;
  env.logLevel = 'error';
  return {
    async prepare(inputs, workload) {
      const { needWeights } = workload;
      // Optimisers would compute the whole of it beforehand: all its inputs are constants.
      const session = await InferenceSession.create(onnxModel(inputs, workload), {
        executionProviders: ['wasm'],
        graphOptimizationLevel: 'disabled',
      });
      return {
        async run() {
          await session.run({}, ['done']);
        },
        async result() {
          const { output, weights } = await session.run({}, ['output', ...(needWeights ? ['weights'] : [])]);
          return {
            output: output?.data as Float32Array,
            weights: weights?.data as Float32Array | undefined,
          };
        },
        release: () => void session.release(),
      };
    },
  };
}
