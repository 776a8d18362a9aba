import type { Flavour } from '../flavour.js';
import { Headscope } from '../headscope.js';
import { Heap } from '../heap.js';
import type { CausalLayerOptions, LayerResult } from '../layer.js';
import type { StateDict } from '../state-dict.js';
import type { Tensor, TensorLike } from '../tensor.js';
import { additiveAttention, type AdditiveAttentionParameters } from './additive-attention.js';
import { initialise, type InitialisationOptions } from './initialise.js';
import { layerNorm, type LayerNormOptions } from './layer-norm.js';
import type { LayersModule } from './layers-module.js';
import { linearAttention } from './linear-attention.js';
import { multiplicativeAttention, type MultiplicativeAttentionOptions } from './multiplicative-attention.js';
import { S2Attention } from './s2-attention.js';
import type { SingleHeadOptions, SingleHeadResult } from './single-head.js';
import { spatialShift, type SpatialShiftOptions } from './spatial-shift.js';
import { SplitAttention } from './split-attention.js';
import type { StateDictOptions } from './state-dict-layer.js';
import { TransformerEncoder, type TransformerEncoderConfiguration } from './transformer-encoder.js';
import { Transformer, type TransformerModelConfiguration } from './transformer.js';

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
   * Layer normalisation (Ba et al., 2016) of rows: (x - mean) / sqrt(variance + epsilon) · weight + bias.
   *
   * @param x (..., dim)
   * @returns As `x`
   * @throws HeadscopeError as {@link attention}
   */
  layerNorm(x: TensorLike, options: LayerNormOptions = {}): Tensor {
    return layerNorm(this.#heap, this.#module._layerNorm, x, options);
  }

  /**
   * A stack of encoder layers, as `torch.nn.TransformerEncoder`. It has to be disposed.
   *
   * @param tensors Under `prefix`: `layers.<i>.` and `self_attn.in_proj_weight` (3·dim, dim), `self_attn.out_proj.weight`
   *   (dim, dim), `linear1.weight` (hidden, dim), `linear2.weight` (dim, hidden), `norm1.weight`, `norm2.weight` (dim); a
   *   final `norm.weight`, and biases, where they are there
   * @throws HeadscopeError `InvalidArgument` for a name that is missing, numbers that are not finite and heads that do not
   *   divide dim, `InvalidType`, `InvalidShape`, `TooLarge`, `OutOfMemory`
   */
  createTransformerEncoder(tensors: StateDict, configuration: TransformerEncoderConfiguration): TransformerEncoder {
    return new TransformerEncoder(this.#module, this.#heap, tensors, configuration);
  }

  /**
   * The encoder-decoder Transformer ("Attention Is All You Need", Vaswani et al., 2017), as `torch.nn.Transformer`. Sizes
   * and numbers of layers follow from the state dict. It has to be disposed.
   *
   * @param tensors `encoder.` and `decoder.` with the names of {@link createTransformerEncoder}, the decoder's layers with
   *   `multihead_attn` and `norm3`, too; all that under `transformer.` or not. Where they are there,
   *   `src_tok_emb.embedding.weight` (vocabulary, dim) and `tgt_tok_emb.embedding.weight` turn tokens into vectors, times
   *   sqrt(dim) and with sinusoidal positions added, and `generator.weight` (vocabulary, dim), `generator.bias` what the
   *   decoder gives into logits
   * @throws HeadscopeError as {@link createTransformerEncoder}
   */
  createTransformer(tensors: StateDict, configuration: TransformerModelConfiguration): Transformer {
    return new Transformer(this.#module, this.#heap, tensors, configuration);
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
