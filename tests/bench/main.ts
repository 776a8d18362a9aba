import { headscope, plainJavaScript, type Contestant, type Inputs } from './contestants.js';
import { operations, workloads, type Workload } from './workloads.js';

/** Milliseconds of one call, over the repetitions that were timed. */
export interface Measurement {
  readonly contestant: string;
  readonly workload: string;
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly gigaflops: number;
  /** Largest difference from the reference, over the largest value of the reference. */
  readonly error: number;
}

declare global {
  // What tools/bench.mjs calls.
  var runBenchmark: (options: { quick: boolean }) => Promise<Measurement[]>;
}

function random(shape: readonly number[], seed: number): { data: Float32Array; shape: readonly number[] } {
  const data = new Float32Array(shape.reduce((count, extent) => count * extent, 1));
  let state = seed;
  for (let i = 0; i < data.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = (state / 2 ** 32) * 2 - 1;
  }
  return { data, shape };
}

function inputsOf({ heads, queries, keys, depth }: Workload): Inputs {
  return {
    query: random([1, heads, queries, depth], 1),
    key: random([1, heads, keys, depth], 2),
    value: random([1, heads, keys, depth], 3),
  };
}

/** The output's first, middle and last row of every head, in double: enough to notice a contestant that computes something else. */
function referenceError({ query, key, value }: Inputs, workload: Workload, output: Float32Array): number {
  const { heads, queries, keys, depth, causal } = workload;
  let worst = 0;
  let largest = 0;
  for (let h = 0; h < heads; ++h) {
    for (const i of [0, queries >> 1, queries - 1]) {
      const reached = causal ? Math.min(keys, i + 1) : keys;
      const scores = Array.from({ length: reached }, (_, j) => {
        let score = 0;
        for (let d = 0; d < depth; ++d) {
          score +=
            (query.data[(h * queries + i) * depth + d] as number) * (key.data[(h * keys + j) * depth + d] as number);
        }
        return Math.exp(score / Math.sqrt(depth));
      });
      const sum = scores.reduce((total, score) => total + score, 0);
      for (let d = 0; d < depth; ++d) {
        let expected = 0;
        for (let j = 0; j < reached; ++j) {
          expected += ((scores[j] as number) / sum) * (value.data[(h * keys + j) * depth + d] as number);
        }
        worst = Math.max(worst, Math.abs(expected - (output[(h * queries + i) * depth + d] as number)));
        largest = Math.max(largest, Math.abs(expected));
      }
    }
  }
  return worst / largest;
}

/** Calls are timed in batches of about `target` ms, so that the clock's grain does not show. */
function measure(contestant: Contestant, workload: Workload, rounds: number, target: number): Measurement {
  const inputs = inputsOf(workload);
  const error = referenceError(inputs, workload, contestant.attention(inputs, workload));
  const time = (calls: number): number => {
    const start = performance.now();
    for (let i = 0; i < calls; ++i) contestant.attention(inputs, workload);
    return (performance.now() - start) / calls;
  };
  // The second timing is of optimised code: it says how many calls fill a batch. One call of a slow contestant says enough.
  const once = Math.min(time(1), time(1));
  const calls = Math.max(1, Math.round(target / Math.max(once, 1e-3)));
  const times = once > 500 ? [once] : Array.from({ length: rounds }, () => time(calls)).sort((a, b) => a - b);
  const median = times[times.length >> 1] as number;
  return {
    contestant: contestant.name,
    workload: workload.name,
    median,
    fastest: times[0] as number,
    slowest: times[times.length - 1] as number,
    gigaflops: operations(workload) / median / 1e6,
    error,
  };
}

globalThis.runBenchmark = async ({ quick }) => {
  const contestants = [await headscope('relaxed'), await headscope('simd'), plainJavaScript];
  const measurements: Measurement[] = [];
  for (const workload of workloads) {
    // In turn, so that a slow phase of the machine meets all of them.
    for (const contestant of contestants) {
      const slow = contestant === plainJavaScript;
      measurements.push(measure(contestant, workload, quick || slow ? 3 : 7, quick ? 20 : 80));
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return measurements;
};
