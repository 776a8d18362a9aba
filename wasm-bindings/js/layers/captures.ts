import { HeadscopeError } from '../errors.js';
import { createInCore } from '../handle.js';
import { operandBytes, type Heap } from '../heap.js';
import type { Pointer } from '../module.js';
import { describe, elementCount, type Tensor } from '../tensor.js';
import { textOperand } from './core-state-dict.js';
import type { LayersModule } from './layers-module.js';

/**
 * Names of intermediate results that a call is to hand out: paths of modules as in the state dict, and what it is there,
 * such as `encoder.layers.0.self_attn.weights`. One that ends with `*` stands for all that begin as it does, `'all'` for
 * everything.
 */
export type Capture = readonly string[] | 'all';

/** What was captured, by name, in the order in which it was computed. */
export type Captured = Readonly<Record<string, Tensor>>;

/** The fields of CapturedCall in layer_calls.hpp. */
const COUNT = 2;
const NAME = 3;
const NAME_LENGTH = 4;
const RANK = 5;
const SHAPE = 6;
const DATA = 11;

/**
 * Makes a call of the core that captures: nothing, unless something is wanted.
 *
 * @throws HeadscopeError `InvalidType`, `InvalidArgument` for a name that the call does not compute, and what it throws
 * @internal
 */
export function withCaptures<T>(
  module: LayersModule,
  heap: Heap,
  wanted: Capture | undefined,
  call: (captures: Pointer) => T,
): { result: T; captured: Captured } {
  if (wanted === undefined) return { result: call(0), captured: {} };
  const names = wanted === 'all' ? ['*'] : wanted;
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
    throw new HeadscopeError('InvalidType', 'capture', "an array of names or 'all'", describe(wanted));
  }
  const text = textOperand(names.join('\n'));
  const handle = createInCore(heap, module._createCaptures, operandBytes(text), () => heap.operand(text));
  try {
    const result = call(handle);
    const captured = Object.fromEntries(read(module, heap, handle));
    for (const name of names) expectCaptured(name, captured);
    return { result, captured };
  } finally {
    module._destroy(handle);
  }
}

function expectCaptured(name: string, captured: Captured): void {
  const found = name.endsWith('*')
    ? Object.keys(captured).some((each) => each.startsWith(name.slice(0, -1)))
    : Object.hasOwn(captured, name);
  if (!found) {
    throw new HeadscopeError('InvalidArgument', 'capture', 'names of what this call computes', describe(name));
  }
}

function* read(module: LayersModule, heap: Heap, handle: Pointer): Generator<[string, Tensor]> {
  for (let index = 0, count = 1; index < count; ++index) {
    heap.open(0);
    try {
      heap.number(handle);
      heap.number(index);
      heap.call(module._captured);
      count = heap.answer(COUNT);
      if (count === 0) return;
      const name = heap.answer(NAME);
      const bytes = module.HEAPU8.slice(name, name + heap.answer(NAME_LENGTH));
      const shape = Array.from({ length: heap.answer(RANK) }, (_, axis) => heap.answer(SHAPE + axis));
      yield [new TextDecoder().decode(bytes), heap.read(heap.answer(DATA), shape, elementCount(shape))];
    } finally {
      heap.close();
    }
  }
}
