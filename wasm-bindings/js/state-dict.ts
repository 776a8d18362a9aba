import { HeadscopeError } from './errors.js';
import type { LinearParameters } from './linear-parameters.js';
import type { MultiHeadAttentionParameters } from './multi-head-attention.js';
import { shapeText, toTensor, withRank, type Tensor, type TensorLike } from './tensor.js';

/** Tensors under PyTorch's names, such as a file's. */
export type StateDict = Readonly<Record<string, TensorLike>> | ReadonlyMap<string, TensorLike>;

/**
 * The parameters of a `torch.nn.MultiheadAttention` from a state dict, for {@link Headscope.createMultiHeadAttention}. The
 * number of heads is not in it.
 *
 * @param prefix What stands before the names of this layer, such as `encoder.layers.0.self_attn.`
 * @throws HeadscopeError `InvalidArgument` for a tensor that is missing, `InvalidType`, `InvalidShape`
 */
export function multiHeadAttentionFromStateDict(tensors: StateDict, prefix = ''): MultiHeadAttentionParameters {
  const record = tensors as Readonly<Record<string, TensorLike | undefined>>;
  const find = (name: string, rank: number): Tensor | undefined => {
    const key = prefix + name;
    const like = tensors instanceof Map ? (tensors as Map<string, TensorLike>).get(key) : record[key];
    return like === undefined ? undefined : withRank(toTensor(like, key), key, rank, rank);
  };
  const need = (name: string): Tensor => {
    const found = find(name, 2);
    if (found !== undefined) return found;
    throw new HeadscopeError('InvalidArgument', prefix + name, 'a tensor of that name', 'none');
  };
  // Queries, keys and values of one size have one matrix for all, and always one bias.
  const weights = find('in_proj_weight', 2);
  const biases = find('in_proj_bias', 1);
  const input = (index: number, name: string): LinearParameters => ({
    weight: weights === undefined ? need(name) : third(weights, index, `${prefix}in_proj_weight`),
    bias: biases && third(biases, index, `${prefix}in_proj_bias`),
  });
  const row = (name: string): TensorLike | undefined => {
    const bias = find(name, 3);
    return bias && { data: bias.data, shape: [bias.data.length] };
  };
  return {
    query: input(0, 'q_proj_weight'),
    key: input(1, 'k_proj_weight'),
    value: input(2, 'v_proj_weight'),
    output: { weight: need('out_proj.weight'), bias: find('out_proj.bias', 1) },
    biasKey: row('bias_k'),
    biasValue: row('bias_v'),
  };
}

/** One of three equal parts, along the first axis. */
function third({ data, shape }: Tensor, index: number, name: string): Tensor {
  const [rows, ...rest] = shape as [number, ...number[]];
  if (rows % 3 !== 0) {
    throw new HeadscopeError('InvalidShape', name, 'a first dimension that 3 divides', `shape ${shapeText(shape)}`);
  }
  const size = data.length / 3;
  return { data: data.subarray(index * size, (index + 1) * size), shape: [rows / 3, ...rest] };
}
