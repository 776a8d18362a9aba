import { joined, message, number, text, type Pieces } from '../peers/protobuf.js';
import { attribute, floats, IR_VERSION, node, output, place, whole } from '../peers/onnx-model.js';
import { ENCODER, PATCH, type LayerInputs, type LayerWork } from './layer-work.js';

/** Builds a graph node by node; values are called by the number of the node that makes them. */
class Graph {
  readonly #pieces: Pieces[] = [];
  #count = 0;

  /** A node with one output, or several. */
  add(type: string, inputs: readonly string[], ...attributes: readonly Pieces[]): string {
    return this.split(type, inputs, 1, ...attributes)[0] as string;
  }

  split(type: string, inputs: readonly string[], outputs: number, ...attributes: readonly Pieces[]): string[] {
    const names = Array.from({ length: outputs }, () => `v${++this.#count}`);
    this.#pieces.push(node(type, inputs, names, ...attributes));
    return names;
  }

  /** A constant list of whole numbers. */
  integers(...values: readonly number[]): string {
    const name = `c${++this.#count}`;
    this.#pieces.push(place(name, ...values.map(BigInt)));
    return name;
  }

  slice(x: string, axis: number, from: number, to: number): string {
    return this.add('Slice', [x, this.integers(from), this.integers(to), this.integers(axis)]);
  }

  /** x Wᵀ + b with parameters under a name; the weights are turned around beforehand, as exporters do it. */
  linear(x: string, name: string, { parameters }: LayerInputs, joint = '.'): string {
    const [weight, bias] = [`${name}${joint}weight`, `${name}${joint}bias`];
    const product = this.add('MatMul', [x, weight]);
    return parameters[bias] === undefined ? product : this.add('Add', [product, bias]);
  }

  /** The file: the parameters and x are constants; `done` is the first number of the result. */
  model(result: string, { parameters, x }: LayerInputs, rank: number, opset: number): Uint8Array {
    this.#pieces.push(node('Identity', [result], ['output']));
    const ones = Array.from({ length: rank }, () => 1);
    const zeros = ones.map(() => 0);
    this.#pieces.push(node('Slice', ['output', this.integers(...zeros), this.integers(...ones)], ['done']));
    const constants = Object.entries(parameters).map(([name, tensor]) => {
      const [out, inner] = tensor.shape as [number, number];
      if (tensor.shape.length === 1) return floats(name, tensor);
      const data = tensor.data.map(
        (_, index) => tensor.data[(index % out) * inner + Math.floor(index / out)] as number,
      );
      return floats(name, { data, shape: [inner, out] });
    });
    return joined(
      number(1, IR_VERSION),
      message(7, ...this.#pieces, text(2, 'layer'), floats('x', x), ...constants, output('output'), output('done')),
      message(8, number(2, opset)),
    );
  }
}

/** y[i] = x[i - 1] along an axis, or x[i + 1]; the border stays. */
function shifted(graph: Graph, x: string, axis: number, extent: number, up: boolean): string {
  const parts = up
    ? [graph.slice(x, axis, 0, 1), graph.slice(x, axis, 0, extent - 1)]
    : [graph.slice(x, axis, 1, extent), graph.slice(x, axis, extent - 1, extent)];
  return graph.add('Concat', parts, attribute('axis', axis));
}

function s2Model(inputs: LayerInputs): Uint8Array {
  const [, channels, width, height] = inputs.x.shape as [number, number, number, number];
  const graph = new Graph();
  const rows = graph.add('Transpose', ['x'], whole('perm', 0, 2, 3, 1));
  const thirds = graph.split(
    'Split',
    [graph.linear(rows, 'mlp1', inputs)],
    3,
    attribute('axis', 3),
    attribute('num_outputs', 3),
  );
  const shift = (x: string, first: number): string => {
    const quarters = graph.split('Split', [x], 4, attribute('axis', 3), attribute('num_outputs', 4));
    const moved = quarters.map((quarter, group) => {
      const axis = group < 2 ? first : 3 - first;
      return shifted(graph, quarter, axis, axis === 1 ? width : height, group % 2 === 0);
    });
    return graph.add('Concat', moved, attribute('axis', 3));
  };
  const branches = [shift(thirds[0] as string, 1), shift(thirds[1] as string, 2), thirds[2] as string];
  const together = graph.add('Sum', branches);
  const sums = graph.add('ReduceSum', [together, graph.integers(1, 2)], attribute('keepdims', 0));
  const hidden = graph.add('Gelu', [graph.linear(sums, 'split_attention.mlp1', inputs)]);
  const logits = graph.add('Reshape', [
    graph.linear(hidden, 'split_attention.mlp2', inputs),
    graph.integers(3, 1, 1, channels),
  ]);
  const weights = graph.split(
    'Split',
    [graph.add('Softmax', [logits], attribute('axis', 0))],
    3,
    attribute('axis', 0),
    attribute('num_outputs', 3),
  );
  const weighed = branches.map((branch, index) => graph.add('Mul', [branch, weights[index] as string]));
  const mixed = graph.linear(graph.add('Sum', weighed), 'mlp2', inputs);
  return graph.model(graph.add('Transpose', [mixed], whole('perm', 0, 3, 1, 2)), inputs, 4, 23);
}

function patchModel(inputs: LayerInputs): Uint8Array {
  const { patches, positions, dim, heads } = PATCH;
  const graph = new Graph();
  const x = graph.add('Reshape', ['x', graph.integers(positions, patches, dim)]);
  const parts = graph.split(
    'Split',
    [graph.linear(x, 'to_qkv', inputs)],
    3,
    attribute('axis', 2),
    attribute('num_outputs', 3),
  );
  const attended = graph.add('Attention', parts, attribute('q_num_heads', heads), attribute('kv_num_heads', heads));
  return graph.model(graph.linear(attended, 'to_out.0', inputs), inputs, 3, 23);
}

function encoderModel(inputs: LayerInputs): Uint8Array {
  const { layers, heads } = ENCODER;
  const graph = new Graph();
  const attributes = [attribute('q_num_heads', heads), attribute('kv_num_heads', heads)];
  let x = 'x';
  for (let index = 0; index < layers; ++index) {
    const layer = `layers.${index}`;
    const normed = (sum: string, norm: string): string =>
      graph.add('LayerNormalization', [sum, `${layer}.${norm}.weight`, `${layer}.${norm}.bias`]);
    const projected = graph.linear(x, `${layer}.self_attn.in_proj`, inputs, '_');
    const parts = graph.split('Split', [projected], 3, attribute('axis', 2), attribute('num_outputs', 3));
    const attended = graph.linear(graph.add('Attention', parts, ...attributes), `${layer}.self_attn.out_proj`, inputs);
    x = normed(graph.add('Add', [x, attended]), 'norm1');
    const hidden = graph.add('Relu', [graph.linear(x, `${layer}.linear1`, inputs)]);
    x = normed(graph.add('Add', [x, graph.linear(hidden, `${layer}.linear2`, inputs)]), 'norm2');
  }
  return graph.model(x, inputs, 3, 23);
}

/** A layer as an .onnx file, in operators that say what they mean. */
export function onnxLayer(work: LayerWork, inputs: LayerInputs): Uint8Array {
  return { s2: s2Model, patch: patchModel, encoder: encoderModel }[work.layer](inputs);
}
