import {
  putScores,
  scoreArguments,
  scoreBytes,
  count,
  type Origin,
  type ScoreArguments,
  type ScoreOptions,
  type ScoreSizes,
} from './attention-options.js';
import type { ResultOptions, ResultShapes } from './attention-results.js';
import { HeadscopeError } from './errors.js';
import { operandBytes, type Heap } from './heap.js';
import { ResidentTensor } from './resident-tensor.js';
import { describe, optionsOf, toTensor, withRank, type Tensor, type TensorLike } from './tensor.js';

/** What attention is over: numbers, or a tensor that is in WebAssembly memory already. */
export type Operand = TensorLike | ResidentTensor;

export interface AttentionOptions extends ScoreOptions, ResultOptions {
  /**
   * For tensors in rows: query is (B, Lq, heads·D), key (B, Lk, kvHeads·D) and value (B, Lk, kvHeads·Dv), and so is the
   * output (B, Lq, heads·Dv). Weights and the like are (B, heads, Lq, Lk) all the same.
   */
  readonly heads?: number | undefined;
  /** Beside `heads`, where there are fewer of them for keys and values. */
  readonly kvHeads?: number | undefined;
  /** (B, Hkv, P, D), with `pastValue`: keys before those of this call. Positions start behind them. */
  readonly pastKey?: TensorLike | undefined;
  /** (B, Hkv, P, Dv) */
  readonly pastValue?: TensorLike | undefined;
}

/** With what only the pool says. */
export interface InternalAttentionOptions extends AttentionOptions {
  readonly origin?: Origin | undefined;
}

/** The arguments of `attention` as tensors, and the shapes of what it gives. */
export interface AttentionArguments {
  readonly query: Tensor | ResidentTensor;
  readonly key: Tensor | ResidentTensor;
  readonly value: Tensor | ResidentTensor;
  /** undefined for tensors (B, H, L, D) */
  readonly heads: number | undefined;
  readonly kvHeads: number | undefined;
  readonly pastKey: Tensor | undefined;
  readonly pastValue: Tensor | undefined;
  readonly scores: ScoreArguments;
  readonly sizes: ScoreSizes;
  readonly shapes: ResultShapes;
}

/** The dimension that many places before the last one, 1 where there is none. @internal */
export function extent({ shape }: { readonly shape: readonly number[] }, back = 0): number {
  return back < shape.length ? (shape[shape.length - 1 - back] as number) : 1;
}

/** An argument of attention; with `heads` in rows. @internal */
export function operand(like: Operand, name: string, heads?: number): Tensor | ResidentTensor {
  const most = heads === undefined ? 4 : 3;
  return withRank(like instanceof ResidentTensor ? like : toTensor(like, name), name, 2, most);
}

/** Refuses a number of heads that cannot lie side by side in the columns of a tensor. @internal */
export function sideBySide(heads: number, argument: string, name: string, columns: number): void {
  if (count(heads, argument) > 0 && columns % heads === 0) return;
  const expected = `a divisor of the ${columns} columns of ${name}`;
  throw new HeadscopeError('InvalidArgument', argument, expected, describe(heads));
}

/** The past, if it is whole. */
function past(name: 'pastKey' | 'pastValue', like: TensorLike | undefined, other: TensorLike | undefined) {
  if (like !== undefined) return withRank(toTensor(like, name), name, 3, 4);
  if (other === undefined) return undefined;
  const [one, two] = name === 'pastKey' ? ['pastKey', 'pastValue'] : ['pastValue', 'pastKey'];
  throw new HeadscopeError('InvalidArgument', one, `a tensor, as ${two} is given`, 'undefined');
}

/** Converts what the caller of `attention` gave; what does not fit together is left for the core to refuse. @internal */
export function attentionArguments(
  queryLike: Operand,
  keyLike: Operand,
  valueLike: Operand | null,
  options: InternalAttentionOptions,
): AttentionArguments {
  const { heads, kvHeads = heads } = optionsOf(options);
  if (heads === undefined && kvHeads !== undefined) {
    throw new HeadscopeError('InvalidArgument', 'heads', 'a number, as kvHeads is given', 'undefined');
  }
  const query = operand(queryLike, 'query', heads);
  const key = operand(keyLike, 'key', heads);
  // No values are values of no columns.
  const value =
    valueLike === null
      ? { data: new Float32Array(0), shape: [...key.shape.slice(0, -1), 0] }
      : operand(valueLike, 'value', heads);
  if (heads !== undefined && kvHeads !== undefined) {
    sideBySide(heads, 'heads', 'query', extent(query));
    sideBySide(kvHeads, 'kvHeads', 'key', extent(key));
    sideBySide(kvHeads, 'kvHeads', 'value', extent(value));
  }
  const pastKey = past('pastKey', options.pastKey, options.pastValue);
  const pastValue = past('pastValue', options.pastValue, options.pastKey);
  const pastLength = pastKey === undefined ? 0 : extent(pastKey, 1);
  const keyLength = pastLength + extent(key, 1);
  const sizes = {
    batch: heads === undefined ? extent(query, 3) : extent(query, 2),
    heads: heads ?? extent(query, 2),
    queryLength: extent(query, 1),
    keyLength,
    pastLength,
  };
  return {
    query,
    key,
    value,
    heads,
    kvHeads,
    pastKey,
    pastValue,
    scores: scoreArguments(options, sizes, options.origin),
    sizes,
    shapes: resultShapes(query.shape, extent(value), keyLength, heads, kvHeads, pastKey?.shape, pastValue?.shape),
  };
}

/** The shapes of what attention over a query of this shape gives. @internal */
export function resultShapes(
  query: readonly number[],
  valueColumns: number,
  keyLength: number,
  heads?: number,
  kvHeads?: number,
  pastKey?: readonly number[],
  pastValue?: readonly number[],
): ResultShapes {
  const rows = query.slice(0, -1);
  const logSumExp = heads === undefined ? rows : [...query.slice(0, -2), heads, query.at(-2) as number];
  const columns = heads === undefined || kvHeads === undefined ? valueColumns : (valueColumns / kvHeads) * heads;
  const present = (shape: readonly number[]) => [...shape.slice(0, -2), keyLength, shape.at(-1) as number];
  return {
    output: [...rows, columns],
    weights: [...logSumExp, keyLength],
    logSumExp,
    presentKey: pastKey && present(pastKey),
    presentValue: pastValue && present(pastValue),
  };
}

/** Bytes that the arguments take in the scratch memory. @internal */
export function argumentBytes({ query, key, value, pastKey, pastValue, scores }: AttentionArguments): number {
  return operandBytes(query, key, value, pastKey, pastValue) + scoreBytes(scores);
}

/** The fields of `AttentionCall` in calls.hpp up to the results. @internal */
export function putArguments(heap: Heap, given: AttentionArguments): void {
  heap.operand(given.query, given.heads);
  heap.operand(given.key, given.kvHeads);
  heap.operand(given.value, given.kvHeads);
  heap.operand(given.pastKey);
  heap.operand(given.pastValue);
  putScores(heap, given.scores);
}
