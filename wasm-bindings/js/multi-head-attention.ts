import type { ScoreOptions } from './attention-options.js';
import { HeadscopeError } from './errors.js';
import { createInCore } from './handle.js';
import { operandBytes, type Heap } from './heap.js';
import {
  Layer,
  inputProjections,
  lengths,
  tokensOf,
  type CausalLayerOptions,
  type LayerResult,
  type SelfAttentionParameters,
} from './layer.js';
import { linearBytes, linearOperands, putLinear, type LinearParameters } from './linear-parameters.js';
import type { Module } from './module.js';
import {
  elementCount,
  optionsOf,
  shapeText,
  toMask,
  toTensor,
  withRank,
  type BooleanTensor,
  type MaskLike,
  type Tensor,
  type TensorLike,
} from './tensor.js';

/** Inputs of other sizes than the output (`kdim`, `vdim` of PyTorch) follow from the shapes, and biases may be missing. */
export interface MultiHeadAttentionParameters extends SelfAttentionParameters {
  /** weight (dim, heads·Dv), bias (dim) */
  readonly output: LinearParameters;
  /** (heads·D): a key that every query sees, behind the others; with `biasValue`. `bias_k` of PyTorch. */
  readonly biasKey?: TensorLike | undefined;
  /** (heads·Dv) */
  readonly biasValue?: TensorLike | undefined;
}

export interface MultiHeadAttentionConfiguration {
  readonly heads: number;
  /** Adds a key and a value of zeros behind the others, which every query sees. `add_zero_attn` of PyTorch. */
  readonly addZeroAttention?: boolean | undefined;
  /** Unless it is false, inputs and output are (B, L, dim); then they are (L, B, dim). */
  readonly batchFirst?: boolean | undefined;
}

export interface MultiHeadAttentionOptions extends CausalLayerOptions {
  /**
   * Boolean (true = attend, the opposite of PyTorch's layer) or additive, (Lq, Lk), or (B·heads, Lq, Lk), one for each
   * head.
   */
  readonly mask?: MaskLike | undefined;
  /** (B, Lk): boolean as in PyTorch (true = ignore the key), or additive. */
  readonly keyPaddingMask?: MaskLike | undefined;
  /** Whether `weights` are the mean over the heads, (B, Lq, Lk). */
  readonly averageWeights?: boolean | undefined;
  readonly dropout?: ScoreOptions['dropout'];
}

/** Multi-head attention. {@link Headscope.createMultiHeadAttention} makes it. */
export class MultiHeadAttention extends Layer {
  readonly #heads: number;
  readonly #batchFirst: boolean;

  /** Not for use: `Headscope.createMultiHeadAttention` makes it. */
  constructor(
    module: Module,
    heap: Heap,
    parameters: MultiHeadAttentionParameters,
    { heads, addZeroAttention = false, batchFirst = true }: MultiHeadAttentionConfiguration,
  ) {
    const output = linearOperands(parameters.output, 'output ');
    const layers = [...inputProjections(parameters), output];
    const { biasKey, biasValue } = parameters;
    const biases = [
      biasKey && withRank(toTensor(biasKey, 'biasKey'), 'biasKey', 1, 1),
      biasValue && withRank(toTensor(biasValue, 'biasValue'), 'biasValue', 1, 1),
    ];
    const bytes = linearBytes(...layers) + operandBytes(...biases);
    const handle = createInCore(heap, module._createMultiHeadAttention, bytes, () => {
      for (const layer of layers) putLinear(heap, layer);
      for (const bias of biases) heap.operand(bias);
      heap.number(addZeroAttention ? 1 : 0);
      heap.number(heads);
    });
    const extraKeys = (biasKey === undefined ? 0 : 1) + (addZeroAttention ? 1 : 0);
    super(module, heap, handle, heads, output.weight.shape[0] as number, extraKeys);
    this.#heads = heads;
    this.#batchFirst = batchFirst;
  }

  /**
   * @param query (B, Lq, dim) or (Lq, dim); (Lq, B, dim) unless `batchFirst`
   * @param key (B, Lk, kdim); the query, for self-attention, unless given
   * @param value (B, Lk, vdim); the key unless given
   * @returns output (B, Lq, dim) and weights (B, H, Lq, Lk), without B where `query` has none; keys that the layer adds are
   *   behind the others
   * @throws HeadscopeError as {@link Headscope.attention}, and `Disposed`
   */
  forward(
    query: TensorLike,
    key: TensorLike = query,
    value: TensorLike = key,
    options: MultiHeadAttentionOptions = {},
  ): LayerResult {
    const queries = tokensOf(query, 'query', 3);
    const keys = key === query ? queries : tokensOf(key, 'key', 3);
    const values = value === key ? keys : tokensOf(value, 'value', 3);
    const sequenceFirst = !this.#batchFirst && queries.shape.length === 3;
    const { mask, keyPaddingMask } = optionsOf(options);
    return this.run({
      ...options,
      query: queries,
      key: keys,
      value: values,
      sequenceFirst,
      mask: mask === undefined ? undefined : this.#maskOf(mask, elementCount(lengths(queries, sequenceFirst).batch)),
      keyPaddingMask:
        keyPaddingMask === undefined
          ? undefined
          : withRank(toMask(keyPaddingMask, 'keyPaddingMask'), 'keyPaddingMask', 1, 2),
    });
  }

  /** A mask for each head, (B·heads, Lq, Lk), as (B, heads, Lq, Lk). */
  #maskOf(like: MaskLike, batch: number): Tensor | BooleanTensor {
    const mask = withRank(toMask(like), 'mask', 2, 3);
    const [planes, ...plane] = mask.shape;
    if (plane.length < 2) return mask;
    if (planes !== batch * this.#heads) {
      const expected = `shape ${shapeText([batch * this.#heads, ...plane])}`;
      throw new HeadscopeError('InvalidShape', 'mask', expected, shapeText(mask.shape));
    }
    return { ...mask, shape: [batch, this.#heads, ...plane] };
  }
}
