import type { Tensor } from 'headscope';
import type { Inputs } from './contestant.js';
import type { Workload } from './workloads.js';

/** Numbers from -1 to 1, the same every time. */
export function random(shape: readonly number[], seed: number): Tensor {
  const data = new Float32Array(shape.reduce((count, extent) => count * extent, 1));
  let state = seed;
  for (let i = 0; i < data.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = (state / 2 ** 32) * 2 - 1;
  }
  return { data, shape };
}

export function inputsOf({ heads, queries, keys, depth }: Workload): Inputs {
  return {
    query: random([1, heads, queries, depth], 1),
    key: random([1, heads, keys, depth], 2),
    value: random([1, heads, keys, depth], 3),
  };
}
