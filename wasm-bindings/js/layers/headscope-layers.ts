import type { Flavour } from '../flavour.js';
import { Headscope } from '../headscope.js';
import { Heap } from '../heap.js';
import type { CausalLayerOptions, LayerResult } from '../layer.js';
import type { StateDict } from '../state-dict.js';
import type { Tensor, TensorLike } from '../tensor.js';
import { additiveAttention, type AdditiveAttentionParameters } from './additive-attention.js';
import { initialise, type InitialisationOptions } from './initialise.js';
import type { LayersModule } from './layers-module.js';
import { linearAttention } from './linear-attention.js';
import { multiplicativeAttention, type MultiplicativeAttentionOptions } from './multiplicative-attention.js';
import { S2Attention } from './s2-attention.js';
import type { SingleHeadOptions, SingleHeadResult } from './single-head.js';
import { spatialShift, type SpatialShiftOptions } from './spatial-shift.js';
import { SplitAttention } from './split-attention.js';
import type { StateDictOptions } from './state-dict-layer.js';

/** {@link Headscope} with all layers. {@link loadLayers} makes it. */
export class HeadscopeLayers extends Headscope {
  readonly #module: LayersModule;
  readonly #heap: Heap;

  /** Not for use: {@link loadLayers} makes it. */
  constructor(module: LayersModule, flavour: Flavour) {
    const heap = new Heap(module);
    super(module, flavour, heap);
    this.#module = module;
    this.#heap = heap;
  }

  /**
   * The spatial shift of "S²-MLP" (Yu et al., 2021): four groups of channels, [0, c/4), [c/4, c/2), [c/2, 3c/4) and
   * [3c/4, c), move by one place up and down axis w, and up and down axis h. What stands at the border they leave stays.
   *
   * @param x (b, w, h, c) or (w, h, c)
   * @returns As `x`
   * @throws HeadscopeError as {@link attention}
   */
  spatialShift1(x: TensorLike, options: SpatialShiftOptions = {}): Tensor {
    return spatialShift(this.#heap, this.#module._spatialShift, 1, x, options);
  }

  /** {@link spatialShift1} with the axes exchanged: the first two groups move along h, the others along w. */
  spatialShift2(x: TensorLike, options: SpatialShiftOptions = {}): Tensor {
    return spatialShift(this.#heap, this.#module._spatialShift, 2, x, options);
  }

  /**
   * Split attention ("ResNeSt", Zhang et al., 2020; as in "S²-MLPv2", Yu et al., 2021): branches are weighed against each
   * other, each channel for itself. The layer has to be disposed.
   *
   * @param tensors `mlp1.weight` (c, c) and `mlp2.weight` (k·c, c), which give k; biases are used where they are there
   * @throws HeadscopeError `InvalidArgument` for a name that is missing and numbers that are not finite, `InvalidType`,
   *   `InvalidShape`, `TooLarge`, `OutOfMemory`
   */
  createSplitAttention(tensors: StateDict, options: StateDictOptions = {}): SplitAttention {
    return new SplitAttention(this.#module, this.#heap, tensors, options);
  }

  /**
   * S²-attention, the mixing block of "S²-MLPv2" (Yu et al., 2021), section 3.2. The layer has to be disposed.
   *
   * @param tensors `mlp1.weight` (3c, c), `mlp2.weight` (c, c), with their biases where they have some, and
   *   `split_attention.mlp1.weight` (c, c), `split_attention.mlp2.weight` (3c, c)
   * @throws HeadscopeError as {@link createSplitAttention}
   */
  createS2Attention(tensors: StateDict, options: StateDictOptions = {}): S2Attention {
    return new S2Attention(this.#module, this.#heap, tensors, options);
  }

  /**
   * Additive attention (Bahdanau et al., 2015): softmax of v·tanh(Wq·q + Wk·k), times V.
   *
   * @param query (B, Lq, query dim) or (Lq, query dim)
   * @param key (B, Lk, key dim)
   * @param value (B, Lk, Dv)
   * @throws HeadscopeError as {@link attention}
   */
  additiveAttention(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    parameters: AdditiveAttentionParameters,
    options: SingleHeadOptions = {},
  ): SingleHeadResult {
    return additiveAttention(this.#heap, this.#module._additiveAttention, [query, key, value], parameters, options);
  }

  /**
   * Multiplicative attention (Luong et al., 2015): softmax of q·k, or of q·W·k, not scaled, times V.
   *
   * @param query (B, Lq, query dim) or (Lq, query dim)
   * @param key (B, Lk, key dim); the dimensions are the same unless there is a `weight`
   * @param value (B, Lk, Dv)
   * @throws HeadscopeError as {@link attention}
   */
  multiplicativeAttention(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    options: MultiplicativeAttentionOptions = {},
  ): SingleHeadResult {
    return multiplicativeAttention(this.#heap, this.#module._multiplicativeAttention, [query, key, value], options);
  }

  /**
   * Linear attention (Katharopoulos et al., 2020): weights are φ(q)·φ(k), divided by their sum over the keys, with
   * φ(x) = elu(x) + 1. Time and memory grow with the length, not with its square, unless `needWeights`.
   *
   * @param query (B, H, Lq, D), (H, Lq, D) or (Lq, D)
   * @param key (B, H, Lk, D)
   * @param value (B, H, Lk, Dv)
   * @returns output (B, H, Lq, Dv) and, if wanted, weights (B, H, Lq, Lk)
   * @throws HeadscopeError as {@link attention}
   */
  linearAttention(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    options: CausalLayerOptions = {},
  ): LayerResult {
    return linearAttention(this.#heap, this.#module._linearAttention, { query, key, value }, options);
  }

  /**
   * Parameters to begin with, as a state dict. Every element depends on the seed, its tensor's name and its index alone.
   * Tensors of fewer than two dimensions become 1 where their name ends with `weight` (normalisations), else 0 (biases).
   *
   * @param shapes By name, such as `{ 'mlp1.weight': [64, 64] }`
   * @throws HeadscopeError `InvalidType`, `InvalidShape`, `InvalidArgument`, `TooLarge`, `OutOfMemory`
   */
  initialise(
    shapes: Readonly<Record<string, readonly number[]>>,
    options: InitialisationOptions,
  ): Record<string, Tensor> {
    return initialise(this.#heap, this.#module._initialise, shapes, options);
  }
}
