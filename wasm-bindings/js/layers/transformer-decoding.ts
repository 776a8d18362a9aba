import { HeadscopeError } from '../errors.js';
import { Handle, createInCore } from '../handle.js';
import { floatBytes, operandBytes, type Heap } from '../heap.js';
import type { Pointer } from '../module.js';
import { describe, elementCount, optionsOf, toTensor, withRank, type MaskLike, type TensorLike } from '../tensor.js';
import { count } from '../attention-options.js';
import { withCaptures } from './captures.js';
import type { LayersModule } from './layers-module.js';
import type { CapturedResult, CaptureOptions } from './state-dict-layer.js';
import { resultShape, toTokens, toVectors, type Sequence, type TokensLike } from './tokens.js';
import { inScratch, paddingMask, putMask, putSequence } from './transformer-arguments.js';

export interface TransformerDecodingOptions {
  /** How many sequences; as many as the memory has unless given. All share a memory of one. */
  readonly batch?: number | undefined;
  /** (B, Ls), as for the encoder. */
  readonly sourceKeyPaddingMask?: MaskLike | undefined;
}

/** What a decoding knows of its model. @internal */
export interface DecodedModel {
  readonly address: Pointer;
  readonly takesTokens: boolean;
  readonly outputDim: number;
}

/**
 * Decoding some tokens at a time: keys and values of the tokens so far stay in WebAssembly memory.
 * {@link Transformer.decoder} makes it. What it gives is within 1e-5 of the largest logit of what {@link Transformer.decode}
 * gives for whole sequences.
 */
export class TransformerDecoding extends Handle {
  /** How many sequences. */
  readonly batch: number;
  readonly #module: LayersModule;
  readonly #heap: Heap;
  readonly #takesTokens: boolean;
  readonly #outputDim: number;
  #length = 0;

  /** Not for use: `Transformer.decoder` makes it. */
  constructor(
    module: LayersModule,
    heap: Heap,
    model: DecodedModel,
    memoryLike: TensorLike,
    options: TransformerDecodingOptions,
  ) {
    const { batch: given } = optionsOf(options);
    const memory = withRank(toTensor(memoryLike, 'memory'), 'memory', 2, 3);
    const padding = paddingMask(options.sourceKeyPaddingMask, 'sourceKeyPaddingMask');
    const batch = count(given ?? (memory.shape.length === 3 ? (memory.shape[0] as number) : 1), 'batch');
    const handle = createInCore(heap, module._createTransformerDecoding, operandBytes(memory, padding), () => {
      heap.number(model.address);
      heap.operand(memory);
      putMask(heap, padding);
      heap.number(batch);
    });
    super(heap, 'decoder', handle, (address) => module._destroy(address));
    this.batch = batch;
    this.#module = module;
    this.#heap = heap;
    this.#takesTokens = model.takesTokens;
    this.#outputDim = model.outputDim;
  }

  /** How many tokens each sequence has. */
  get length(): number {
    return this.#length;
  }

  /**
   * The next tokens, which are remembered unless they are refused.
   *
   * @param tokens One for each sequence, as an array of B numbers (or a number, where B is 1), or some for each, (B, n);
   *   vectors (B, n, dim) where the target has no embedding
   * @returns output (B, outputDim) for one token each, else (B, n, outputDim): logits of what comes next. To capture: as
   *   {@link Transformer.decode}, without `self_attn.key` and `self_attn.value`; the self-attention's weights are over all
   *   tokens so far, (B, heads, n, length)
   * @throws HeadscopeError as {@link Transformer.decode}
   */
  step(tokens: number | TokensLike | TensorLike, options: CaptureOptions = {}): CapturedResult {
    const { address } = this;
    const { capture } = optionsOf(options);
    const one = typeof tokens === 'number' || (Array.isArray(tokens) && typeof tokens[0] === 'number');
    const next = this.#next(typeof tokens === 'number' ? [tokens] : tokens);
    const shape =
      one && next.isTokens ? [next.shape[0] as number, this.#outputDim] : resultShape(next, this.#outputDim);
    const heap = this.#heap;
    const { result, captured } = withCaptures(this.#module, heap, capture, (captures) => {
      const output = inScratch(heap, floatBytes(elementCount(shape)), [next], () => {
        // The fields of TransformerStepCall in transformer_calls.hpp.
        heap.number(address);
        heap.number(captures);
        putSequence(heap, next);
        return heap.only(shape, this.#module._transformerStep);
      });
      this.#length += next.shape[1] as number;
      return output;
    });
    return { output: result, captured };
  }

  #next(tokens: TokensLike | TensorLike): Sequence {
    if (!this.#takesTokens) return toVectors(tokens, 'target');
    const next = toTokens(tokens as TokensLike, 'target');
    if (next.batched) return next;
    return { ...next, shape: [next.shape[1] as number, 1], batched: true };
  }

  /**
   * Sequence b goes on with the tokens of sequence `sources[b]`, as the hypotheses of a beam search do. Only for a memory
   * that all sequences share.
   *
   * @throws HeadscopeError `InvalidArgument`, `Disposed`, `OutOfMemory`
   */
  reorder(sources: readonly number[]): void {
    const { address } = this;
    if (!Array.isArray(sources)) {
      throw new HeadscopeError('InvalidType', 'sources', 'an array of whole numbers', describe(sources));
    }
    const data = Int32Array.from(sources, (source) => count(source as number, 'sources'));
    const operand = { data, shape: [data.length] };
    inScratch(this.#heap, 0, [operand], () => {
      this.#heap.number(address);
      this.#heap.operand(operand);
      this.#heap.call(this.#module._transformerReorder);
    });
  }
}
