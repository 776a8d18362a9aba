import { count } from './attention-options.js';
import { HeadscopeError } from './errors.js';
import { createInCore } from './handle.js';
import { operandBytes, type Heap } from './heap.js';
import {
  Layer,
  inputProjections,
  tokensOf,
  type CausalLayerOptions,
  type LayerOptions,
  type LayerResult,
  type SelfAttentionParameters,
} from './layer.js';
import {
  linearBytes,
  linearOperands,
  putLinear,
  type LinearOperands,
  type LinearParameters,
} from './linear-parameters.js';
import type { Module } from './module.js';
import { describe, toTensor, withRank, type TensorLike } from './tensor.js';

export interface PatchAttentionParameters {
  /** (3·heads·headDim, dim): the rows of Q, then of K, then of V; each has the heads beside each other. */
  readonly qkv: TensorLike;
  /** weight (dim, heads·headDim), bias (dim); there exactly where heads != 1 or headDim != dim */
  readonly output?: LinearParameters | undefined;
}

export interface PatchAttentionConfiguration {
  readonly heads: number;
  readonly headDim: number;
  /**
   * Elements of the output projection's result become 0 with this probability while training, and the others are divided
   * by 1 - dropout; 0 unless given. Without an output projection there is none.
   */
  readonly dropout?: number | undefined;
}

export interface PatchAttentionOptions extends LayerOptions {
  /** Whether `dropout` takes effect. */
  readonly training?: boolean | undefined;
  /** A whole number below 2^32 that settles what is dropped; needed with `training`. */
  readonly seed?: number | undefined;
}

/** Self-attention with one head. {@link Headscope.createSelfAttention} makes it. */
export class SelfAttention extends Layer {
  /** Not for use: `Headscope.createSelfAttention` makes it. */
  constructor(module: Module, heap: Heap, parameters: SelfAttentionParameters) {
    const layers = [...inputProjections(parameters), undefined];
    const handle = createInCore(heap, module._createMultiHeadAttention, linearBytes(...layers), () => {
      for (const layer of layers) putLinear(heap, layer);
      heap.operand(undefined);
      heap.operand(undefined);
      heap.number(0);
      heap.number(1);
    });
    super(module, heap, handle, 1, (layers[2] as LinearOperands).weight.shape[0] as number);
  }

  /**
   * @param x (B, L, dim) or (L, dim)
   * @returns output (B, L, Dv) and weights (B, 1, L, L), without B where `x` has none
   * @throws HeadscopeError as {@link Headscope.attention}, and `Disposed`
   */
  forward(x: TensorLike, options: CausalLayerOptions = {}): LayerResult {
    const tokens = tokensOf(x, 'x', 3);
    return this.run({ ...options, query: tokens, key: tokens, value: tokens });
  }
}

/** Attention among patches, (b, p, n, d). {@link Headscope.createPatchAttention} makes it. */
export class PatchAttention extends Layer {
  readonly #dropout: number;

  /** Not for use: `Headscope.createPatchAttention` makes it. */
  constructor(
    module: Module,
    heap: Heap,
    parameters: PatchAttentionParameters,
    { heads, headDim, dropout = 0 }: PatchAttentionConfiguration,
  ) {
    if (!(dropout >= 0 && dropout < 1)) {
      throw new HeadscopeError('InvalidArgument', 'dropout', 'a number from 0 to less than 1', describe(dropout));
    }
    const qkv = withRank(toTensor(parameters.qkv, 'qkv weight'), 'qkv weight', 2, 2);
    const output = parameters.output && linearOperands(parameters.output, 'output ');
    const handle = createInCore(heap, module._createPatchAttention, operandBytes(qkv) + linearBytes(output), () => {
      heap.operand(qkv);
      putLinear(heap, output);
      heap.number(heads);
      heap.number(headDim);
    });
    super(module, heap, handle, heads, output === undefined ? heads * headDim : (output.weight.shape[0] as number));
    this.#dropout = dropout;
  }

  /**
   * @param x Patches (b, p, n, d): n patches of d numbers for each of p positions in a patch; (p, n, d) and (n, d) too
   * @returns output (b, p, n, d) and weights (b, p, H, n, n), with the leading dimensions of `x`
   * @throws HeadscopeError as {@link Headscope.attention}, and `Disposed`
   */
  forward(x: TensorLike, options: PatchAttentionOptions = {}): LayerResult {
    const patches = tokensOf(x, 'x', 4);
    const { needWeights, training, seed } = options;
    return this.run({
      query: patches,
      key: patches,
      value: patches,
      needWeights,
      outputDropout: training ? { probability: this.#dropout, seed: count(seed as number, 'seed') } : undefined,
    });
  }
}
