import { HeadscopeError } from './errors.js';
import { operandBytes, type Heap } from './heap.js';
import {
  describe,
  optionsOf,
  toMask,
  toTensor,
  withRank,
  type BooleanTensor,
  type MaskLike,
  type Tensor,
  type TensorLike,
} from './tensor.js';

/** What becomes of the dot products q·k, in this order: scale, softcap, what is added or forbidden, softmax, dropout. */
export interface ScoreOptions {
  /** Factor of the dot products; 1/sqrt(D) unless given. */
  readonly scale?: number | undefined;
  /** A score s becomes softcap·tanh(s / softcap); 0 for none. */
  readonly softcap?: number | undefined;
  /** A query sees the keys up to its own position only. */
  readonly causal?: boolean | undefined;
  /** A query at position p sees the keys p - left to p + right only. -1, or nothing, for no bound on that side. */
  readonly window?: { readonly left?: number | undefined; readonly right?: number | undefined } | undefined;
  /**
   * Where query 0 stands among the keys for `causal`, `window` and `alibi`: behind the past, at key 0 without one
   * (`top-left`, as in ONNX and PyTorch), or so that the last query meets the last key (`bottom-right`), with
   * `keyLengths` the last one of each batch element.
   */
  readonly alignment?: 'top-left' | 'bottom-right' | undefined;
  /**
   * -slope·|p - j| is added to the score of a query at position p and key j, with a slope for each head, (Hq); `true`
   * for those of the paper, {@link Headscope.alibiSlopes}.
   */
  readonly alibi?: boolean | TensorLike | undefined;
  /** (Hq): a score in each head that takes part in the softmax and belongs to no key; weights then sum to less than 1. */
  readonly sinks?: TensorLike | undefined;
  /** (B): the keys from there on are padding, which no query sees. */
  readonly keyLengths?: ArrayLike<number> | undefined;
  /**
   * Sets weights to 0 with this probability, from 0 to less than 1, and divides the others by 1 - probability. The seed,
   * a whole number below 2^32, settles which ones.
   */
  readonly dropout?: { readonly probability: number; readonly seed: number } | undefined;
  /**
   * Boolean (true = attend) or additive, with a shape that broadcasts to (B, Hq, Lq, Lk), aligned at the right. A row
   * that is masked whole gets weights 0 and output 0.
   */
  readonly mask?: MaskLike | undefined;
}

/** Where a call stands in the whole that it is a part of. */
export interface Origin {
  /** First head, counted through all batch elements. */
  readonly head: number;
  /** First query. */
  readonly query: number;
  /** Lq of the whole. */
  readonly queryLength: number;
  /** Hq of the whole. */
  readonly heads: number;
}

/** What the options are about. */
export interface ScoreSizes {
  readonly batch: number;
  readonly heads: number;
  readonly queryLength: number;
  /** Keys in all, those of the past among them. */
  readonly keyLength: number;
  readonly pastLength: number;
}

interface IntegerTensor {
  readonly data: Int32Array;
  readonly shape: readonly number[];
}

/** Options as the core takes them. */
export interface ScoreArguments {
  readonly scale: number;
  readonly softcap: number;
  readonly causal: boolean;
  readonly windowLeft: number;
  readonly windowRight: number;
  readonly probability: number;
  readonly seed: number;
  readonly origin: Origin | undefined;
  /** Heads that the paper's slopes are for; 0 without them. */
  readonly alibiHeads: number;
  readonly alibi: Tensor | undefined;
  readonly sinks: Tensor | undefined;
  readonly keyLengths: IntegerTensor | undefined;
  readonly firstPositions: IntegerTensor | undefined;
  readonly mask: Tensor | BooleanTensor | undefined;
}

/** A size that an argument gives. @internal */
export function count(value: number, argument: string): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new HeadscopeError('InvalidArgument', argument, 'a whole number from 0 up', describe(value));
  }
  if (value >= 2 ** 32) throw new HeadscopeError('InvalidArgument', argument, 'less than 2^32', describe(value));
  return value;
}

function number(value: number | undefined, argument: string): number {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new HeadscopeError('InvalidArgument', argument, 'a number', describe(value));
  }
  return value;
}

/** A number that an option gives, or what stands for "not given". @internal */
export function numberOr(value: number | undefined, otherwise: number, argument: string): number {
  return value === undefined ? otherwise : number(value, argument);
}

/** The place of a word in a list, or an error that says the list. @internal */
export function choice(word: string | undefined, words: readonly string[], argument: string): number {
  const index = words.indexOf(word ?? (words[0] as string));
  if (index < 0) throw new HeadscopeError('InvalidArgument', argument, words.join(' or '), describe(word));
  return index;
}

function windowBound(value: number | undefined, argument: string): number {
  return value === undefined || value === -1 ? -1 : count(value, argument);
}

/** Whole numbers as the core takes them. @internal */
export function integers(values: ArrayLike<number>, argument: string): IntegerTensor {
  if (typeof values !== 'object' || values === null || typeof values.length !== 'number') {
    throw new HeadscopeError('InvalidType', argument, 'whole numbers in an array', describe(values));
  }
  const data = new Int32Array(values.length);
  for (let index = 0; index < data.length; ++index) {
    const value = values[index] as number;
    if (typeof value === 'number') data[index] = value;
    if (data[index] !== value) {
      throw new HeadscopeError('InvalidArgument', argument, 'whole numbers', `${describe(value)} at [${index}]`);
    }
  }
  return { data, shape: [data.length] };
}

/** Where query 0 stands, for each batch element; undefined for 0. */
function firstPositions(
  sizes: ScoreSizes,
  bottomRight: boolean,
  keyLengths: IntegerTensor | undefined,
  origin: Origin | undefined,
): IntegerTensor | undefined {
  const { batch, keyLength, pastLength } = sizes;
  const queryLength = origin?.queryLength ?? sizes.queryLength;
  const first = origin?.query ?? 0;
  if (!bottomRight && pastLength + first === 0) return undefined;
  const data = new Int32Array(batch);
  for (let b = 0; b < batch; ++b) {
    const end = keyLengths === undefined ? keyLength : (keyLengths.data[b] as number);
    data[b] = first + (bottomRight ? end - queryLength : pastLength);
  }
  return { data, shape: [batch] };
}

/** Converts the options of a call; what does not fit the tensors is left for the core to refuse. @internal */
export function scoreArguments(options: ScoreOptions, sizes: ScoreSizes, origin?: Origin): ScoreArguments {
  const { window = {}, alibi, sinks, mask } = options;
  optionsOf(window, 'window');
  const keyLengths = options.keyLengths === undefined ? undefined : integers(options.keyLengths, 'keyLengths');
  const bottomRight = choice(options.alignment, ['top-left', 'bottom-right'], 'alignment') === 1;
  const perHead = (like: TensorLike, name: string): Tensor => withRank(toTensor(like, name), name, 1, 1);
  const paper = alibi === true;
  return {
    scale: numberOr(options.scale, NaN, 'scale'),
    softcap: numberOr(options.softcap, 0, 'softcap'),
    causal: Boolean(options.causal),
    windowLeft: windowBound(window.left, 'window.left'),
    windowRight: windowBound(window.right, 'window.right'),
    ...dropoutArguments(options.dropout),
    origin,
    alibiHeads: paper ? (origin?.heads ?? sizes.heads) : 0,
    alibi: paper || alibi === undefined || alibi === false ? undefined : perHead(alibi, 'alibi'),
    sinks: sinks === undefined ? undefined : perHead(sinks, 'sinks'),
    keyLengths,
    firstPositions: firstPositions(sizes, bottomRight, keyLengths, origin),
    mask: mask === undefined ? undefined : withRank(toMask(mask), 'mask', 0, 4),
  };
}

/** @internal */
export function dropoutArguments(dropout: ScoreOptions['dropout']): { probability: number; seed: number } {
  if (dropout === undefined) return { probability: 0, seed: 0 };
  optionsOf(dropout, 'dropout');
  return {
    probability: number(dropout.probability, 'dropout.probability'),
    seed: count(dropout.seed, 'dropout.seed'),
  };
}

/** Bytes that the options take in the scratch memory. @internal */
export function scoreBytes({ alibi, sinks, keyLengths, firstPositions, mask }: ScoreArguments): number {
  return operandBytes(alibi, sinks, keyLengths, firstPositions, mask);
}

/** The fields of `ScoreFields` in calls.hpp. @internal */
export function putScores(heap: Heap, given: ScoreArguments): void {
  heap.number(given.scale);
  heap.number(given.softcap);
  heap.number(given.causal ? 1 : 0);
  heap.number(given.windowLeft);
  heap.number(given.windowRight);
  heap.number(given.probability);
  heap.number(given.seed);
  heap.number(given.origin?.head ?? 0);
  heap.number(given.origin?.query ?? 0);
  heap.number(given.alibiHeads);
  heap.operand(given.alibi);
  heap.operand(given.sinks);
  heap.operand(given.keyLengths);
  heap.operand(given.firstPositions);
  heap.operand(given.mask);
  heap.number(given.mask?.data instanceof Uint8Array ? 1 : 0);
}
