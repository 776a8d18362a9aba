import { choice } from './attention-options.js';
import { HeadscopeError } from './errors.js';
import { floatBytes, type Heap } from './heap.js';
import type { Pointer } from './module.js';
import { ResidentTensor, expectShape } from './resident-tensor.js';
import { describe, elementCount, optionsOf, type Tensor } from './tensor.js';

/** The stages of the scores, in the order in which they are computed. */
const STAGES = ['scaled', 'softcapped', 'biased', 'softmax'] as const;

/** What the result of attention has beside the output. */
export interface ResultOptions {
  /** Whether the result has `weights`. */
  readonly needWeights?: boolean | undefined;
  /** Whether the result has `logSumExp`. */
  readonly needLogSumExp?: boolean | undefined;
  /**
   * Whether the result has `scores`, and from where on the way to the weights: `scaled`, `softcapped`, `biased` (with all
   * that is added; -Infinity where forbidden) or `softmax` (before dropout). The `qk_matmul_output_mode` of ONNX.
   */
  readonly needScores?: (typeof STAGES)[number] | undefined;
}

export interface AttentionResult {
  /** Weights·V, shape (B, Hq, Lq, Dv), with the rank of `query`; with `heads` (B, Lq, heads·Dv). */
  readonly output: Tensor;
  /**
   * The softmax, after dropout, shape (B, Hq, Lq, Lk), with the rank of `query`. Without dropout and sinks every row sums to
   * 1, or to 0 if it is masked whole.
   */
  readonly weights?: Tensor;
  /** log Σ exp of each row of scores, shape (B, Hq, Lq), one rank less than `query`; -Infinity for a row masked whole. */
  readonly logSumExp?: Tensor;
  /** As asked for with `needScores`, in the shape of `weights`. */
  readonly scores?: Tensor;
  /** The past's keys and those of this call behind them, (B, Hkv, P + Lk, D), if there is a past. */
  readonly presentKey?: Tensor;
  /** (B, Hkv, P + Lk, Dv) */
  readonly presentValue?: Tensor;
}

/** Of everything that a call may give. */
export interface ResultShapes {
  readonly output: readonly number[];
  readonly weights: readonly number[];
  readonly logSumExp: readonly number[];
  readonly presentKey: readonly number[] | undefined;
  readonly presentValue: readonly number[] | undefined;
}

/** The tensors that `attentionInto` writes to. */
export interface AttentionTargets {
  /** (B, Hq, Lq, Dv), as the `output` of {@link AttentionResult} */
  readonly output: ResidentTensor;
  /** (B, Hq, Lq, Lk) */
  readonly weights?: ResidentTensor | undefined;
  /** (B, Hq, Lq) */
  readonly logSumExp?: ResidentTensor | undefined;
}

/**
 * Which results the targets are for; refuses those of other shapes, and arguments.
 *
 * @internal
 */
export function targetsOf(
  targets: AttentionTargets,
  shapes: ResultShapes,
  ...given: readonly unknown[]
): ResultOptions {
  optionsOf(targets, 'targets');
  for (const name of ['output', 'weights', 'logSumExp'] as const) {
    const target: unknown = targets[name];
    if (target === undefined && name !== 'output') continue;
    if (!(target instanceof ResidentTensor)) {
      throw new HeadscopeError('InvalidType', name, 'a resident tensor', describe(target));
    }
    expectShape(name, target.shape, shapes[name]);
    if (given.includes(target)) {
      throw new HeadscopeError('InvalidArgument', name, 'a tensor of its own', 'an argument');
    }
  }
  return { needWeights: targets.weights !== undefined, needLogSumExp: targets.logSumExp !== undefined };
}

/** In the order of `ResultFields` in calls.hpp. */
const NAMES = ['output', 'weights', 'logSumExp', 'scores', 'presentKey', 'presentValue'] as const;

/** The results of one call: the room that they need, where they lie, and how they get out. @internal */
export class Results {
  /** Bytes that they take in the scratch memory. */
  readonly bytes: number = 0;
  readonly #stage: number;
  readonly #shapes: Record<(typeof NAMES)[number], readonly number[] | undefined>;
  readonly #pointers: Pointer[] = [];
  readonly #targets: AttentionTargets | undefined;

  constructor(
    shapes: ResultShapes,
    { needWeights, needLogSumExp, needScores }: ResultOptions,
    targets?: AttentionTargets,
  ) {
    this.#targets = targets;
    this.#stage = needScores === undefined ? 0 : choice(needScores, STAGES, 'needScores');
    this.#shapes = {
      ...shapes,
      weights: needWeights ? shapes.weights : undefined,
      logSumExp: needLogSumExp ? shapes.logSumExp : undefined,
      scores: needScores === undefined ? undefined : shapes.weights,
    };
    for (const name of NAMES) {
      const shape = this.#shapes[name];
      if (shape !== undefined && this.#target(name) === undefined) this.bytes += floatBytes(elementCount(shape));
    }
  }

  #target(name: string): ResidentTensor | undefined {
    return (this.#targets as Record<string, ResidentTensor | undefined> | undefined)?.[name];
  }

  /** The fields of `ResultFields` in calls.hpp. */
  put(heap: Heap): void {
    for (const name of NAMES) {
      const shape = this.#shapes[name];
      const target = this.#target(name);
      if (target === undefined) this.#pointers.push(heap.result(shape && elementCount(shape)));
      else heap.number(target.address);
    }
    heap.number(this.#stage);
  }

  /** Copies of what the core has computed, except for what went to its targets. */
  read(heap: Heap): AttentionResult {
    const result: Partial<Record<string, Tensor>> = {};
    NAMES.forEach((name, index) => {
      const shape = this.#shapes[name];
      if (shape === undefined || this.#target(name) !== undefined) return;
      result[name] = heap.read(this.#pointers[index] as Pointer, shape, elementCount(shape));
    });
    return result as unknown as AttentionResult;
  }
}
