import {
  argumentBytes,
  attentionArguments,
  putArguments,
  type AttentionArguments,
  type AttentionOptions,
  type Operand,
} from './attention-arguments.js';
import { count, numberOr } from './attention-options.js';
import { AttentionSession, type AttentionSessionOptions } from './attention-session.js';
import { Results, targetsOf, type AttentionResult, type AttentionTargets } from './attention-results.js';
import type { Flavour } from './flavour.js';
import { Heap, floatBytes, operandBytes } from './heap.js';
import type { SelfAttentionParameters } from './layer.js';
import {
  PatchAttention,
  SelfAttention,
  type PatchAttentionConfiguration,
  type PatchAttentionParameters,
} from './layers.js';
import { KeyValueCache, type KeyValueCacheConfiguration } from './key-value-cache.js';
import { linearOperands, putLinear, type LinearParameters } from './linear-parameters.js';
import type { Module, Pointer } from './module.js';
import {
  MultiHeadAttention,
  type MultiHeadAttentionConfiguration,
  type MultiHeadAttentionParameters,
} from './multi-head-attention.js';
import { ResidentTensor } from './resident-tensor.js';
import { rotaryEmbedding, type RotaryOptions } from './rotary-embedding.js';
import { elementCount, optionsOf, toShape, toTensor, withRank, type Tensor, type TensorLike } from './tensor.js';

/** Options of {@link Headscope.selfAttention}. */
export interface SelfAttentionOptions {
  /** Factor of the dot products q·k; 1/sqrt(D) unless given. */
  readonly scale?: number | undefined;
  /** Query i sees the keys 0..i only. */
  readonly causal?: boolean | undefined;
}

/** Matrices (dim, D) that tokens are multiplied with from the right: Q = X·Wq. */
export interface Projections {
  readonly query: TensorLike;
  readonly key: TensorLike;
  /** (dim, Dv) */
  readonly value: TensorLike;
}

/** Every step of self-attention, in the order in which they are computed. */
export interface SelfAttentionSteps {
  /** X·Wq, (L, D) */
  readonly query: Tensor;
  /** X·Wk, (L, D) */
  readonly key: Tensor;
  /** X·Wv, (L, Dv) */
  readonly value: Tensor;
  /** scale·QKᵀ, before the causal mask, (L, L) */
  readonly scores: Tensor;
  /** softmax of the masked scores, (L, L) */
  readonly weights: Tensor;
  /** weights·V, (L, Dv) */
  readonly output: Tensor;
}

/** @internal */
export function projectionTensors(projections: Projections): Record<keyof Projections, Tensor> {
  const matrix = (like: TensorLike, name: string): Tensor => withRank(toTensor(like, name), name, 2, 2);
  return {
    query: matrix(projections.query, 'queryProjection'),
    key: matrix(projections.key, 'keyProjection'),
    value: matrix(projections.value, 'valueProjection'),
  };
}

/**
 * The attention engine: one instance of the WebAssembly module. {@link load} makes it.
 *
 * Tensors are row-major float32; whatever stands for one is accepted ({@link TensorLike}). Nothing that is passed in is
 * changed or kept, and all results are fresh copies. A dimension may be 0. NaN and infinities in data propagate as IEEE
 * 754 says. Every method throws {@link HeadscopeError} for what it cannot take, and stays usable.
 */
export class Headscope {
  /** The build in use: WebAssembly SIMD, or SIMD with relaxed multiply-add. */
  readonly flavour: Flavour;
  readonly #module: Module;
  readonly #heap: Heap;

  /** Not for use: {@link load} makes it. */
  constructor(module: Module, flavour: Flavour, heap = new Heap(module)) {
    this.#module = module;
    this.#heap = heap;
    this.flavour = flavour;
  }

  /** How many layers, tensors, caches and sessions exist that have not been disposed. */
  get liveHandles(): number {
    return this.#heap.liveHandles;
  }

  /**
   * Scaled dot-product attention: softmax(scale·QKᵀ + mask)·V for each batch element and head.
   *
   * The same as `torch.nn.functional.scaled_dot_product_attention` and ONNX `Attention` (opset 25), from "Attention Is
   * All You Need", section 3.2.1. Lower ranks mean B = 1 and H = 1. Keys and values may have fewer heads than queries,
   * Hkv: query head h then reads their head floor(h / (Hq / Hkv)).
   *
   * @param query (B, Hq, Lq, D), (H, Lq, D) or (Lq, D); with `heads` (B, Lq, heads·D) or (Lq, heads·D)
   * @param key (B, Hkv, Lk, D); with `heads` (B, Lk, kvHeads·D)
   * @param value (B, Hkv, Lk, Dv), or null when only the weights are wanted: then `output` has no columns
   * @throws HeadscopeError `InvalidType`, `InvalidShape`, `InvalidArgument`, `TooLarge`, `OutOfMemory`, `Disposed`
   */
  attention(query: Operand, key: Operand, value: Operand | null, options: AttentionOptions = {}): AttentionResult {
    const given = attentionArguments(query, key, value, options);
    return this.#attend(given, new Results(given.shapes, options));
  }

  /**
   * {@link attention} with results that stay in WebAssembly memory. Nothing is copied where query, key and value are there
   * too.
   *
   * @param targets Where the results go: tensors of their shapes, and none of the arguments
   * @throws HeadscopeError as {@link attention}
   */
  attentionInto(
    targets: AttentionTargets,
    query: Operand,
    key: Operand,
    value: Operand,
    options: Omit<AttentionOptions, 'needWeights' | 'needLogSumExp' | 'needScores'> = {},
  ): void {
    const given = attentionArguments(query, key, value, options);
    const wanted = targetsOf(targets, given.shapes, query, key, value);
    this.#attend(given, new Results(given.shapes, wanted, targets));
  }

  #attend(given: AttentionArguments, results: Results): AttentionResult {
    const heap = this.#heap;
    heap.open(argumentBytes(given) + results.bytes);
    try {
      putArguments(heap, given);
      results.put(heap);
      heap.call(this.#module._attention);
      return results.read(heap);
    } finally {
      heap.close();
    }
  }

  /**
   * A tensor in WebAssembly memory, for calls that copy nothing. It has to be disposed.
   *
   * @param like Its numbers, or only `{ shape }` for zeros
   * @throws HeadscopeError `InvalidType`, `InvalidShape`, `TooLarge`, `OutOfMemory`
   */
  createTensor(like: TensorLike | { readonly shape: readonly number[] }): ResidentTensor {
    const given = like !== null && !Array.isArray(like) && !('data' in like) ? undefined : toTensor(like);
    const tensor = new ResidentTensor(this.#heap, given?.shape ?? toShape((like as Tensor).shape, 'tensor'));
    tensor.fill(given?.data);
    return tensor;
  }

  /**
   * Keys and values that are kept from call to call, for decoding. The cache has to be disposed.
   *
   * @throws HeadscopeError `InvalidArgument`
   */
  createKeyValueCache(configuration: KeyValueCacheConfiguration): KeyValueCache {
    return new KeyValueCache(this.#module, this.#heap, configuration);
  }

  /**
   * Attention weights on demand: queries and keys are kept in WebAssembly memory, and weights are computed where they are
   * looked at, so that heads of any length can be. The session has to be disposed.
   *
   * @param query As in {@link attention}
   * @param key As in {@link attention}
   * @param value As in {@link attention}; null unless outputs are wanted
   * @throws HeadscopeError as {@link attention}
   */
  attentionSession(
    query: Operand,
    key: Operand,
    value: Operand | null = null,
    options: AttentionSessionOptions = {},
  ): AttentionSession {
    return new AttentionSession(this.#module, this.#heap, attentionArguments(query, key, value, options));
  }

  /**
   * Self-attention of one head, step by step, with every intermediate result.
   *
   * @param x Tokens, (L, dim)
   * @param projections Matrices (dim, D), (dim, D) and (dim, Dv), multiplied from the right
   * @throws HeadscopeError as {@link attention}
   */
  selfAttention(x: TensorLike, projections: Projections, options: SelfAttentionOptions = {}): SelfAttentionSteps {
    const tokens = withRank(toTensor(x, 'x'), 'x', 2, 2);
    const { query, key, value } = projectionTensors(projections);
    const length = tokens.shape[0] as number;
    // In the order of SelfAttentionStepsCall in calls.hpp.
    const shapes = {
      query: [length, query.shape[1] as number],
      key: [length, key.shape[1] as number],
      value: [length, value.shape[1] as number],
      scores: [length, length],
      weights: [length, length],
      output: [length, value.shape[1] as number],
    };
    const names = Object.keys(shapes) as (keyof typeof shapes)[];
    const heap = this.#heap;
    heap.open(
      operandBytes(tokens, query, key, value) +
        names.reduce((bytes, name) => bytes + floatBytes(elementCount(shapes[name])), 0),
    );
    try {
      for (const tensor of [tokens, query, key, value]) heap.operand(tensor);
      heap.number(numberOr(options.scale, NaN, 'scale'));
      heap.number(options.causal ? 1 : 0);
      const pointers = names.map((name) => heap.result(elementCount(shapes[name])));
      heap.call(this.#module._selfAttentionSteps);
      const steps = {} as Record<keyof typeof shapes, Tensor>;
      names.forEach((name, index) => {
        steps[name] = heap.read(pointers[index] as Pointer, shapes[name], elementCount(shapes[name]));
      });
      return steps;
    } finally {
      heap.close();
    }
  }

  /**
   * y = x·Wᵀ + b, as `torch.nn.Linear`.
   *
   * @param x (..., in), at least one dimension
   * @returns (..., out)
   * @throws HeadscopeError as {@link attention}
   */
  linear(x: TensorLike, parameters: LinearParameters): Tensor {
    const tokens = withRank(toTensor(x, 'x'), 'x', 1, Infinity);
    const layer = linearOperands(parameters, '');
    const lead = tokens.shape.slice(0, -1);
    const rows = { data: tokens.data, shape: [elementCount(lead), tokens.shape.at(-1) as number] };
    const shape = [...lead, layer.weight.shape[0] as number];
    const heap = this.#heap;
    heap.open(operandBytes(rows, layer.weight, layer.bias) + floatBytes(elementCount(shape)));
    try {
      heap.operand(rows);
      putLinear(heap, layer);
      return heap.only(shape, this.#module._linear);
    } finally {
      heap.close();
    }
  }

  /**
   * Sinusoidal positional encoding of "Attention Is All You Need", section 3.5: sin(p / 10000^(2i/dim)) in the columns
   * 2i, the cosine in the columns 2i + 1.
   *
   * @returns (length, dim)
   * @throws HeadscopeError `InvalidArgument`, `TooLarge`, `OutOfMemory`
   */
  sinusoidalPositions(length: number, dim: number): Tensor {
    const shape = [count(length, 'length'), count(dim, 'dim')];
    const heap = this.#heap;
    heap.open(floatBytes(elementCount(shape)));
    try {
      heap.number(length);
      heap.number(dim);
      return heap.only(shape, this.#module._sinusoidalPositions);
    } finally {
      heap.close();
    }
  }

  /**
   * Rotary position embedding ("RoFormer", Su et al., 2021), as ONNX `RotaryEmbedding`: pairs of columns are rotated by an
   * angle that grows with the position.
   *
   * @param x (B, H, L, D), (H, L, D) or (L, D); with `heads` (B, L, heads·D) or (L, heads·D)
   * @returns As `x`
   * @throws HeadscopeError as {@link attention}
   */
  rotaryEmbedding(x: TensorLike, options: RotaryOptions = {}): Tensor {
    return rotaryEmbedding(this.#heap, this.#module._rotaryEmbedding, x, options);
  }

  /**
   * The slopes of linear biases, one for each head ("Train Short, Test Long", Press et al., 2022): 2^(-8h/n) for the
   * h-th of n heads where n is a power of two.
   *
   * @throws HeadscopeError `InvalidArgument`, `TooLarge`, `OutOfMemory`
   */
  alibiSlopes(heads: number): Float32Array {
    const shape = [count(heads, 'heads')];
    const heap = this.#heap;
    heap.open(floatBytes(heads));
    try {
      heap.number(heads);
      return heap.only(shape, this.#module._alibiSlopes).data;
    } finally {
      heap.close();
    }
  }

  /**
   * Self-attention with one head: softmax(QKᵀ/sqrt(D))·V with Q, K and V from three linear layers.
   *
   * @throws HeadscopeError as {@link attention}
   */
  createSelfAttention(parameters: SelfAttentionParameters): SelfAttention {
    return new SelfAttention(this.#module, this.#heap, parameters);
  }

  /**
   * Multi-head attention with four linear layers, as `torch.nn.MultiheadAttention`.
   *
   * @throws HeadscopeError as {@link attention}
   */
  createMultiHeadAttention(
    parameters: MultiHeadAttentionParameters,
    options: MultiHeadAttentionConfiguration,
  ): MultiHeadAttention {
    count(optionsOf(options).heads, 'heads');
    return new MultiHeadAttention(this.#module, this.#heap, parameters, options);
  }

  /**
   * The attention of a MobileViT block: one linear layer without bias makes Q, K and V, each patch position attends
   * among the patches, and an output layer follows where heads != 1 or headDim != dim.
   *
   * @throws HeadscopeError as {@link attention}
   */
  createPatchAttention(parameters: PatchAttentionParameters, options: PatchAttentionConfiguration): PatchAttention {
    count(optionsOf(options).heads, 'heads');
    count(options.headDim, 'headDim');
    return new PatchAttention(this.#module, this.#heap, parameters, options);
  }
}
