import { Handle } from './handle.js';
import { floatBytes, operandBytes, type Heap } from './heap.js';
import {
  linearBytes,
  linearOperands,
  putLinear,
  type LinearOperands,
  type LinearParameters,
} from './linear-parameters.js';
import type { CoreFunction, Module } from './module.js';
import { elementCount, toTensor, withRank, type Tensor, type TensorLike } from './tensor.js';

export interface SelfAttentionParameters {
  /** weight (D, dim), bias (D) */
  readonly query: LinearParameters;
  /** weight (D, dim), bias (D) */
  readonly key: LinearParameters;
  /** weight (Dv, dim), bias (Dv) */
  readonly value: LinearParameters;
}

export interface MultiHeadAttentionParameters extends SelfAttentionParameters {
  /** weight (dim, heads·Dv), bias (dim) */
  readonly output: LinearParameters;
}

export interface PatchAttentionParameters {
  /** (3·heads·headDim, dim): the rows of Q, then of K, then of V; each has the heads beside each other. */
  readonly qkv: TensorLike;
  /** weight (dim, heads·headDim), bias (dim); there exactly where heads != 1 or headDim != dim */
  readonly output?: LinearParameters | undefined;
}

export interface LayerOptions {
  /** Whether the result has `weights`. */
  readonly needWeights?: boolean | undefined;
}

export interface CausalLayerOptions extends LayerOptions {
  /** Query i sees the keys 0..i only. */
  readonly causal?: boolean | undefined;
}

export interface LayerResult {
  readonly output: Tensor;
  readonly weights?: Tensor;
}

/** The input projections that every layer but the fused one has. */
function inputProjections(parameters: SelfAttentionParameters): LinearOperands[] {
  return [
    linearOperands(parameters.query, 'query '),
    linearOperands(parameters.key, 'key '),
    linearOperands(parameters.value, 'value '),
  ];
}

/** Makes something in the core: `put` writes the call, whose first field is for the handle. */
function create(heap: Heap, core: CoreFunction, bytes: number, put: () => void): number {
  heap.open(bytes);
  try {
    heap.number(0);
    put();
    heap.call(core);
    return heap.answer;
  } finally {
    heap.close();
  }
}

/** A layer whose parameters live in WebAssembly memory. */
abstract class Layer extends Handle {
  readonly #module: Module;
  readonly #heap: Heap;
  readonly #heads: number;
  readonly #outputDim: number;

  /** @param handle Of the layer in the core, which has copied its parameters */
  protected constructor(module: Module, heap: Heap, handle: number, heads: number, outputDim: number) {
    super(heap, 'layer', handle, (address) => module._destroy(address));
    this.#module = module;
    this.#heap = heap;
    this.#heads = heads;
    this.#outputDim = outputDim;
  }

  /**
   * Each input is (..., L, dim); leading dimensions beyond one are taken together.
   */
  protected run(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    { causal = false, needWeights = false }: CausalLayerOptions,
  ): LayerResult {
    const handle = this.address;
    const lead = query.shape.slice(0, -2);
    const length = query.shape.at(-2) as number;
    const outputShape = [...lead, length, this.#outputDim];
    const weightsShape = [...lead, this.#heads, length, key.shape.at(-2) as number];
    const outputCount = elementCount(outputShape);
    const weightsCount = needWeights ? elementCount(weightsShape) : undefined;
    const heap = this.#heap;
    heap.open(operandBytes(query, key, value) + floatBytes(outputCount) + floatBytes(weightsCount ?? 0));
    try {
      heap.number(handle);
      for (const tensor of [query, key, value]) heap.operand(batched(tensor));
      heap.number(causal ? 1 : 0);
      const output = heap.result(outputCount);
      const weights = heap.result(weightsCount);
      heap.call(this.#module._forward);
      return {
        output: heap.read(output, outputShape, outputCount),
        ...(weightsCount !== undefined && { weights: heap.read(weights, weightsShape, weightsCount) }),
      };
    } finally {
      heap.close();
    }
  }
}

/** (..., L, dim) as (B, L, dim) */
function batched({ data, shape }: Tensor): Tensor {
  return { data, shape: [elementCount(shape.slice(0, -2)), ...shape.slice(-2)] };
}

function tokensOf(like: TensorLike, name: string, mostDimensions: number): Tensor {
  return withRank(toTensor(like, name), name, 2, mostDimensions);
}

/** Self-attention with one head. {@link Headscope.createSelfAttention} makes it. */
export class SelfAttention extends Layer {
  /** Not for use: `Headscope.createSelfAttention` makes it. */
  constructor(module: Module, heap: Heap, parameters: SelfAttentionParameters) {
    const layers = [...inputProjections(parameters), undefined];
    const handle = create(heap, module._createMultiHeadAttention, linearBytes(...layers), () => {
      for (const layer of layers) putLinear(heap, layer);
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
    return this.run(tokens, tokens, tokens, options);
  }
}

/** Multi-head attention. {@link Headscope.createMultiHeadAttention} makes it. */
export class MultiHeadAttention extends Layer {
  /** Not for use: `Headscope.createMultiHeadAttention` makes it. */
  constructor(module: Module, heap: Heap, parameters: MultiHeadAttentionParameters, heads: number) {
    const output = linearOperands(parameters.output, 'output ');
    const layers = [...inputProjections(parameters), output];
    const handle = create(heap, module._createMultiHeadAttention, linearBytes(...layers), () => {
      for (const layer of layers) putLinear(heap, layer);
      heap.number(heads);
    });
    super(module, heap, handle, heads, output.weight.shape[0] as number);
  }

  /**
   * @param query (B, Lq, dim) or (Lq, dim)
   * @param key (B, Lk, dim); the query, for self-attention, unless given
   * @param value (B, Lk, dim); the key unless given
   * @returns output (B, Lq, dim) and weights (B, H, Lq, Lk), without B where `query` has none
   * @throws HeadscopeError as {@link Headscope.attention}, and `Disposed`
   */
  forward(
    query: TensorLike,
    key: TensorLike = query,
    value: TensorLike = key,
    options: CausalLayerOptions = {},
  ): LayerResult {
    const queries = tokensOf(query, 'query', 3);
    const keys = key === query ? queries : tokensOf(key, 'key', 3);
    const values = value === key ? keys : tokensOf(value, 'value', 3);
    return this.run(queries, keys, values, options);
  }
}

/** Attention among patches, (b, p, n, d). {@link Headscope.createPatchAttention} makes it. */
export class PatchAttention extends Layer {
  /** Not for use: `Headscope.createPatchAttention` makes it. */
  constructor(module: Module, heap: Heap, parameters: PatchAttentionParameters, heads: number, headDim: number) {
    const qkv = withRank(toTensor(parameters.qkv, 'qkv weight'), 'qkv weight', 2, 2);
    const output = parameters.output && linearOperands(parameters.output, 'output ');
    const handle = create(heap, module._createPatchAttention, operandBytes(qkv) + linearBytes(output), () => {
      heap.operand(qkv);
      putLinear(heap, output);
      heap.number(heads);
      heap.number(headDim);
    });
    super(module, heap, handle, heads, output === undefined ? heads * headDim : (output.weight.shape[0] as number));
  }

  /**
   * @param x Patches (b, p, n, d): n patches of d numbers for each of p positions in a patch; (p, n, d) and (n, d) too
   * @returns output (b, p, n, d) and weights (b, p, H, n, n), with the leading dimensions of `x`
   * @throws HeadscopeError as {@link Headscope.attention}, and `Disposed`
   */
  forward(x: TensorLike, options: LayerOptions = {}): LayerResult {
    const patches = tokensOf(x, 'x', 4);
    return this.run(patches, patches, patches, { needWeights: options.needWeights });
  }
}
