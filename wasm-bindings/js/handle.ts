/// <reference lib="esnext.disposable" preserve="true" />
import { HeadscopeError } from './errors.js';
import type { Heap } from './heap.js';
import type { CoreFunction, Pointer } from './module.js';

// The name under which `using` looks, where the engine has it; a name of our own elsewhere.
const disposeSymbol: typeof Symbol.dispose =
  (Symbol as { dispose?: typeof Symbol.dispose }).dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

/**
 * Something that lives in WebAssembly memory. That memory is not garbage collected: call `dispose()` when it is done
 * with, or declare it with `using`.
 */
export abstract class Handle {
  readonly #heap: Heap;
  readonly #kind: string;
  readonly #free: ((address: Pointer) => void) | undefined;
  #address: Pointer;

  /**
   * @param kind What errors call it, such as "layer"
   * @param free Gives its memory back; without it the memory is another's, and the handle does not count
   */
  protected constructor(heap: Heap, kind: string, address: Pointer, free?: (address: Pointer) => void) {
    this.#heap = heap;
    this.#kind = kind;
    this.#address = address;
    this.#free = free;
    if (free !== undefined) ++heap.liveHandles;
  }

  /** Where it lives. @internal */
  get address(): Pointer {
    if (this.#address === 0) {
      throw new HeadscopeError('Disposed', this.#kind, `a ${this.#kind} in use`, 'a disposed one');
    }
    return this.#address;
  }

  /** Frees its memory. Calling it again does nothing; every other use after it throws `Disposed`. */
  dispose(): void {
    if (this.#address !== 0 && this.#free !== undefined) {
      this.#free(this.#address);
      --this.#heap.liveHandles;
    }
    this.#address = 0;
  }

  /** The same as `dispose()`. */
  [disposeSymbol](): void {
    this.dispose();
  }
}

/**
 * Makes something in the core: `put` writes the call behind its first field, which the core fills with the address.
 *
 * @param bytes Scratch memory that the call takes
 */
export function createInCore(heap: Heap, core: CoreFunction, bytes: number, put: () => void): Pointer {
  heap.open(bytes);
  try {
    heap.number(0);
    put();
    heap.call(core);
    return heap.answer(0);
  } finally {
    heap.close();
  }
}
