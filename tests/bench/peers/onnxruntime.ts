import { env, InferenceSession } from 'onnxruntime-web/wasm';
import type { Call, Contestant } from '../contestant.js';
import { onnxModel } from './onnx-model.js';

function setUp(threads: 1 | 2): void {
  env.wasm.wasmPaths = '/node_modules/onnxruntime-web/dist/';
  env.wasm.numThreads = threads;
  env.logLevel = 'error';
}

/** A model without inputs, and with the outputs `done`, `output` and perhaps `weights`. */
async function callOf(model: Uint8Array, needWeights = false): Promise<Call> {
  // Optimisers would compute the whole of it beforehand: all its inputs are constants.
  const session = await InferenceSession.create(model, {
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
}

/** onnxruntime-web with its operator Attention; nothing is copied in or out while it is timed. */
export function onnxRuntime(threads: 1 | 2): Contestant {
  setUp(threads);
  return { prepare: (inputs, workload) => callOf(onnxModel(inputs, workload), workload.needWeights) };
}

/** onnxruntime-web with a graph, as its exporters write it; nothing is copied in or out while it is timed. */
export function onnxRuntimeGraph(model: Uint8Array): Promise<Call> {
  setUp(1);
  return callOf(model);
}
