// The benchmark's page: readies contestants for pieces of work, and times one of them when it is told to. tools/bench/measure.mjs tells.
import type { Call, Contestant, Inputs } from './contestant.js';
import { headscopePool } from './headscope-pool.js';
import { headscopeArrays, headscopeResident } from './headscope.js';
import { inputsOf } from './inputs.js';
import { contestantsOf, layerContestants, layerError, layerInputs } from './layers/layer-contestants.js';
import { layerWorks } from './layers/layer-work.js';
import { PEAK_OPERATIONS, peakCall } from './peak.js';
import { litert } from './peers/litert.js';
import { onnxRuntime } from './peers/onnxruntime.js';
import { plainJavaScript } from './peers/plain-javascript.js';
import { tfjs } from './peers/tfjs.js';
import { errorOf, reference, type Reference } from './reference.js';
import { growth, operations, workloads, type Workload } from './workloads.js';

/** By the names that the results have. Each is loaded when it is first asked for. */
const contestants: Readonly<Record<string, (threads: 1 | 2) => Contestant | Promise<Contestant>>> = {
  headscope: (threads) => (threads > 1 ? headscopePool(threads) : headscopeResident('relaxed')),
  'headscope, arrays': () => headscopeArrays('relaxed'),
  'headscope, simd': () => headscopeResident('simd'),
  'LiteRT.js': litert,
  'tfjs-backend-wasm': tfjs,
  'onnxruntime-web': onnxRuntime,
  'plain JavaScript': plainJavaScript,
};

/** The registers' peak is timed like a contestant, in the same rounds. */
const PEAK = 'peak';

/** Which contestant, at which work. */
export interface Task {
  readonly by: string;
  readonly work: string;
  readonly threads: 1 | 2;
}

/** What came of readying one. */
export interface Readied {
  /** Largest difference from the reference, over the largest value of the reference. */
  readonly error: number;
  /** Milliseconds of one call, roughly. */
  readonly estimate: number;
  /** Floating-point operations of one call. */
  readonly operations: number;
}

interface Work {
  readonly workload: Workload;
  readonly inputs: Inputs;
  readonly expected: Reference;
}

const loaded = new Map<string, Promise<Contestant>>();
const works = new Map<string, Work>();
const calls = new Map<string, Call>();

function workNamed(name: string): Work {
  const known = works.get(name);
  if (known !== undefined) return known;
  const workload = [...workloads, ...growth].find((candidate) => candidate.name === name);
  if (workload === undefined) throw new Error(`no such work: ${name}`);
  const inputs = inputsOf(workload);
  const work = { workload, inputs, expected: reference(inputs, workload) };
  works.set(name, work);
  return work;
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

/**
 * Repeats a call until it has not become faster for a while, as it does when the engine has compiled once more, and better, what is hot in
 * it; tells how long one takes then.
 */
async function warmUp(call: Call, milliseconds: number): Promise<number> {
  let since = performance.now();
  let fastest = await time(call, 1);
  for (let count = 1; performance.now() < since + milliseconds;) {
    const now = await time(call, count);
    if (now < 0.9 * fastest) since = performance.now();
    if (now > 0) fastest = Math.min(fastest, now);
    // Batches that the clock can tell apart.
    if (now * count < 5) count *= 2;
  }
  return fastest;
}

const keyOf = ({ by, work, threads }: Task): string => `${by} at ${work}, ${threads}`;

async function ready(task: Task, warmUpMilliseconds: number): Promise<Readied> {
  if (task.by === PEAK) {
    const call = await peakCall();
    calls.set(keyOf(task), call);
    return { error: 0, estimate: await warmUp(call, warmUpMilliseconds), operations: PEAK_OPERATIONS };
  }
  const layer = layerWorks.find(({ name }) => name === task.work);
  if (layer !== undefined) {
    const inputs = layerInputs(layer);
    const call = await layerContestants[task.by]?.(layer, inputs);
    if (call === undefined) throw new Error(`no such contestant: ${task.by}`);
    calls.set(keyOf(task), call);
    const estimate = await warmUp(call, warmUpMilliseconds);
    return { error: layerError(await call.result(), layer, inputs), estimate, operations: layer.operations };
  }
  const make = contestants[task.by];
  if (make === undefined) throw new Error(`no such contestant: ${task.by}`);
  const whoAndHow = `${task.by}, ${task.threads}`;
  const contestant = loaded.get(whoAndHow) ?? Promise.resolve(make(task.threads));
  loaded.set(whoAndHow, contestant);
  const { workload, inputs, expected } = workNamed(task.work);
  const call = await (await contestant).prepare(inputs, workload);
  calls.set(keyOf(task), call);
  const estimate = await warmUp(call, warmUpMilliseconds);
  return { error: errorOf(await call.result(), expected), estimate, operations: operations(workload) };
}

const benchmark = {
  known: {
    workloads: workloads.map((workload) => ({ ...workload, operations: operations(workload) })),
    layers: layerWorks.map((work) => ({
      name: work.name,
      operations: work.operations,
      goals: work.goals,
      by: contestantsOf(work),
    })),
    growth,
  },

  /** @returns why it cannot do it, if it cannot */
  async ready(task: Task, warmUpMilliseconds: number): Promise<Readied | string> {
    try {
      return await ready(task, warmUpMilliseconds);
    } catch (error) {
      return String(error);
    }
  },

  /** @param settle Whether one more call goes before them, so that what another contestant did to the caches is over */
  async time(task: Task, count: number, settle: boolean): Promise<number> {
    const call = calls.get(keyOf(task));
    if (call === undefined) throw new Error(`${keyOf(task)} has not been readied`);
    if (settle) await call.run();
    return time(call, count);
  },

  release(): void {
    for (const call of calls.values()) call.release();
    calls.clear();
    works.clear();
  },
};

declare global {
  var benchmark: unknown;
}
globalThis.benchmark = benchmark;
