import { HeadscopeError } from './errors.js';
import { Handle } from './handle.js';
import type { Heap } from './heap.js';
import type { Pointer } from './module.js';
import { elementCount, shapeText, toTensor, type Tensor, type TensorLike } from './tensor.js';

/**
 * A tensor that lives in WebAssembly memory, so that attention over it copies nothing. {@link Headscope.createTensor}
 * makes it.
 */
export class ResidentTensor extends Handle {
  readonly shape: readonly number[];
  readonly #heap: Heap;
  readonly #count: number;

  /** Not for use: `Headscope.createTensor` makes it. */
  constructor(heap: Heap, shape: readonly number[], view?: Pointer) {
    const count = elementCount(shape);
    // One byte more: also a tensor without elements has an address of its own.
    const address = view ?? heap.allocate(4 * count + 1);
    super(heap, 'tensor', address, view === undefined ? (own) => heap.free(own) : undefined);
    this.shape = [...shape];
    this.#heap = heap;
    this.#count = count;
  }

  /**
   * A copy of its numbers.
   *
   * @throws HeadscopeError `Disposed`
   */
  read(): Tensor {
    return this.#heap.read(this.address, this.shape, this.#count);
  }

  /**
   * Overwrites its numbers with those of a tensor of the same shape.
   *
   * @throws HeadscopeError `InvalidType`, `InvalidShape`, `Disposed`
   */
  write(like: TensorLike): void {
    const { data, shape } = toTensor(like);
    expectShape('tensor', shape, this.shape);
    this.fill(data);
  }

  /** Overwrites all its numbers, with zeros if none are given. @internal */
  fill(data?: Float32Array): void {
    const start = this.address / 4;
    if (data === undefined) this.#heap.floats.fill(0, start, start + this.#count);
    else this.#heap.floats.set(data, start);
  }

  /** Some of its memory as a tensor, from an element on; only as long as this one lives. @internal */
  view(start: number, shape: readonly number[]): ResidentTensor {
    return new ResidentTensor(this.#heap, shape, this.address + 4 * start);
  }
}

/** Refuses any other shape. @internal */
export function expectShape(argument: string, shape: readonly number[], expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((extent, axis) => extent === expected[axis])) return;
  throw new HeadscopeError('InvalidShape', argument, `shape ${shapeText(expected)}`, shapeText(shape));
}
