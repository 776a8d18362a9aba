import { HeadscopeError } from './errors.js';
import type { SelfAttentionParameters } from './layer.js';
import type { PatchAttentionParameters } from './layers.js';
import type { LinearParameters } from './linear-parameters.js';
import type { MultiHeadAttentionParameters } from './multi-head-attention.js';
import { shapeText, toTensor, withRank, type Tensor, type TensorLike } from './tensor.js';

/** Tensors under PyTorch's names, such as a file's. */
export type StateDict = Readonly<Record<string, TensorLike>> | ReadonlyMap<string, TensorLike>;

/** A tensor of a state dict, if it is there. */
function find(tensors: StateDict, name: string, rank: number): Tensor | undefined {
  const record = tensors as Readonly<Record<string, TensorLike | undefined>>;
  const like = tensors instanceof Map ? (tensors as Map<string, TensorLike>).get(name) : record[name];
  return like === undefined ? undefined : withRank(toTensor(like, name), name, rank, rank);
}

function need(tensors: StateDict, name: string, rank: number): Tensor {
  const found = find(tensors, name, rank);
  if (found !== undefined) return found;
  throw new HeadscopeError('InvalidArgument', name, 'a tensor of that name', 'none');
}

/** A `torch.nn.Linear` under a name: its weight and, where it is there, its bias. @internal */
export function linearFromStateDict(tensors: StateDict, name: string): LinearParameters {
  return { weight: need(tensors, `${name}.weight`, 2), bias: find(tensors, `${name}.bias`, 1) };
}

/**
 * The parameters of self-attention from a state dict with the linear layers `query`, `key` and `value`, for
 * {@link Headscope.createSelfAttention}.
 *
 * @param prefix What stands before these names
 * @throws HeadscopeError `InvalidArgument` for a tensor that is missing, `InvalidType`, `InvalidShape`
 */
export function selfAttentionFromStateDict(tensors: StateDict, prefix = ''): SelfAttentionParameters {
  const part = (name: string): LinearParameters => linearFromStateDict(tensors, prefix + name);
  return { query: part('query'), key: part('key'), value: part('value') };
}

/**
 * The parameters of multi-head attention from a state dict with four linear layers, `fc_q`, `fc_k`, `fc_v` and `fc_o`, for
 * {@link Headscope.createMultiHeadAttention}. The number of heads is not in it.
 *
 * @param prefix What stands before these names
 * @throws HeadscopeError `InvalidArgument` for a tensor that is missing, `InvalidType`, `InvalidShape`
 */
export function multiHeadAttentionFromLinears(tensors: StateDict, prefix = ''): MultiHeadAttentionParameters {
  const part = (name: string): LinearParameters => linearFromStateDict(tensors, prefix + name);
  return { query: part('fc_q'), key: part('fc_k'), value: part('fc_v'), output: part('fc_o') };
}

/**
 * The parameters of a MobileViT block's attention from a state dict with `to_qkv.weight` and, unless it has one head of
 * the input's size, `to_out.0.weight` and `to_out.0.bias`, for {@link Headscope.createPatchAttention}. Neither the number
 * of heads nor their size is in it.
 *
 * @param prefix What stands before these names
 * @throws HeadscopeError `InvalidArgument` for a tensor that is missing, `InvalidType`, `InvalidShape`
 */
export function patchAttentionFromStateDict(tensors: StateDict, prefix = ''): PatchAttentionParameters {
  const name = `${prefix}to_out.0`;
  return {
    qkv: need(tensors, `${prefix}to_qkv.weight`, 2),
    output: find(tensors, `${name}.weight`, 2) && linearFromStateDict(tensors, name),
  };
}

/**
 * The parameters of a `torch.nn.MultiheadAttention` from a state dict, for {@link Headscope.createMultiHeadAttention}. The
 * number of heads is not in it.
 *
 * @param prefix What stands before the names of this layer, such as `encoder.layers.0.self_attn.`
 * @throws HeadscopeError `InvalidArgument` for a tensor that is missing, `InvalidType`, `InvalidShape`
 */
export function multiHeadAttentionFromStateDict(tensors: StateDict, prefix = ''): MultiHeadAttentionParameters {
  // Queries, keys and values of one size have one matrix for all, and always one bias.
  const weights = find(tensors, `${prefix}in_proj_weight`, 2);
  const biases = find(tensors, `${prefix}in_proj_bias`, 1);
  const input = (index: number, name: string): LinearParameters => ({
    weight: weights === undefined ? need(tensors, prefix + name, 2) : third(weights, index, `${prefix}in_proj_weight`),
    bias: biases && third(biases, index, `${prefix}in_proj_bias`),
  });
  const row = (name: string): TensorLike | undefined => {
    const bias = find(tensors, prefix + name, 3);
    return bias && { data: bias.data, shape: [bias.data.length] };
  };
  return {
    query: input(0, 'q_proj_weight'),
    key: input(1, 'k_proj_weight'),
    value: input(2, 'v_proj_weight'),
    output: linearFromStateDict(tensors, `${prefix}out_proj`),
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
