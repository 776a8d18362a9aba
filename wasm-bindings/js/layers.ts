/// <reference lib="esnext.disposable" preserve="true" />
import { HeadscopeError } from './errors.js';
import { check, emptyRef, floatBytes, tensorBytes, type Heap } from './heap.js';
import type { LayerHandle, LinearRef, Module } from './module.js';
import { elementCount, toTensor, withRank, type Tensor, type TensorLike } from './tensor.js';

/** Parameters of y = x·Wᵀ + b, in the layout of `torch.nn.Linear`. */
export interface LinearParameters {
  /** (out, in) */
  readonly weight: TensorLike;
  /** (out); 0 if it is missing */
  readonly bias?: TensorLike | undefined;
}

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

interface LinearTensors {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
}

/** `owner` goes before the names in errors, such as "query " in "query weight". @internal */
export function linearParameters({ weight, bias }: LinearParameters, owner: string): LinearTensors {
  const part = (like: TensorLike, name: string, rank: number): Tensor =>
    withRank(toTensor(like, owner + name), owner + name, rank, rank);
  return { weight: part(weight, 'weight', 2), bias: bias === undefined ? undefined : part(bias, 'bias', 1) };
}

/** @internal */
export function linearBytes({ weight, bias }: LinearTensors): number {
  return tensorBytes(weight) + (bias === undefined ? 0 : tensorBytes(bias));
}

/** @internal */
export function putLinear(heap: Heap, { weight, bias }: LinearTensors): LinearRef {
  return {
    weight: heap.put(emptyRef(), weight),
    bias: bias === undefined ? emptyRef() : heap.put(emptyRef(), bias),
  };
}

/** The input projections that every layer but the fused one has: the room they take, and how they get into the heap. */
function inputProjections(heap: Heap, parameters: SelfAttentionParameters) {
  const query = linearParameters(parameters.query, 'query ');
  const key = linearParameters(parameters.key, 'key ');
  const value = linearParameters(parameters.value, 'value ');
  return {
    bytes: linearBytes(query) + linearBytes(key) + linearBytes(value),
    valueDim: value.weight.shape[0] as number,
    put: () => ({ query: putLinear(heap, query), key: putLinear(heap, key), value: putLinear(heap, value) }),
  };
}

/** No linear layer: the core takes it as missing. */
const NO_LINEAR: LinearRef = { weight: emptyRef(), bias: emptyRef() };

// The name under which `using` looks, where the engine has it; a name of our own elsewhere.
const disposeSymbol: typeof Symbol.dispose =
  (Symbol as { dispose?: typeof Symbol.dispose }).dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

/**
 * A layer whose parameters live in WebAssembly memory. That memory is not garbage collected: call `dispose()` when the
 * layer is done with, or declare it with `using`.
 */
abstract class Layer {
  readonly #heap: Heap;
  readonly #heads: number;
  readonly #outputDim: number;
  #handle: LayerHandle | null;

  /**
   * @param bytes Room that the parameters take in the heap
   * @param create Puts them there and makes the layer, which copies them
   */
  protected constructor(heap: Heap, heads: number, outputDim: number, bytes: number, create: () => LayerHandle) {
    this.#heap = heap;
    this.#heads = heads;
    this.#outputDim = outputDim;
    heap.open(bytes);
    try {
      this.#handle = create();
      const status = this.#handle.status();
      if (status !== null) this.dispose();
      check(status);
    } finally {
      heap.close();
    }
  }

  /** Frees the parameters. Calling it again does nothing; every other use after it throws `Disposed`. */
  dispose(): void {
    this.#handle?.delete();
    this.#handle = null;
  }

  /** The same as `dispose()`. */
  [disposeSymbol](): void {
    this.dispose();
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
    const handle = this.#handle;
    if (handle === null) throw new HeadscopeError('Disposed', 'layer', 'a layer in use', 'a disposed one');
    const lead = query.shape.slice(0, -2);
    const length = query.shape.at(-2) as number;
    const outputShape = [...lead, length, this.#outputDim];
    const weightsShape = [...lead, this.#heads, length, key.shape.at(-2) as number];
    const outputCount = elementCount(outputShape);
    const weightsCount = needWeights ? elementCount(weightsShape) : 0;
    const heap = this.#heap;
    heap.open(
      tensorBytes(query) +
        (key === query ? 0 : tensorBytes(key)) +
        (value === key ? 0 : tensorBytes(value)) +
        floatBytes(outputCount) +
        floatBytes(weightsCount),
    );
    try {
      const queryRef = heap.put(emptyRef(), batched(query));
      const keyRef = key === query ? queryRef : heap.put(emptyRef(), batched(key));
      const valueRef = value === key ? keyRef : heap.put(emptyRef(), batched(value));
      const output = heap.reserve(outputCount);
      const weights = needWeights ? heap.reserve(weightsCount) : 0;
      check(handle.forward({ query: queryRef, key: keyRef, value: valueRef, causal, output, weights }));
      return {
        output: heap.read(output, outputShape, outputCount),
        ...(needWeights && { weights: heap.read(weights, weightsShape, weightsCount) }),
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
    const { bytes, valueDim, put } = inputProjections(heap, parameters);
    super(heap, 1, valueDim, bytes, () => module._MultiHeadAttention.create({ ...put(), output: NO_LINEAR, heads: 1 }));
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
    const { bytes, put } = inputProjections(heap, parameters);
    const output = linearParameters(parameters.output, 'output ');
    super(heap, heads, output.weight.shape[0] as number, bytes + linearBytes(output), () =>
      module._MultiHeadAttention.create({ ...put(), output: putLinear(heap, output), heads }),
    );
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
    const output = parameters.output && linearParameters(parameters.output, 'output ');
    const outputDim = output === undefined ? heads * headDim : (output.weight.shape[0] as number);
    const bytes = tensorBytes(qkv) + (output === undefined ? 0 : linearBytes(output));
    super(heap, heads, outputDim, bytes, () =>
      module._MultiHeadAttention.createPatchAttention({
        qkv: heap.put(emptyRef(), qkv),
        output: output === undefined ? NO_LINEAR : putLinear(heap, output),
        heads,
        headDim,
      }),
    );
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
