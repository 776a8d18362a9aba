import { HeadscopeError } from './errors.js';
import type { Module, Pointer, Status, TensorRef } from './module.js';
import type { BooleanTensor, Tensor } from './tensor.js';

/** The scratch memory that stays allocated between calls is at most this large. */
const MOST_KEPT_BYTES = 16 * 2 ** 20;

/** Wide enough for a SIMD register, so that every tensor in the scratch memory is aligned to one. */
const ALIGNMENT = 16;

/** Bytes that a float32 buffer takes in the scratch memory. */
export function floatBytes(count: number): number {
  return Math.ceil(count / 4) * ALIGNMENT;
}

/** Bytes that a tensor takes in the scratch memory. */
export function tensorBytes(tensor: Tensor | BooleanTensor): number {
  return Math.ceil(tensor.data.byteLength / ALIGNMENT) * ALIGNMENT;
}

/** A reference to no tensor; `put` makes it one to a tensor. */
export function emptyRef(): TensorRef {
  return { data: 0, shape: [1, 1, 1, 0] };
}

/** Throws what the core refused. */
export function check(status: Status): void {
  if (status !== null) throw new HeadscopeError(status.code, status.argument, status.expected, status.got);
}

/**
 * Moves tensors in and out of the module's memory. A call opens one block of scratch memory for all its arguments and
 * results, puts and reserves them in it, reads the results as copies, and closes it.
 */
export class Heap {
  readonly #module: Module;
  #floats: Float32Array = new Float32Array(0);
  #kept: Pointer = 0;
  #keptBytes = 0;
  #block: Pointer = 0;
  #next: Pointer = 0;

  constructor(module: Module) {
    this.#module = module;
  }

  /** The heap as float32. Growth leaves the old view with length 0. */
  get #view(): Float32Array {
    if (this.#floats.length === 0) this.#floats = new Float32Array(this.#module.HEAPU8.buffer);
    return this.#floats;
  }

  /** Provides room for `bytes`, the sum of `tensorBytes` and `floatBytes` of all that will be put and reserved. */
  open(bytes: number): void {
    // Room to align the start; it also gives empty tensors an address that is not 0, which would mean "none".
    bytes += ALIGNMENT;
    if (bytes > this.#keptBytes) {
      if (bytes <= MOST_KEPT_BYTES) {
        this.#module._free(this.#kept);
        this.#kept = this.#keptBytes = 0;
        // Powers of two, so that sizes that creep up do not allocate every time.
        const rounded = 2 ** Math.ceil(Math.log2(bytes));
        this.#kept = this.#allocate(rounded);
        this.#keptBytes = rounded;
      } else {
        this.#block = this.#allocate(bytes);
      }
    }
    const start = this.#block === 0 ? this.#kept : this.#block;
    this.#next = Math.ceil(start / ALIGNMENT) * ALIGNMENT;
  }

  /** Ends what `open` began. */
  close(): void {
    if (this.#block !== 0) {
      this.#module._free(this.#block);
      this.#block = 0;
    }
  }

  #allocate(bytes: number): Pointer {
    const wanted = `${Math.ceil(bytes / 2 ** 20)} MB`;
    if (bytes >= 2 ** 32) throw new HeadscopeError('TooLarge', 'memory', 'at most 4096 MB in one call', wanted);
    const pointer = this.#module._malloc(bytes) >>> 0;
    if (pointer === 0) throw new HeadscopeError('OutOfMemory', 'memory', wanted, 'no room for it');
    return pointer;
  }

  /** Copies a tensor into the block. Its shape gets leading 1s; it must not have more than four dimensions. */
  put(ref: TensorRef, tensor: Tensor | BooleanTensor): TensorRef {
    const { data, shape } = tensor;
    const pad = 4 - shape.length;
    for (let axis = 0; axis < 4; ++axis) ref.shape[axis] = axis < pad ? 1 : (shape[axis - pad] as number);
    ref.data = this.#next;
    if (data instanceof Float32Array) this.#view.set(data, this.#next / 4);
    else this.#module.HEAPU8.set(data, this.#next);
    this.#next += tensorBytes(tensor);
    return ref;
  }

  /** Room for `count` float32 results. */
  reserve(count: number): Pointer {
    const pointer = this.#next;
    this.#next += floatBytes(count);
    return pointer;
  }

  /** A copy of results, as a tensor. */
  read(pointer: Pointer, shape: readonly number[], count: number): Tensor {
    const start = pointer / 4;
    return { data: this.#view.slice(start, start + count), shape };
  }
}
