import { dropoutArguments, type ScoreOptions } from './attention-options.js';
import { Handle } from './handle.js';
import { floatBytes, operandBytes, type Heap } from './heap.js';
import { linearOperands, type LinearOperands, type LinearParameters } from './linear-parameters.js';
import type { Module, Pointer } from './module.js';
import { elementCount, toTensor, withRank, type BooleanTensor, type Tensor, type TensorLike } from './tensor.js';

export interface SelfAttentionParameters {
  /** weight (D, dim), bias (D) */
  readonly query: LinearParameters;
  /** weight (D, dim), bias (D) */
  readonly key: LinearParameters;
  /** weight (Dv, dim), bias (Dv) */
  readonly value: LinearParameters;
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

/** What a layer of the core is asked for. */
export interface Forward extends CausalLayerOptions {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** Whether the inputs and the output are (L, B, dim). */
  readonly sequenceFirst?: boolean;
  /** Of at most four dimensions. */
  readonly mask?: Tensor | BooleanTensor | undefined;
  readonly keyPaddingMask?: Tensor | BooleanTensor | undefined;
  readonly averageWeights?: boolean | undefined;
  readonly dropout?: ScoreOptions['dropout'];
  /** Of what the output projection gives. */
  readonly outputDropout?: ScoreOptions['dropout'];
}

/** The batch sizes and the length of a layer's input. @internal */
export function lengths({ shape }: Tensor, sequenceFirst = false): { batch: readonly number[]; length: number } {
  if (sequenceFirst) return { batch: [shape[1] as number], length: shape[0] as number };
  return { batch: shape.slice(0, -2), length: shape.at(-2) as number };
}

/** A layer whose parameters live in WebAssembly memory. */
export abstract class Layer extends Handle {
  readonly #module: Module;
  readonly #heap: Heap;
  readonly #heads: number;
  readonly #outputDim: number;
  readonly #extraKeys: number;

  /**
   * @param handle Of the layer in the core, which has copied its parameters
   * @param extraKeys Keys that the layer adds to those of a call
   */
  protected constructor(module: Module, heap: Heap, handle: Pointer, heads: number, outputDim: number, extraKeys = 0) {
    super(heap, 'layer', handle, (address) => module._destroy(address));
    this.#module = module;
    this.#heap = heap;
    this.#heads = heads;
    this.#outputDim = outputDim;
    this.#extraKeys = extraKeys;
  }

  /** Each input is (..., L, dim); leading dimensions beyond one are taken together. */
  protected run(call: Forward): LayerResult {
    const { query, key, value, sequenceFirst, mask, keyPaddingMask, averageWeights } = call;
    const handle = this.address;
    const outputShape = [...query.shape.slice(0, -1), this.#outputDim];
    const { batch, length } = lengths(query, sequenceFirst);
    const weightsShape = [
      ...batch,
      ...(averageWeights ? [] : [this.#heads]),
      length,
      lengths(key, sequenceFirst).length + this.#extraKeys,
    ];
    const outputCount = elementCount(outputShape);
    const weightsCount = call.needWeights ? elementCount(weightsShape) : undefined;
    const dropouts = [dropoutArguments(call.dropout), dropoutArguments(call.outputDropout)];
    const heap = this.#heap;
    heap.open(
      operandBytes(query, key, value, mask, keyPaddingMask) + floatBytes(outputCount) + floatBytes(weightsCount ?? 0),
    );
    try {
      // The fields of ForwardCall in calls.hpp.
      heap.number(handle);
      for (const tensor of [query, key, value]) this.#putSequences(tensor, sequenceFirst);
      for (const masking of [mask, keyPaddingMask]) {
        heap.operand(masking);
        heap.number(masking?.data instanceof Uint8Array ? 1 : 0);
      }
      heap.number(call.causal ? 1 : 0);
      for (const { probability, seed } of dropouts) {
        heap.number(probability);
        heap.number(seed);
      }
      const output = heap.result(outputCount);
      const weights = heap.result(averageWeights ? undefined : weightsCount);
      const average = heap.result(averageWeights ? weightsCount : undefined);
      heap.call(this.#module._forward);
      return {
        output: heap.read(output, outputShape, outputCount),
        ...(weightsCount !== undefined && {
          weights: heap.read(averageWeights ? average : weights, weightsShape, weightsCount),
        }),
      };
    } finally {
      heap.close();
    }
  }

  #putSequences(tensor: Tensor, sequenceFirst?: boolean): void {
    const { batch, length } = lengths(tensor, sequenceFirst);
    const size = elementCount(batch);
    const dim = tensor.shape.at(-1) as number;
    // The batch elements of (L, B, dim) lie side by side, as heads do in rows.
    if (sequenceFirst && size > 0) this.#heap.operand({ data: tensor.data, shape: [length, size * dim] }, size);
    else this.#heap.operand({ data: tensor.data, shape: [size, length, dim] });
  }
}

/** An input of a layer. @internal */
export function tokensOf(like: TensorLike, name: string, mostDimensions: number): Tensor {
  return withRank(toTensor(like, name), name, 2, mostDimensions);
}

/** The input projections that every layer but the fused one has. @internal */
export function inputProjections(parameters: SelfAttentionParameters): LinearOperands[] {
  return [
    linearOperands(parameters.query, 'query '),
    linearOperands(parameters.key, 'key '),
    linearOperands(parameters.value, 'value '),
  ];
}
