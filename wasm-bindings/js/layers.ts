/// <reference lib="esnext.disposable" preserve="true" />
import { HeadscopeError } from './errors.js';
import { check, emptyRef, floatBytes, tensorBytes, type Heap } from './heap.js';
import type { Created, LayerHandle, LinearRef, Module, QueryKeyValue, TensorRef } from './module.js';
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

function queryKeyValue(parameters: SelfAttentionParameters): QueryKeyValue<LinearTensors> {
  return {
    query: linearParameters(parameters.query, 'query '),
    key: linearParameters(parameters.key, 'key '),
    value: linearParameters(parameters.value, 'value '),
  };
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

function bytesOf(linears: object): number {
  return (Object.values(linears) as LinearTensors[]).reduce((bytes, linear) => bytes + linearBytes(linear), 0);
}

function putAll<Name extends string>(
  heap: Heap,
  linears: Readonly<Record<Name, LinearTensors>>,
): Record<Name, LinearRef> {
  const refs = {} as Record<Name, LinearRef>;
  for (const name of Object.keys(linears) as Name[]) refs[name] = putLinear(heap, linears[name]);
  return refs;
}

/** Runs `create` with room for the parameters in the heap; the core makes its own copy of them. */
function construct<Handle>(heap: Heap, bytes: number, create: () => Created<Handle>): Handle {
  heap.open(bytes);
  try {
    const { status, layer } = create();
    check(status);
    return layer as Handle;
  } finally {
    heap.close();
  }
}

// The name under which `using` looks, where the engine has it; a name of our own elsewhere.
const disposeSymbol: typeof Symbol.dispose =
  (Symbol as { dispose?: typeof Symbol.dispose }).dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

/**
 * A layer whose parameters live in WebAssembly memory. That memory is not garbage collected: call `dispose()` when the
 * layer is done with, or declare it with `using`.
 */
abstract class Layer<Input extends string> {
  readonly #heap: Heap;
  #handle: LayerHandle<Input> | null;

  /** @internal */
  protected constructor(heap: Heap, handle: LayerHandle<Input>) {
    this.#heap = heap;
    this.#handle = handle;
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
   * @param inputs (..., L, dim), put into the heap with leading 1s
   * @param outputDim Columns of the output, which has the leading dimensions of `query`
   * @internal
   */
  protected run(
    inputs: Readonly<Record<Input, Tensor>>,
    query: Tensor,
    keyLength: number,
    heads: number,
    outputDim: number,
    { causal = false, needWeights = false }: CausalLayerOptions,
  ): LayerResult {
    const handle = this.#handle;
    if (handle === null) throw new HeadscopeError('Disposed', 'layer', 'a layer in use', 'a disposed one');
    const lead = query.shape.slice(0, -2);
    const length = query.shape.at(-2) as number;
    const outputShape = [...lead, length, outputDim];
    const weightsShape = [...lead, heads, length, keyLength];
    const outputCount = elementCount(outputShape);
    const weightsCount = needWeights ? elementCount(weightsShape) : 0;
    const names = Object.keys(inputs) as Input[];
    const heap = this.#heap;
    heap.open(
      names.reduce(
        (bytes, name) => bytes + tensorBytes(inputs[name]),
        floatBytes(outputCount) + floatBytes(weightsCount),
      ),
    );
    try {
      const refs = {} as Record<Input, TensorRef>;
      for (const name of names) refs[name] = heap.put(emptyRef(), inputs[name]);
      const output = heap.reserve(outputCount);
      const weights = needWeights ? heap.reserve(weightsCount) : 0;
      check(handle.forward({ ...refs, causal, output, weights }));
      return {
        output: heap.read(output, outputShape, outputCount),
        ...(needWeights && { weights: heap.read(weights, weightsShape, weightsCount) }),
      };
    } finally {
      heap.close();
    }
  }
}

function tokensOf(like: TensorLike, name: string, mostDimensions: number): Tensor {
  return withRank(toTensor(like, name), name, 2, mostDimensions);
}

/** Self-attention with one head. {@link Headscope.createSelfAttention} makes it. */
export class SelfAttention extends Layer<'x'> {
  readonly #outputDim: number;

  /** @internal */
  constructor(module: Module, heap: Heap, parameters: SelfAttentionParameters) {
    const linears = queryKeyValue(parameters);
    super(
      heap,
      construct(heap, bytesOf(linears), () => module._SelfAttention.create(putAll(heap, linears))),
    );
    this.#outputDim = linears.value.weight.shape[0] as number;
  }

  /**
   * @param x (B, L, dim) or (L, dim)
   * @returns output (B, L, Dv) and weights (B, 1, L, L), without B where `x` has none
   * @throws HeadscopeError as {@link Headscope.attention}, and `Disposed`
   */
  forward(x: TensorLike, options: CausalLayerOptions = {}): LayerResult {
    const tokens = tokensOf(x, 'x', 3);
    return this.run({ x: tokens }, tokens, tokens.shape.at(-2) as number, 1, this.#outputDim, options);
  }
}

/** Multi-head attention. {@link Headscope.createMultiHeadAttention} makes it. */
export class MultiHeadAttention extends Layer<'query' | 'key' | 'value'> {
  readonly #heads: number;
  readonly #outputDim: number;

  /** @internal */
  constructor(module: Module, heap: Heap, parameters: MultiHeadAttentionParameters, heads: number) {
    const linears = { ...queryKeyValue(parameters), output: linearParameters(parameters.output, 'output ') };
    super(
      heap,
      construct(heap, bytesOf(linears), () => module._MultiHeadAttention.create(putAll(heap, linears), heads)),
    );
    this.#heads = heads;
    this.#outputDim = linears.output.weight.shape[0] as number;
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
    const inputs = {
      query: tokensOf(query, 'query', 3),
      key: tokensOf(key, 'key', 3),
      value: tokensOf(value, 'value', 3),
    };
    return this.run(inputs, inputs.query, inputs.key.shape.at(-2) as number, this.#heads, this.#outputDim, options);
  }
}

/** Attention among patches, (b, p, n, d). {@link Headscope.createPatchAttention} makes it. */
export class PatchAttention extends Layer<'x'> {
  readonly #heads: number;
  readonly #outputDim: number;

  /** @internal */
  constructor(module: Module, heap: Heap, parameters: PatchAttentionParameters, heads: number, headDim: number) {
    const qkv = withRank(toTensor(parameters.qkv, 'qkv'), 'qkv', 2, 2);
    const output = parameters.output && linearParameters(parameters.output, 'output ');
    super(
      heap,
      construct(heap, tensorBytes(qkv) + (output === undefined ? 0 : linearBytes(output)), () =>
        module._PatchAttention.create({
          qkv: heap.put(emptyRef(), qkv),
          output: output === undefined ? { weight: emptyRef(), bias: emptyRef() } : putLinear(heap, output),
          heads,
          headDim,
        }),
      ),
    );
    this.#heads = heads;
    this.#outputDim = output === undefined ? heads * headDim : (output.weight.shape[0] as number);
  }

  /**
   * @param x Patches (b, p, n, d): n patches of d numbers for each of p positions in a patch; (p, n, d) and (n, d) as well
   * @returns output (b, p, n, d) and weights (b, p, H, n, n), with the leading dimensions of `x`
   * @throws HeadscopeError as {@link Headscope.attention}, and `Disposed`
   */
  forward(x: TensorLike, options: LayerOptions = {}): LayerResult {
    const patches = tokensOf(x, 'x', 4);
    const { needWeights } = options;
    return this.run({ x: patches }, patches, patches.shape.at(-2) as number, this.#heads, this.#outputDim, {
      needWeights,
    });
  }
}
