import { count, numberOr } from '../attention-options.js';
import { Handle, createInCore } from '../handle.js';
import { floatBytes, type Heap } from '../heap.js';
import type { StateDict } from '../state-dict.js';
import { elementCount, optionsOf, toTensor, withRank, type MaskLike, type Tensor, type TensorLike } from '../tensor.js';
import { withCaptures, type Captured } from './captures.js';
import { withStateDict } from './core-state-dict.js';
import type { LayersModule } from './layers-module.js';
import type { CapturedResult, CaptureOptions } from './state-dict-layer.js';
import {
  batchOf,
  resultShape,
  token,
  tokenRows,
  toTokens,
  toVectors,
  type Sequence,
  type TokensLike,
} from './tokens.js';
import {
  attentionMask,
  configurationFields,
  inScratch,
  paddingMask,
  putMask,
  putSequence,
  type TransformerConfiguration,
} from './transformer-arguments.js';
import { TransformerDecoding, type TransformerDecodingOptions } from './transformer-decoding.js';

export interface TransformerModelConfiguration extends TransformerConfiguration {
  /** Longer sequences are refused. */
  readonly maxLength?: number | undefined;
}

/** What a source may see. */
export interface SourceOptions {
  /** Boolean (true = attend) or additive, broadcast to (B, heads, Ls, Ls), aligned at the right. */
  readonly sourceMask?: MaskLike | undefined;
  /** (B, Ls): boolean as in PyTorch (true = ignore the token), or additive. The decoder ignores these tokens, too. */
  readonly sourceKeyPaddingMask?: MaskLike | undefined;
}

/** What a target may see. */
export interface TargetOptions {
  /** Unless it is false, a target token sees those up to its own. */
  readonly causal?: boolean | undefined;
  /** As `sourceMask`, (B, heads, Lt, Lt). */
  readonly targetMask?: MaskLike | undefined;
  /** (B, Lt), as `sourceKeyPaddingMask`. */
  readonly targetKeyPaddingMask?: MaskLike | undefined;
}

export interface EncodeOptions extends SourceOptions, CaptureOptions {}

export interface DecodeOptions extends Pick<SourceOptions, 'sourceKeyPaddingMask'>, TargetOptions, CaptureOptions {}

export interface TransformerOptions extends SourceOptions, TargetOptions, CaptureOptions {}

/** How an output is searched for. */
export interface SearchOptions extends Pick<SourceOptions, 'sourceKeyPaddingMask'> {
  /** The token before the first. */
  readonly start: number;
  /** The token that ends a sequence. */
  readonly end: number;
  /** At most so many tokens, with the end; the model's `maxLength` unless given. */
  readonly maxLength?: number | undefined;
}

export interface BeamSearchOptions extends SearchOptions {
  /** Sequences that are followed at a time, 4 unless given. */
  readonly width?: number | undefined;
  /** 0.6 unless given; 0 for the probability alone. */
  readonly lengthPenalty?: number | undefined;
}

export interface GreedyResult {
  /** For every source, without start and end. */
  readonly tokens: number[][];
  /** Of {@link Transformer.forward} for start and tokens, the shorter ones of a batch filled up with the end. */
  readonly captured: Captured;
}

export interface Hypothesis {
  /** Without start and end. */
  readonly tokens: number[];
  /** log P / ((5 + length) / 6)^lengthPenalty, the end counted (Wu et al., 2016). */
  readonly score: number;
}

/**
 * The encoder-decoder Transformer ("Attention Is All You Need", Vaswani et al., 2017).
 * {@link HeadscopeLayers.createTransformer} makes it.
 */
export class Transformer extends Handle {
  /** Size of its vectors. */
  readonly dim: number;
  readonly heads: number;
  /** Size of the source's vocabulary; 0 where it takes vectors. */
  readonly sourceVocabulary: number;
  /** Size of the target's vocabulary; 0 where it takes vectors. */
  readonly targetVocabulary: number;
  /** Size of an output row: logits where there is a generator, else `dim`. */
  readonly outputDim: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly maxLength: number | undefined;
  readonly #module: LayersModule;
  readonly #heap: Heap;

  /** Not for use: `HeadscopeLayers.createTransformer` makes it. */
  constructor(module: LayersModule, heap: Heap, tensors: StateDict, configuration: TransformerModelConfiguration) {
    const { heads, maxLength } = optionsOf(configuration, 'configuration');
    const fields = [
      ...configurationFields(configuration),
      maxLength === undefined ? -1 : count(maxLength, 'maxLength'),
    ];
    let sizes: number[] = [];
    const handle = withStateDict(module, heap, tensors, (stateDict) => {
      const made = createInCore(heap, module._createTransformer, 0, () => {
        heap.number(stateDict);
        for (const field of fields) heap.number(field);
      });
      // The answers of CreateTransformerCall in transformer_calls.hpp.
      sizes = [7, 8, 9, 10, 12, 13].map((field) => heap.answer(field));
      return made;
    });
    super(heap, 'model', handle, (address) => module._destroy(address));
    [this.dim, this.sourceVocabulary, this.targetVocabulary, this.outputDim, this.encoderLayers, this.decoderLayers] =
      sizes as [number, number, number, number, number, number];
    this.heads = heads;
    this.maxLength = maxLength;
    this.#module = module;
    this.#heap = heap;
  }

  /**
   * {@link decode} of the target, for {@link encode} of the source.
   *
   * @param source Tokens (B, Ls) or (Ls), or vectors (B, Ls, dim) or (Ls, dim) where the source has no embedding
   * @param target Tokens or vectors of the same batch
   * @returns output (B, Lt, outputDim), without B where `target` has none; what is captured always has B
   */
  forward(
    source: TokensLike | TensorLike,
    target: TokensLike | TensorLike,
    options: TransformerOptions = {},
  ): CapturedResult {
    const { capture } = optionsOf(options);
    const { result, captured } = withCaptures(this.#module, this.#heap, capture, (captures) =>
      this.#decode(captures, target, this.#encode(captures, source, options), options),
    );
    return { output: result, captured };
  }

  /**
   * What the decoder attends to.
   *
   * @returns output (B, Ls, dim), without B where `source` has none. To capture: `src_tok_emb.embedding`, `encoder.input`
   *   (with positions), `encoder.layers.<i>.` and `self_attn.query`, `self_attn.key`, `self_attn.value`
   *   (B, heads, Ls, D), `self_attn.weights` (B, heads, Ls, Ls), `self_attn.output`, `norm1`, `linear1`, `activation`,
   *   `linear2`, `norm2` or `output`; `encoder.norm` and `encoder.output`
   * @throws HeadscopeError `InvalidArgument` for a token that is not in the vocabulary and for an unknown `capture`,
   *   `InvalidShape` for empty sequences, those beyond `maxLength` and shapes that do not fit, `InvalidType`, `Disposed`,
   *   `OutOfMemory`
   */
  encode(source: TokensLike | TensorLike, options: EncodeOptions = {}): CapturedResult {
    const { capture } = optionsOf(options);
    const { result, captured } = withCaptures(this.#module, this.#heap, capture, (captures) =>
      this.#encode(captures, source, options),
    );
    return { output: result, captured };
  }

  /**
   * @param target Tokens (B, Lt) or (Lt), or vectors (B, Lt, dim) or (Lt, dim) where the target has no embedding
   * @param memory What {@link encode} gave, (B, Ls, dim)
   * @returns output (B, Lt, outputDim), without B where `target` has none. To capture: as for {@link encode}, with
   *   `tgt_tok_emb` and `decoder`, the attention to the memory as `multihead_attn`, a third norm `norm3`; and `logits`
   * @throws HeadscopeError as {@link encode}
   */
  decode(target: TokensLike | TensorLike, memory: TensorLike, options: DecodeOptions = {}): CapturedResult {
    const { capture } = optionsOf(options);
    const given = withRank(toTensor(memory, 'memory'), 'memory', 2, 3);
    const { result, captured } = withCaptures(this.#module, this.#heap, capture, (captures) =>
      this.#decode(captures, target, given, options),
    );
    return { output: result, captured };
  }

  /**
   * Decoding token by token, with a cache. It has to be disposed; this model may be disposed before.
   *
   * @param memory What {@link encode} gave, (B, Ls, dim) or (Ls, dim)
   * @throws HeadscopeError as {@link encode}
   */
  decoder(memory: TensorLike, options: TransformerDecodingOptions = {}): TransformerDecoding {
    const { address, outputDim } = this;
    const model = { address, outputDim, takesTokens: this.targetVocabulary > 0 };
    return new TransformerDecoding(this.#module, this.#heap, model, memory, options);
  }

  /**
   * The most likely token, again and again, until the end.
   *
   * @throws HeadscopeError as {@link encode}; `InvalidArgument` for a model without generator, and for start and end that
   *   are not in the vocabulary
   */
  greedy(source: TokensLike | TensorLike, options: SearchOptions & CaptureOptions): GreedyResult {
    const search = this.#search(source, options);
    const heap = this.#heap;
    const words = inScratch(heap, floatBytes(search.batch * search.maxLength), search.operands, () => {
      // The fields of GreedySearchCall in transformer_calls.hpp.
      search.put();
      return heap.only([search.batch, search.maxLength], this.#module._greedySearch);
    });
    const tokens = tokenRows(words.data, search.maxLength);
    const { capture, start, end, sourceKeyPaddingMask } = options;
    if (capture === undefined) return { tokens, captured: {} };
    const longest = Math.max(0, ...tokens.map((row) => row.length));
    const lengthLimit = Math.min(longest + 1, this.maxLength ?? Infinity);
    const targets = tokens.map((row) =>
      [start, ...row, ...Array.from({ length: longest - row.length }, () => end)].slice(0, lengthLimit),
    );
    const target = search.batched ? targets : (targets[0] as number[]);
    return { tokens, captured: this.forward(source, target, { capture, sourceKeyPaddingMask }).captured };
  }

  /**
   * Beam search with the length penalty of Wu et al. (2016), section 7.
   *
   * @returns For every source at most `width` hypotheses, the best first
   * @throws HeadscopeError as {@link greedy}
   */
  beamSearch(source: TokensLike | TensorLike, options: BeamSearchOptions): Hypothesis[][] {
    const search = this.#search(source, options);
    const width = count(options.width ?? 4, 'width');
    const penalty = numberOr(options.lengthPenalty, 0.6, 'lengthPenalty');
    const { batch, maxLength } = search;
    const heap = this.#heap;
    const [tokenCount, scoreCount] = [batch * width * maxLength, batch * width];
    return inScratch(heap, floatBytes(tokenCount) + floatBytes(scoreCount), search.operands, () => {
      // The fields of BeamSearchCall in transformer_calls.hpp.
      search.put();
      heap.number(width);
      heap.number(penalty);
      const tokens = heap.result(tokenCount);
      const scores = heap.result(scoreCount);
      heap.call(this.#module._beamSearch);
      const rows = tokenRows(heap.read(tokens, [tokenCount], tokenCount).data, maxLength);
      const values = heap.read(scores, [scoreCount], scoreCount).data;
      return Array.from({ length: batch }, (_, b) =>
        Array.from({ length: width }, (_unused, w) => ({
          tokens: rows[b * width + w] ?? [],
          score: values[b * width + w] as number,
        })).filter(({ score }) => !Number.isNaN(score)),
      );
    });
  }

  #sourceOf(source: TokensLike | TensorLike): Sequence {
    return this.sourceVocabulary > 0 ? toTokens(source as TokensLike, 'source') : toVectors(source, 'source');
  }

  #encode(captures: number, like: TokensLike | TensorLike, options: SourceOptions): Tensor {
    const { address } = this;
    const source = this.#sourceOf(like);
    const mask = attentionMask(options.sourceMask, 'sourceMask');
    const padding = paddingMask(options.sourceKeyPaddingMask, 'sourceKeyPaddingMask');
    const shape = resultShape(source, this.dim);
    const heap = this.#heap;
    return inScratch(heap, floatBytes(elementCount(shape)), [source, mask, padding], () => {
      // The fields of TransformerEncodeCall in transformer_calls.hpp.
      heap.number(address);
      heap.number(captures);
      putSequence(heap, source);
      putMask(heap, mask);
      putMask(heap, padding);
      return heap.only(shape, this.#module._transformerEncode);
    });
  }

  #decode(captures: number, like: TokensLike | TensorLike, memory: Tensor, options: DecodeOptions): Tensor {
    const { address } = this;
    const target = this.targetVocabulary > 0 ? toTokens(like as TokensLike, 'target') : toVectors(like, 'target');
    const sourcePadding = paddingMask(options.sourceKeyPaddingMask, 'sourceKeyPaddingMask');
    const mask = attentionMask(options.targetMask, 'targetMask');
    const padding = paddingMask(options.targetKeyPaddingMask, 'targetKeyPaddingMask');
    const shape = resultShape(target, this.outputDim);
    const heap = this.#heap;
    return inScratch(heap, floatBytes(elementCount(shape)), [target, memory, sourcePadding, mask, padding], () => {
      // The fields of TransformerDecodeCall in transformer_calls.hpp.
      heap.number(address);
      heap.number(captures);
      putSequence(heap, target);
      heap.operand(memory);
      putMask(heap, sourcePadding);
      putMask(heap, mask);
      putMask(heap, padding);
      heap.number(options.causal === false ? 0 : 1);
      return heap.only(shape, this.#module._transformerDecode);
    });
  }

  /** SearchFields of transformer_calls.hpp. */
  #search(like: TokensLike | TensorLike, options: SearchOptions) {
    const { address } = this;
    const { start, end, maxLength = this.maxLength, sourceKeyPaddingMask } = optionsOf(options);
    const source = this.#sourceOf(like);
    const padding = paddingMask(sourceKeyPaddingMask, 'sourceKeyPaddingMask');
    const numbers = [token(start, 'start'), token(end, 'end'), count(maxLength as number, 'maxLength')];
    return {
      batch: batchOf(source),
      batched: source.batched,
      maxLength: maxLength as number,
      operands: [source, padding] as const,
      put: (): void => {
        this.#heap.number(address);
        putSequence(this.#heap, source);
        putMask(this.#heap, padding);
        for (const number of numbers) this.#heap.number(number);
      },
    };
  }
}
