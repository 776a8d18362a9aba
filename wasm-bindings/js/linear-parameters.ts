import { operandBytes, type Heap } from './heap.js';
import { optionsOf, toTensor, withRank, type Tensor, type TensorLike } from './tensor.js';

/** Parameters of y = x·Wᵀ + b, in the layout of `torch.nn.Linear`. */
export interface LinearParameters {
  /** (out, in) */
  readonly weight: TensorLike;
  /** (out); 0 if it is missing */
  readonly bias?: TensorLike | undefined;
}

/** @internal */
export interface LinearOperands {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;
}

/** `owner` goes before the names in errors, such as "query " in "query weight". @internal */
export function linearOperands(parameters: LinearParameters, owner: string): LinearOperands {
  const { weight, bias } = optionsOf(parameters, owner.trim() || 'parameters');
  const part = (like: TensorLike, name: string, rank: number): Tensor =>
    withRank(toTensor(like, owner + name), owner + name, rank, rank);
  return { weight: part(weight, 'weight', 2), bias: bias === undefined ? undefined : part(bias, 'bias', 1) };
}

/** Bytes that layers take in the scratch memory. @internal */
export function linearBytes(...layers: readonly (LinearOperands | undefined)[]): number {
  return layers.reduce((bytes, layer) => bytes + operandBytes(layer?.weight, layer?.bias), 0);
}

/** The fields of `LinearFields` in calls.hpp; without a layer the core takes it as missing. @internal */
export function putLinear(heap: Heap, layer: LinearOperands | undefined): void {
  heap.operand(layer?.weight);
  heap.operand(layer?.bias);
}
