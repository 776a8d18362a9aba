import { choice, count, numberOr } from '../attention-options.js';
import { operandBytes, type Heap, type Operand } from '../heap.js';
import { toMask, withRank, type BooleanTensor, type MaskLike, type Tensor } from '../tensor.js';
import type { Sequence } from './tokens.js';

/** How the layers of a Transformer are made; their sizes follow from the state dict. */
export interface TransformerConfiguration {
  /** `nhead` of PyTorch; it is not in a state dict. */
  readonly heads: number;
  /** Whether sublayers normalise what they read (pre-norm) instead of what they have added to (post-norm). */
  readonly normFirst?: boolean | undefined;
  /** `relu` unless given; `gelu` is the exact one. */
  readonly activation?: 'relu' | 'gelu' | undefined;
  /** `layer_norm_eps` of PyTorch, 1e-5 unless given. */
  readonly epsilon?: number | undefined;
}

type Masking = Tensor | BooleanTensor | undefined;

/** ConfigurationFields of transformer_calls.hpp. @internal */
export function configurationFields({ heads, normFirst, activation, epsilon }: TransformerConfiguration): number[] {
  return [
    count(heads, 'heads'),
    normFirst === true ? 1 : 0,
    choice(activation ?? 'relu', ['relu', 'gelu'], 'activation'),
    numberOr(epsilon, 1e-5, 'epsilon'),
  ];
}

/** A mask that broadcasts to (B, heads, Lq, Lk). @internal */
export function attentionMask(like: MaskLike | undefined, argument: string): Masking {
  return like === undefined ? undefined : withRank(toMask(like, argument), argument, 2, 4);
}

/** A mask (B, Lk), or (Lk) for a batch of 1. @internal */
export function paddingMask(like: MaskLike | undefined, argument: string): Masking {
  return like === undefined ? undefined : withRank(toMask(like, argument), argument, 1, 2);
}

/** MaskFields of transformer_calls.hpp. @internal */
export function putMask(heap: Heap, mask: Masking): void {
  heap.operand(mask);
  heap.number(mask?.data instanceof Uint8Array ? 1 : 0);
}

/** SequenceFields of transformer_calls.hpp. @internal */
export function putSequence(heap: Heap, sequence: Sequence): void {
  heap.operand(sequence);
  heap.number(sequence.isTokens ? 1 : 0);
}

/** Opens the scratch memory for a call with these operands and `bytes` of results. @internal */
export function inScratch<T>(heap: Heap, bytes: number, operands: readonly (Operand | undefined)[], use: () => T): T {
  heap.open(bytes + operandBytes(...operands));
  try {
    return use();
  } finally {
    heap.close();
  }
}
