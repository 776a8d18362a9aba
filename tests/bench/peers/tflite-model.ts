import type { Workload } from '../workloads.js';
import { byte, bytes, flatbuffer, float, int, ints, table, text, vector, type Value } from './flatbuffer.js';

// Numbers of tensorflow/lite/schema/schema.fbs.
const SCHEMA_VERSION = 3;
const operators = {
  add: { code: 0, optionsType: 11, options: table() },
  multiply: { code: 18, optionsType: 21, options: table() },
  softmax: { code: 25, optionsType: 9, options: table(float(1)) },
  batchMatMul: { code: 126, optionsType: 101, options: table() },
  batchMatMulTransposed: { code: 126, optionsType: 101, options: table(undefined, byte(1)) },
} as const;

/**
 * softmax(scale·QKᵀ [+ mask])·V as a .tflite file. Inputs: query, key, value, and (causal) the mask (1, 1, Lq, Lk). Outputs: the output,
 * and (with weights) the weights.
 */
export function tfliteModel(workload: Workload): Uint8Array {
  const { heads, queries, keys, depth, causal, needWeights } = workload;
  const tensors: Value[] = [];
  const steps: Value[] = [];
  const kinds = Object.values(operators);

  /** Buffer 0 is the empty one, of all tensors but constants. */
  const tensor = (name: string, shape: readonly number[], buffer = 0): number =>
    tensors.push(table(ints(shape), byte(0), int(buffer), text(name))) - 1;
  const step = (operator: keyof typeof operators, inputs: readonly number[], output: number): number => {
    const { optionsType, options } = operators[operator];
    const code = kinds.indexOf(operators[operator]);
    steps.push(table(int(code), ints(inputs), ints([output]), byte(optionsType), options));
    return output;
  };

  const scoresShape = [1, heads, queries, keys];
  const query = tensor('query', [1, heads, queries, depth]);
  const key = tensor('key', [1, heads, keys, depth]);
  const value = tensor('value', [1, heads, keys, depth]);
  const mask = causal ? [tensor('mask', [1, 1, queries, keys])] : [];
  const scale = tensor('scale', [1], 1);

  const scaled = step('multiply', [query, scale], tensor('scaled', [1, heads, queries, depth]));
  let scores = step('batchMatMulTransposed', [scaled, key], tensor('scores', scoresShape));
  for (const added of mask) scores = step('add', [scores, added], tensor('masked', scoresShape));
  const weights = step('softmax', [scores], tensor('weights', scoresShape));
  const output = step('batchMatMul', [weights, value], tensor('output', [1, heads, queries, depth]));

  const all = (values: readonly Value[]): ReturnType<typeof vector> =>
    vector(...values.filter((element) => element.kind === 'table'));
  const operatorCodes = kinds.map(({ code }) => table(byte(code), undefined, int(1), int(code)));
  const subgraph = table(
    all(tensors),
    ints([query, key, value, ...mask]),
    ints(needWeights ? [output, weights] : [output]),
    all(steps),
    text('attention'),
  );
  const buffers = [table(), table(bytes(new Uint8Array(Float32Array.of(1 / Math.sqrt(depth)).buffer)))];
  return flatbuffer(
    table(int(SCHEMA_VERSION), vector(...operatorCodes), vector(subgraph), text('attention'), vector(...buffers)),
    'TFL3',
  );
}
