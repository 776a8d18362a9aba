import { HeadscopeError } from '../errors.js';
import { Handle, createInCore } from '../handle.js';
import { floatBytes, operandBytes, type Heap } from '../heap.js';
import type { CoreFunction } from '../module.js';
import type { StateDict } from '../state-dict.js';
import { describe, elementCount, optionsOf, type Tensor } from '../tensor.js';
import { withCaptures, type Capture, type Captured } from './captures.js';
import { textOperand, withStateDict } from './core-state-dict.js';
import type { LayersModule } from './layers-module.js';

export interface StateDictOptions {
  /** What stands before the names of this layer, such as `blocks.0.attn.`; nothing unless given. */
  readonly prefix?: string | undefined;
}

export interface CaptureOptions {
  /** Names of intermediate results that the result has in `captured`, or `'all'`. */
  readonly capture?: Capture | undefined;
}

export interface CapturedResult {
  readonly output: Tensor;
  /** What was asked for with `capture`, by name. */
  readonly captured: Captured;
}

/** A layer that the core makes from a state dict and that turns one tensor into another. */
export abstract class StateDictLayer extends Handle {
  readonly #module: LayersModule;
  readonly #heap: Heap;

  protected constructor(
    module: LayersModule,
    heap: Heap,
    core: CoreFunction,
    tensors: StateDict,
    options: StateDictOptions,
  ) {
    const { prefix = '' } = optionsOf(options);
    if (typeof prefix !== 'string') throw new HeadscopeError('InvalidType', 'prefix', 'a string', describe(prefix));
    const text = textOperand(prefix);
    const handle = withStateDict(module, heap, tensors, (stateDict) =>
      createInCore(heap, core, operandBytes(text), () => {
        heap.number(stateDict);
        heap.operand(text);
      }),
    );
    super(heap, 'layer', handle, (address) => module._destroy(address));
    this.#module = module;
    this.#heap = heap;
  }

  /**
   * @param numbers Fields of the call between the input and the output
   */
  protected run(
    core: CoreFunction,
    x: Tensor,
    numbers: readonly number[],
    shape: readonly number[],
    { capture }: CaptureOptions,
  ): CapturedResult {
    const { address } = this;
    const heap = this.#heap;
    const { result, captured } = withCaptures(this.#module, heap, capture, (captures) => {
      heap.open(operandBytes(x) + floatBytes(elementCount(shape)));
      try {
        heap.number(address);
        heap.number(captures);
        heap.operand(x);
        for (const number of numbers) heap.number(number);
        return heap.only(shape, core);
      } finally {
        heap.close();
      }
    });
    return { output: result, captured };
  }
}
