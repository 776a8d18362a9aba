// The benchmark's page: readies one contestant after the other for a piece of work and times it when it is told to. tools/bench.mjs tells.
import { headscopeArrays } from './headscope.js';
import { litert } from './peers/litert.js';
import { onnxRuntime } from './peers/onnxruntime.js';
import { plainJavaScript } from './peers/plain-javascript.js';
import { tfjs } from './peers/tfjs.js';
import type { Call, Contestant, Inputs } from './contestant.js';
import { PEAK_OPERATIONS, peakCall } from './peak.js';
import { errorOf, reference, type Reference } from './reference.js';
import { operations, workloads, type Workload } from './workloads.js';

/** By the names that the results have. Each is loaded when it is first asked for. */
const contestants: Readonly<Record<string, (threads: 1 | 2) => Contestant | Promise<Contestant>>> = {
  headscope: () => headscopeArrays('relaxed'),
  'headscope, arrays': () => headscopeArrays('relaxed'),
  'headscope, simd': () => headscopeArrays('simd'),
  'LiteRT.js': litert,
  'tfjs-backend-wasm': tfjs,
  'onnxruntime-web': onnxRuntime,
  'plain JavaScript': plainJavaScript,
};

/** The registers' peak is timed like a contestant, in the same rounds. */
const PEAK = 'peak';

/** What came of readying a contestant. */
export interface Readied {
  /** Largest difference from the reference, over the largest value of the reference. */
  readonly error: number;
  /** Milliseconds of one call, roughly. */
  readonly estimate: number;
}

interface Work {
  readonly workload: Workload;
  readonly inputs: Inputs;
  readonly expected: Reference;
}

const loaded = new Map<string, Promise<Contestant>>();
const calls = new Map<string, Call>();
let current: Work | undefined;

function random(shape: readonly number[], seed: number): { data: Float32Array; shape: readonly number[] } {
  const data = new Float32Array(shape.reduce((count, extent) => count * extent, 1));
  let state = seed;
  for (let i = 0; i < data.length; ++i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = (state / 2 ** 32) * 2 - 1;
  }
  return { data, shape };
}

function workNamed(name: string): Work {
  if (current?.workload.name === name) return current;
  const workload = workloads.find((candidate) => candidate.name === name);
  if (workload === undefined) throw new Error(`no such work: ${name}`);
  const { heads, queries, keys, depth } = workload;
  const inputs = {
    query: random([1, heads, queries, depth], 1),
    key: random([1, heads, keys, depth], 2),
    value: random([1, heads, keys, depth], 3),
  };
  return (current = { workload, inputs, expected: reference(inputs, workload) });
}

/** Milliseconds per call of `count` calls one after the other. */
async function time(call: Call, count: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < count; ++i) {
    // Who is done when it returns is not made to wait for the next turn.
    const promise = call.run();
    if (promise !== undefined) await promise;
  }
  return (performance.now() - start) / count;
}

/** Repeats a call until the engine has had time to compile what is hot in it, and tells how long one takes now. */
async function warmUp(call: Call, milliseconds: number): Promise<number> {
  const end = performance.now() + milliseconds;
  let estimate = await time(call, 1);
  // A call that is longer than all of that needs no second one.
  for (let count = 1; performance.now() < end; count *= 2) estimate = await time(call, count);
  return estimate;
}

async function ready(
  name: string,
  work: Work,
  threads: 1 | 2,
  warmUpMilliseconds: number,
): Promise<Readied & { call: Call }> {
  if (name === PEAK) {
    const call = await peakCall();
    return { call, estimate: await warmUp(call, warmUpMilliseconds), error: 0 };
  }
  const make = contestants[name];
  if (make === undefined) throw new Error(`no such contestant: ${name}`);
  const contestant = loaded.get(name) ?? Promise.resolve(make(threads));
  loaded.set(name, contestant);
  const call = await (await contestant).prepare(work.inputs, work.workload);
  const estimate = await warmUp(call, warmUpMilliseconds);
  return { call, estimate, error: errorOf(await call.result(), work.expected) };
}

const benchmark = {
  workloads: workloads.map((workload) => ({ ...workload, operations: operations(workload) })),
  peakOperations: PEAK_OPERATIONS,

  /** @returns why it cannot do it, if it cannot */
  async prepare(name: string, workload: string, threads: 1 | 2, warmUpMilliseconds: number): Promise<Readied | string> {
    const given = workNamed(workload);
    try {
      const { call, ...readied } = await ready(name, given, threads, warmUpMilliseconds);
      calls.set(name, call);
      return readied;
    } catch (error) {
      return String(error);
    }
  },

  time(name: string, count: number): Promise<number> {
    const call = calls.get(name);
    if (call === undefined) throw new Error(`${name} has not been readied`);
    return time(call, count);
  },

  release(): void {
    for (const call of calls.values()) call.release();
    calls.clear();
    current = undefined;
  },
};

export type Benchmark = typeof benchmark;
declare global {
  var benchmark: Benchmark;
}
globalThis.benchmark = benchmark;
