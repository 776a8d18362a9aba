import { HeadscopeError } from './errors.js';
import type { CoreFunction, Module, Pointer } from './module.js';
import { ResidentTensor } from './resident-tensor.js';
import { elementCount, type Tensor } from './tensor.js';

/** The scratch memory that stays allocated between calls is at most this large. */
const MOST_KEPT_BYTES = 16 * 2 ** 20;

/** Wide enough for a SIMD register, so that every tensor in the scratch memory is aligned to one. */
const ALIGNMENT = 16;

/** As many doubles as the longest call has. */
const MOST_CALL_DOUBLES = 128;

/** What the core reads: numbers of the caller's, which are copied into the heap, or a tensor that is there already. */
export type Operand = Numbers | ResidentTensor;

export interface Numbers {
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
}

/** Bytes that a float32 buffer takes in the scratch memory. */
export function floatBytes(count: number): number {
  return Math.ceil(count / 4) * ALIGNMENT;
}

/** Bytes that operands take in the scratch memory. */
export function operandBytes(...operands: readonly (Operand | undefined)[]): number {
  let bytes = 0;
  for (const operand of operands) {
    if (operand === undefined || operand instanceof ResidentTensor) continue;
    bytes += Math.ceil(operand.data.byteLength / ALIGNMENT) * ALIGNMENT;
  }
  return bytes;
}

/**
 * Moves tensors in and out of the module's memory, and calls the core.
 *
 * `open` provides scratch memory for the operands and results of one call and begins its call block: the doubles that
 * the core's function reads, in the order of its struct in calls.hpp. `number`, `operand` and `result` write the next
 * ones. Then `call`; results are read as copies, and `close` ends it all.
 */
export class Heap {
  readonly #module: Module;
  readonly #call = new Float64Array(MOST_CALL_DOUBLES);
  readonly #callAddress: Pointer;
  #fields = 0;
  #floats: Float32Array = new Float32Array(0);
  #doubles: Float64Array = new Float64Array(0);
  #kept: Pointer = 0;
  #keptBytes = 0;
  #block: Pointer = 0;
  #next: Pointer = 0;
  #lastData: Numbers['data'] | undefined;
  #lastPointer: Pointer = 0;
  /** Objects of this heap that have not been disposed. */
  liveHandles = 0;

  constructor(module: Module) {
    this.#module = module;
    this.#callAddress = this.allocate(this.#call.byteLength);
  }

  /** The heap as float32. Growth leaves the old views with length 0. */
  get floats(): Float32Array {
    if (this.#floats.length === 0) this.#refresh();
    return this.#floats;
  }

  #refresh(): void {
    const { buffer } = this.#module.HEAPU8;
    this.#floats = new Float32Array(buffer);
    this.#doubles = new Float64Array(buffer);
  }

  /** Provides room for `bytes`, the sum of `operandBytes` and `floatBytes` of all that will be put and reserved. */
  open(bytes: number): void {
    // Room to align the start; it also gives empty tensors an address that is not 0, which would mean "none".
    bytes += ALIGNMENT;
    if (bytes > this.#keptBytes) {
      if (bytes <= MOST_KEPT_BYTES) {
        this.free(this.#kept);
        this.#kept = this.#keptBytes = 0;
        // Powers of two, so that sizes that creep up do not allocate every time.
        const rounded = 2 ** Math.ceil(Math.log2(bytes));
        this.#kept = this.allocate(rounded);
        this.#keptBytes = rounded;
      } else {
        this.#block = this.allocate(bytes);
      }
    }
    const start = this.#block === 0 ? this.#kept : this.#block;
    this.#next = Math.ceil(start / ALIGNMENT) * ALIGNMENT;
    this.#fields = 0;
  }

  /** Ends what `open` began. */
  close(): void {
    this.free(this.#block);
    this.#block = 0;
    this.#lastData = undefined;
  }

  /** Memory until `free`. */
  allocate(bytes: number): Pointer {
    const wanted = `${Math.ceil(bytes / 2 ** 20)} MB`;
    if (bytes >= 2 ** 32) throw new HeadscopeError('TooLarge', 'memory', 'at most 4096 MB in one call', wanted);
    const pointer = this.#module._malloc(bytes) >>> 0;
    if (pointer === 0) throw new HeadscopeError('OutOfMemory', 'memory', wanted, 'no room for it');
    return pointer;
  }

  free(pointer: Pointer): void {
    if (pointer !== 0) this.#module._free(pointer);
  }

  /** The next field: a number. */
  number(value: number): void {
    this.#call[this.#fields++] = value;
  }

  /**
   * The next fields: a tensor of at most four dimensions, which get leading 1s. With `heads`, the last axis of a tensor
   * (B, L, H·D) is that many heads side by side, and its dimensions are given as (B, H, L, D).
   */
  operand(operand: Operand | undefined, heads?: number): void {
    if (operand === undefined) {
      for (let field = 0; field < 6; ++field) this.number(0);
      return;
    }
    const { shape } = operand;
    const extent = (back: number): number => (back > shape.length ? 1 : (shape[shape.length - back] as number));
    this.number(operand instanceof ResidentTensor ? operand.address : this.#put(operand.data));
    this.number(heads === undefined ? extent(4) : extent(3));
    this.number(heads ?? extent(3));
    this.number(extent(2));
    this.number(heads === undefined ? extent(1) : extent(1) / heads);
    this.number(heads === undefined ? 0 : 1);
  }

  /** Copies numbers into the scratch memory, those that come twice in a row, as key and value, only once. */
  #put(data: Numbers['data']): Pointer {
    if (data === this.#lastData) return this.#lastPointer;
    const pointer = this.#next;
    this.#lastData = data;
    this.#lastPointer = pointer;
    if (data instanceof Float32Array) this.floats.set(data, pointer / 4);
    else this.#module.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pointer);
    this.#next += Math.ceil(data.byteLength / ALIGNMENT) * ALIGNMENT;
    return pointer;
  }

  /** The next field: room for `count` float32 results, or none. */
  result(count: number | undefined): Pointer {
    const pointer = count === undefined ? 0 : this.#next;
    if (count !== undefined) this.#next += floatBytes(count);
    this.number(pointer);
    return pointer;
  }

  /** Calls the core with what was written; throws what it refuses. */
  call(core: CoreFunction): void {
    if (this.#doubles.length === 0) this.#refresh();
    this.#doubles.set(this.#call, this.#callAddress / 8);
    const status = core(this.#callAddress);
    if (status !== null) throw new HeadscopeError(status.code, status.argument, status.expected, status.got);
  }

  /** Calls the core for one result, whose room is the last field; it is copied `into` what is given, if it is. */
  only(shape: readonly number[], core: CoreFunction, into?: Float32Array): Tensor {
    const count = elementCount(shape);
    const pointer = this.result(count);
    this.call(core);
    if (into === undefined) return this.read(pointer, shape, count);
    into.set(this.floats.subarray(pointer / 4, pointer / 4 + count));
    return { data: into, shape };
  }

  /** A field of the call, as the core's function left it. */
  answer(field: number): number {
    if (this.#doubles.length === 0) this.#refresh();
    return this.#doubles[this.#callAddress / 8 + field] as number;
  }

  /** A copy of results, as a tensor. */
  read(pointer: Pointer, shape: readonly number[], count: number): Tensor {
    const start = pointer / 4;
    return { data: this.floats.slice(start, start + count), shape };
  }
}
