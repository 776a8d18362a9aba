import type { Tensor } from 'headscope';
import type { Inputs } from '../contestant.js';
import type { Workload } from '../workloads.js';
import { bytes, joined, message, number, text, type Pieces } from './protobuf.js';

// Numbers of onnx/onnx.proto.
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;
export const IR_VERSION = 10;
const OPSET = 23;

export const node = (
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  ...attributes: readonly Pieces[]
): Pieces =>
  message(
    1,
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, type),
    ...attributes,
  );

export const attribute = (name: string, value: number): Pieces =>
  message(5, text(1, name), number(3, value), number(20, ATTRIBUTE_INT));

export const whole = (name: string, ...values: readonly number[]): Pieces =>
  message(5, text(1, name), ...values.map((value) => number(8, value)), number(20, ATTRIBUTE_INTS));

const initializer = (name: string, type: number, data: ArrayBufferView, shape: readonly number[]): Pieces =>
  message(
    5,
    ...shape.map((extent) => number(1, extent)),
    number(2, type),
    text(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  );

export const floats = (name: string, { data, shape }: Tensor): Pieces => initializer(name, FLOAT, data, shape);

export const place = (name: string, ...coordinates: readonly bigint[]): Pieces =>
  initializer(name, INT64, BigInt64Array.from(coordinates), [coordinates.length]);

export const output = (name: string): Pieces => message(12, text(1, name), message(2, message(1, number(1, FLOAT))));

/**
 * The operator Attention as an .onnx file whose inputs are constants, so that a run copies nothing in. Its outputs: `output`; `weights`
 * if the workload asks for them; `done`, the first number of `output`: who asks for that alone has everything computed and next to
 * nothing copied out.
 */
export function onnxModel({ query, key, value }: Inputs, { causal, needWeights }: Workload): Uint8Array {
  const inputs = ['query', 'key', 'value'];
  // Between the first output and the weights there would be the present keys and values; stage 3 of the scores is their softmax.
  const attention = needWeights
    ? node('Attention', inputs, ['output', '', '', 'weights'], attribute('qk_matmul_output_mode', 3))
    : node('Attention', inputs, ['output'], attribute('is_causal', causal ? 1 : 0));
  return joined(
    number(1, IR_VERSION),
    message(
      7,
      attention,
      node('Slice', ['output', 'from', 'to'], ['done']),
      text(2, 'attention'),
      floats('query', query),
      floats('key', key),
      floats('value', value),
      place('from', 0n, 0n, 0n, 0n),
      place('to', 1n, 1n, 1n, 1n),
      ...['output', ...(needWeights ? ['weights'] : []), 'done'].map(output),
    ),
    message(8, number(2, OPSET)),
  );
}
