import { extent, operand, resultShapes, sideBySide, type Operand } from './attention-arguments.js';
import { count, putScores, scoreArguments, scoreBytes, type ScoreOptions } from './attention-options.js';
import {
  Results,
  targetsOf,
  type AttentionResult,
  type AttentionTargets,
  type ResultOptions,
} from './attention-results.js';
import { HeadscopeError } from './errors.js';
import { Handle, createInCore } from './handle.js';
import { operandBytes, type Heap } from './heap.js';
import type { Module } from './module.js';
import type { ResidentTensor } from './resident-tensor.js';
import { describe, optionsOf, type Tensor } from './tensor.js';

/** Sizes of a {@link KeyValueCache}. */
export interface KeyValueCacheConfiguration {
  /** 1 unless given. */
  readonly batch?: number | undefined;
  readonly kvHeads: number;
  /** D */
  readonly headDim: number;
  /** Dv; D unless given. */
  readonly valueDim?: number | undefined;
  /** Queries see that many last tokens, their own among them, and the cache keeps no more than they need. */
  readonly window?: number | undefined;
}

/** Where tokens stand is known to a cache; all else is as in {@link AttentionOptions}. */
export interface CacheAttentionOptions extends Omit<ScoreOptions, 'alignment' | 'keyLengths'>, ResultOptions {
  /** For query, key and value in rows, (B, L, heads·D) and the like. */
  readonly heads?: number | undefined;
}

/** What is appended. */
interface Tokens {
  readonly key: Tensor | ResidentTensor;
  readonly value: Tensor | ResidentTensor;
}

/**
 * The keys and values of the tokens so far, in WebAssembly memory, for decoding one token after the other.
 * {@link Headscope.createKeyValueCache} makes it.
 */
export class KeyValueCache extends Handle {
  readonly #module: Module;
  readonly #heap: Heap;
  readonly #kvHeads: number;
  readonly #valueDim: number;

  /** Not for use: `Headscope.createKeyValueCache` makes it. */
  constructor(module: Module, heap: Heap, configuration: KeyValueCacheConfiguration) {
    const { batch = 1, kvHeads, headDim, valueDim = headDim, window } = optionsOf(configuration, 'configuration');
    const handle = createInCore(heap, module._createKeyValueCache, 0, () => {
      heap.number(count(batch, 'batch'));
      heap.number(count(kvHeads, 'kvHeads'));
      heap.number(count(headDim, 'headDim'));
      heap.number(count(valueDim, 'valueDim'));
      heap.number(window === undefined ? -1 : count(window, 'window'));
    });
    super(heap, 'cache', handle, (address) => module._destroy(address));
    this.#module = module;
    this.#heap = heap;
    this.#kvHeads = kvHeads;
    this.#valueDim = valueDim;
  }

  /** How many tokens were appended. */
  get length(): number {
    this.#sizes(0);
    return this.#heap.answer(2);
  }

  /** How many of them are still there: all, without a window. */
  get stored(): number {
    this.#sizes(0);
    return this.#heap.answer(3);
  }

  /** The fields of CacheSizesCall in calls.hpp. */
  #sizes(tokens: number): void {
    const { address } = this;
    this.#heap.open(0);
    this.#heap.number(address);
    this.#heap.number(tokens);
    this.#heap.call(this.#module._cacheSizes);
  }

  /**
   * Appends tokens. When they are refused, the cache stays as it was.
   *
   * @param key (B, Hkv, n, D); with `heads` (B, n, kvHeads·D)
   * @param value (B, Hkv, n, Dv); with `heads` (B, n, kvHeads·Dv)
   * @throws HeadscopeError as {@link Headscope.attention}
   */
  append(key: Operand, value: Operand, options: { readonly heads?: number | undefined } = {}): void {
    const tokens = this.#tokens(key, value, options.heads);
    const { address } = this;
    const heap = this.#heap;
    heap.open(operandBytes(tokens.key, tokens.value));
    try {
      heap.number(address);
      this.#put(tokens, options.heads);
      heap.call(this.#module._cacheAppend);
    } finally {
      heap.close();
    }
  }

  /**
   * Appends tokens and lets their queries attend to all that are there, or does neither.
   *
   * @param query (B, Hq, Lq, D), for the last Lq tokens; with `heads` (B, Lq, heads·D)
   * @param key As in {@link append}
   * @param value As in {@link append}
   * @param options Causal unless they say otherwise
   * @returns As {@link Headscope.attention}; Lk is `stored` after it
   * @throws HeadscopeError as {@link Headscope.attention}
   */
  attention(query: Operand, key: Operand, value: Operand, options: CacheAttentionOptions = {}): AttentionResult {
    return this.#attend(query, this.#tokens(key, value, options.heads), options);
  }

  /** {@link attention} of tokens that have been appended before. */
  attend(query: Operand, options: CacheAttentionOptions = {}): AttentionResult {
    return this.#attend(query, undefined, options);
  }

  /** {@link attend} with results that stay in WebAssembly memory. */
  attendInto(
    targets: AttentionTargets,
    query: Operand,
    options: Omit<CacheAttentionOptions, keyof ResultOptions> = {},
  ): void {
    this.#attend(query, undefined, options, targets);
  }

  /** Forgets all tokens and keeps the memory for the next ones. */
  clear(): void {
    this.#module._cacheClear(this.address);
  }

  #tokens(key: Operand, value: Operand, heads: number | undefined): Tokens {
    const tokens = { key: operand(key, 'key', heads), value: operand(value, 'value', heads) };
    if (heads !== undefined) {
      sideBySide(this.#kvHeads, 'kvHeads', 'key', extent(tokens.key));
      sideBySide(this.#kvHeads, 'kvHeads', 'value', extent(tokens.value));
    }
    return tokens;
  }

  #put({ key, value }: Tokens, heads: number | undefined): void {
    const kvHeads = heads === undefined ? undefined : this.#kvHeads;
    this.#heap.operand(key, kvHeads);
    this.#heap.operand(value, kvHeads);
  }

  #attend(
    queryLike: Operand,
    tokens: Tokens | undefined,
    options: CacheAttentionOptions,
    targets?: AttentionTargets,
  ): AttentionResult {
    const { heads, causal = true } = optionsOf(options);
    for (const name of ['alignment', 'keyLengths'] as const) {
      const value = (options as ScoreOptions)[name];
      if (value === undefined) continue;
      throw new HeadscopeError('InvalidArgument', name, 'none, as the cache knows its positions', describe(value));
    }
    const query = operand(queryLike, 'query', heads);
    if (heads !== undefined) sideBySide(heads, 'heads', 'query', extent(query));
    const { address } = this;
    this.#sizes(tokens === undefined ? 0 : extent(tokens.key, 1));
    const keyLength = this.#heap.answer(tokens === undefined ? 3 : 4);
    const sizes = {
      batch: heads === undefined ? extent(query, 3) : extent(query, 2),
      heads: heads ?? extent(query, 2),
      queryLength: extent(query, 1),
      keyLength,
      pastLength: 0,
    };
    const scores = scoreArguments({ ...options, causal }, sizes);
    const kvHeads = heads === undefined ? undefined : this.#kvHeads;
    const shapes = resultShapes(query.shape, this.#valueDim * (kvHeads ?? 1), keyLength, heads, kvHeads);
    const results = new Results(shapes, targets === undefined ? options : targetsOf(targets, shapes, query), targets);
    const heap = this.#heap;
    heap.open(operandBytes(query, tokens?.key, tokens?.value) + scoreBytes(scores) + results.bytes);
    try {
      // The fields of CacheAttendCall in calls.hpp.
      heap.number(address);
      heap.operand(query, heads);
      if (tokens === undefined) {
        heap.operand(undefined);
        heap.operand(undefined);
      } else this.#put(tokens, heads);
      putScores(heap, scores);
      results.put(heap);
      heap.call(this.#module._cacheAttend);
      return results.read(heap);
    } finally {
      heap.close();
    }
  }
}
