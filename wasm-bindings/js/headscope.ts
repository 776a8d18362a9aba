import { HeadscopeError } from './errors.js';
import type { Flavour } from './flavour.js';
import { Heap, check, emptyRef, floatBytes, tensorBytes } from './heap.js';
import {
  MultiHeadAttention,
  PatchAttention,
  SelfAttention,
  linearBytes,
  linearParameters,
  putLinear,
  type LinearParameters,
  type MultiHeadAttentionParameters,
  type PatchAttentionParameters,
  type SelfAttentionParameters,
} from './layers.js';
import {
  MASK_ADDITIVE,
  MASK_BOOLEAN,
  MASK_NONE,
  type AttentionCall,
  type Module,
  type QueryKeyValue,
} from './module.js';
import {
  describe,
  elementCount,
  toMask,
  toTensor,
  withRank,
  type BooleanTensor,
  type MaskLike,
  type Tensor,
  type TensorLike,
} from './tensor.js';

export interface ScoreOptions {
  /** Factor of the dot products q·k; 1/sqrt(D) unless given. */
  readonly scale?: number | undefined;
  /** Query i sees the keys 0..i only, counted from the first token of each. */
  readonly causal?: boolean | undefined;
}

export interface AttentionOptions extends ScoreOptions {
  /**
   * Boolean (true = attend) or additive, with a shape that broadcasts to (B, H, Lq, Lk), aligned at the right. A row
   * that is masked whole gets weights 0 and output 0.
   */
  readonly mask?: MaskLike | undefined;
  /** Whether the result has `weights`. */
  readonly needWeights?: boolean | undefined;
  /** Whether the result has `logSumExp`. */
  readonly needLogSumExp?: boolean | undefined;
}

export interface AttentionResult {
  /** softmax(scale·QKᵀ + mask)·V, shape (B, H, Lq, Dv), with the rank of `query`. */
  readonly output: Tensor;
  /** The softmax, shape (B, H, Lq, Lk), with the rank of `query`. Every row sums to 1, or to 0 if it is masked whole. */
  readonly weights?: Tensor;
  /** log Σ exp of each row of scores, shape (B, H, Lq), one rank less than `query`; -Infinity for a row masked whole. */
  readonly logSumExp?: Tensor;
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

/** The arguments of `attention` as tensors, and the shapes of what it gives. @internal */
export interface AttentionArguments {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly mask: Tensor | BooleanTensor | undefined;
  readonly scale: number;
  readonly outputShape: readonly number[];
  readonly weightsShape: readonly number[];
  readonly logSumExpShape: readonly number[];
}

/** Converts what the caller of `attention` gave; what does not fit together is left for the core to refuse. @internal */
export function attentionArguments(
  queryLike: TensorLike,
  keyLike: TensorLike,
  valueLike: TensorLike | null,
  options: AttentionOptions,
): AttentionArguments {
  const query = withRank(toTensor(queryLike, 'query'), 'query', 2, 4);
  const key = withRank(toTensor(keyLike, 'key'), 'key', 2, 4);
  // No values are values of no columns.
  const value =
    valueLike === null
      ? { data: new Float32Array(0), shape: [...key.shape.slice(0, -1), 0] }
      : withRank(toTensor(valueLike, 'value'), 'value', 2, 4);
  const mask = options.mask === undefined ? undefined : withRank(toMask(options.mask), 'mask', 0, 4);
  const logSumExpShape = query.shape.slice(0, -1);
  return {
    query,
    key,
    value,
    mask,
    scale: scaleOf(options),
    outputShape: [...logSumExpShape, value.shape.at(-1) as number],
    weightsShape: [...logSumExpShape, key.shape.at(-2) as number],
    logSumExpShape,
  };
}

/** @internal */
export function projectionTensors(projections: Projections): QueryKeyValue<Tensor> {
  const matrix = (like: TensorLike, name: string): Tensor => withRank(toTensor(like, name), name, 2, 2);
  return {
    query: matrix(projections.query, 'queryProjection'),
    key: matrix(projections.key, 'keyProjection'),
    value: matrix(projections.value, 'valueProjection'),
  };
}

/** The scale as the core takes it: NaN for the default, which is why NaN cannot be given. @internal */
export function scaleOf({ scale }: ScoreOptions): number {
  if (scale === undefined) return NaN;
  if (typeof scale !== 'number' || Number.isNaN(scale)) {
    throw new HeadscopeError('InvalidArgument', 'scale', 'a number', describe(scale));
  }
  return scale;
}

/** A size that an argument gives. @internal */
export function count(value: number, argument: string): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new HeadscopeError('InvalidArgument', argument, 'a whole number from 0 up', describe(value));
  }
  return value;
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
  // Kept from call to call, so that small calls make no garbage.
  readonly #call: AttentionCall = {
    query: emptyRef(),
    key: emptyRef(),
    value: emptyRef(),
    mask: emptyRef(),
    maskKind: MASK_NONE,
    scale: NaN,
    causal: false,
    output: 0,
    weights: 0,
    logSumExp: 0,
  };

  /** Not for use: {@link load} makes it. */
  constructor(module: Module, flavour: Flavour) {
    this.#module = module;
    this.#heap = new Heap(module);
    this.flavour = flavour;
  }

  /** How many layers exist that have not been disposed. */
  get liveHandles(): number {
    return this.#module._liveHandles();
  }

  /**
   * Scaled dot-product attention: softmax(scale·QKᵀ + mask)·V for each batch element and head.
   *
   * The same as `torch.nn.functional.scaled_dot_product_attention` and ONNX `Attention` (opset 24), from "Attention Is
   * All You Need", section 3.2.1. Lower ranks mean B = 1 and H = 1.
   *
   * @param query (B, H, Lq, D), (H, Lq, D) or (Lq, D)
   * @param key (B, H, Lk, D)
   * @param value (B, H, Lk, Dv), or null when only the weights are wanted: then `output` has no columns
   * @throws HeadscopeError `InvalidType`, `InvalidShape`, `InvalidArgument`, `TooLarge`, `OutOfMemory`
   */
  attention(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike | null,
    options: AttentionOptions = {},
  ): AttentionResult {
    const given = attentionArguments(query, key, value, options);
    const { mask, outputShape, weightsShape, logSumExpShape } = given;
    const { needWeights = false, needLogSumExp = false } = options;
    const outputCount = elementCount(outputShape);
    const weightsCount = needWeights ? elementCount(weightsShape) : 0;
    const logSumExpCount = needLogSumExp ? elementCount(logSumExpShape) : 0;
    const heap = this.#heap;
    const call = this.#call;
    heap.open(
      tensorBytes(given.query) +
        tensorBytes(given.key) +
        tensorBytes(given.value) +
        (mask === undefined ? 0 : tensorBytes(mask)) +
        floatBytes(outputCount) +
        floatBytes(weightsCount) +
        floatBytes(logSumExpCount),
    );
    try {
      heap.put(call.query, given.query);
      heap.put(call.key, given.key);
      heap.put(call.value, given.value);
      call.maskKind = MASK_NONE;
      if (mask !== undefined) {
        call.maskKind = mask.data instanceof Float32Array ? MASK_ADDITIVE : MASK_BOOLEAN;
        heap.put(call.mask, mask);
      }
      call.scale = given.scale;
      call.causal = Boolean(options.causal);
      call.output = heap.reserve(outputCount);
      call.weights = needWeights ? heap.reserve(weightsCount) : 0;
      call.logSumExp = needLogSumExp ? heap.reserve(logSumExpCount) : 0;
      check(this.#module._attention(call));
      const output = heap.read(call.output, outputShape, outputCount);
      return {
        output,
        ...(needWeights && { weights: heap.read(call.weights, weightsShape, weightsCount) }),
        ...(needLogSumExp && { logSumExp: heap.read(call.logSumExp, logSumExpShape, logSumExpCount) }),
      };
    } finally {
      heap.close();
    }
  }

  /**
   * Self-attention of one head, step by step, with every intermediate result.
   *
   * @param x Tokens, (L, dim)
   * @param projections Matrices (dim, D), (dim, D) and (dim, Dv), multiplied from the right
   * @throws HeadscopeError as {@link attention}
   */
  selfAttention(x: TensorLike, projections: Projections, options: ScoreOptions = {}): SelfAttentionSteps {
    const tokens = withRank(toTensor(x, 'x'), 'x', 2, 2);
    const matrices = projectionTensors(projections);
    const scale = scaleOf(options);
    const length = tokens.shape[0] as number;
    const shapes = {
      query: [length, matrices.query.shape[1] as number],
      key: [length, matrices.key.shape[1] as number],
      value: [length, matrices.value.shape[1] as number],
      scores: [length, length],
      weights: [length, length],
      output: [length, matrices.value.shape[1] as number],
    };
    const names = Object.keys(shapes) as (keyof typeof shapes)[];
    const heap = this.#heap;
    heap.open(
      tensorBytes(tokens) +
        tensorBytes(matrices.query) +
        tensorBytes(matrices.key) +
        tensorBytes(matrices.value) +
        names.reduce((bytes, name) => bytes + floatBytes(elementCount(shapes[name])), 0),
    );
    try {
      const pointers = {} as Record<keyof typeof shapes, number>;
      for (const name of names) pointers[name] = heap.reserve(elementCount(shapes[name]));
      check(
        this.#module._selfAttentionSteps({
          x: heap.put(emptyRef(), tokens),
          queryProjection: heap.put(emptyRef(), matrices.query),
          keyProjection: heap.put(emptyRef(), matrices.key),
          valueProjection: heap.put(emptyRef(), matrices.value),
          scale,
          causal: Boolean(options.causal),
          ...pointers,
        }),
      );
      const steps = {} as Record<keyof typeof shapes, Tensor>;
      for (const name of names) steps[name] = heap.read(pointers[name], shapes[name], elementCount(shapes[name]));
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
  linear(x: TensorLike, { weight, bias }: LinearParameters): Tensor {
    const tokens = withRank(toTensor(x, 'x'), 'x', 1, Infinity);
    const parameters = linearParameters({ weight, bias }, '');
    const lead = tokens.shape.slice(0, -1);
    const rows = { data: tokens.data, shape: [elementCount(lead), tokens.shape.at(-1) as number] };
    const shape = [...lead, parameters.weight.shape[0] as number];
    const size = elementCount(shape);
    const heap = this.#heap;
    heap.open(tensorBytes(rows) + linearBytes(parameters) + floatBytes(size));
    try {
      const output = heap.reserve(size);
      check(this.#module._linear({ x: heap.put(emptyRef(), rows), ...putLinear(heap, parameters), output }));
      return heap.read(output, shape, size);
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
    const size = elementCount(shape);
    const heap = this.#heap;
    heap.open(floatBytes(size));
    try {
      const output = heap.reserve(size);
      check(this.#module._sinusoidalPositions(length, dim, output));
      return heap.read(output, shape, size);
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
   * Multi-head attention with four linear layers, as `torch.nn.MultiheadAttention` with `batch_first=True`.
   *
   * @throws HeadscopeError as {@link attention}
   */
  createMultiHeadAttention(parameters: MultiHeadAttentionParameters, options: { heads: number }): MultiHeadAttention {
    return new MultiHeadAttention(this.#module, this.#heap, parameters, count(options.heads, 'heads'));
  }

  /**
   * The attention of a MobileViT block: one linear layer without bias makes Q, K and V, each patch position attends
   * among the patches, and an output layer follows where heads != 1 or headDim != dim.
   *
   * @throws HeadscopeError as {@link attention}
   */
  createPatchAttention(
    parameters: PatchAttentionParameters,
    options: { heads: number; headDim: number },
  ): PatchAttention {
    return new PatchAttention(
      this.#module,
      this.#heap,
      parameters,
      count(options.heads, 'heads'),
      count(options.headDim, 'headDim'),
    );
  }
}
