import type { Tensor } from 'headscope';
import type { Workload } from './workloads.js';

/** query (1, H, Lq, D), key and value (1, H, Lk, D). */
export interface Inputs {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
}

export interface Result {
  /** (1, H, Lq, D) */
  readonly output: Float32Array;
  /** (1, H, Lq, Lk), where the workload asks for them. */
  readonly weights?: Float32Array | undefined;
}

/** A call that is ready to be repeated: whatever can be done once for all repetitions has been done. */
export interface Call {
  run(): void | Promise<void>;
  /** What the last run computed, copied out. */
  result(): Result | Promise<Result>;
  release(): void;
}

/** Something that computes attention. */
export interface Contestant {
  /** Rejects, or gives a call whose run rejects, where it cannot do the work. */
  prepare(inputs: Inputs, workload: Workload): Promise<Call>;
}

/** Additive causal mask, (1, 1, Lq, Lk), for those that know no other: -1e9 rather than -Infinity, which none of them needs. */
export function causalMask({ queries, keys }: Workload): Float32Array {
  return Float32Array.from({ length: queries * keys }, (_, index) =>
    index % keys > Math.floor(index / keys) ? -1e9 : 0,
  );
}
