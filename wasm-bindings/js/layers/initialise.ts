import { choice, count, numberOr } from '../attention-options.js';
import { HeadscopeError } from '../errors.js';
import { floatBytes, operandBytes, type Heap } from '../heap.js';
import type { CoreFunction } from '../module.js';
import { describe, elementCount, optionsOf, shapeText, toShape, type Tensor } from '../tensor.js';
import { textOperand } from './core-state-dict.js';

/** In the order of InitialisationScheme in initialisation.hpp. */
const SCHEMES = ['xavier-uniform', 'xavier-normal', 'kaiming-uniform', 'kaiming-normal', 'normal'] as const;

const MOST_DIMENSIONS = 8;

export interface InitialisationOptions {
  /**
   * As torch.nn.init: Xavier (Glorot and Bengio, 2010), for the fans of both sides; Kaiming (He et al., 2015), for that of
   * the inputs; or N(mean, std²). `xavier-uniform` unless given.
   */
  readonly scheme?: (typeof SCHEMES)[number] | undefined;
  /** A whole number below 2^32: the same seed gives the same numbers everywhere. */
  readonly seed: number;
  /** Factor of Xavier's and Kaiming's numbers; 1 and sqrt(2) unless given. */
  readonly gain?: number | undefined;
  /** Of `normal`; 0 unless given. */
  readonly mean?: number | undefined;
  /** Of `normal`; 1 unless given. */
  readonly std?: number | undefined;
}

/** @internal */
export function initialise(
  heap: Heap,
  core: CoreFunction,
  shapes: Readonly<Record<string, readonly number[]>>,
  options: InitialisationOptions,
): Record<string, Tensor> {
  const { scheme, seed, gain, mean, std } = optionsOf(options);
  const numbers = [
    choice(scheme, SCHEMES, 'scheme'),
    count(seed, 'seed'),
    numberOr(gain, NaN, 'gain'),
    numberOr(mean, 0, 'mean'),
    numberOr(std, 1, 'std'),
  ];
  const tensors = Object.entries(optionsOf(shapes, 'shapes')).map(([name, like]): [string, Tensor] => {
    const shape = toShape(like, name);
    if (shape.length > MOST_DIMENSIONS) {
      throw new HeadscopeError('InvalidShape', name, `at most ${MOST_DIMENSIONS} dimensions`, shapeText(shape));
    }
    const elements = elementCount(shape);
    if (elements >= 2 ** 30) throw new HeadscopeError('TooLarge', name, 'less than 2^30 elements', describe(elements));
    const text = textOperand(name);
    heap.open(operandBytes(text) + floatBytes(elements));
    try {
      // The fields of InitialiseCall in initialisation_calls.hpp.
      heap.operand(text);
      heap.number(shape.length);
      for (let axis = 0; axis < MOST_DIMENSIONS; ++axis) heap.number(shape[axis] ?? 0);
      for (const number of numbers) heap.number(number);
      return [name, heap.only([...shape], core)];
    } finally {
      heap.close();
    }
  });
  return Object.fromEntries(tensors);
}
