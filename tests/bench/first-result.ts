import type { Contestant } from './contestant.js';
import { inputsOf } from './inputs.js';
import { errorOf, reference } from './reference.js';
import { workloads, type Workload } from './workloads.js';

declare global {
  /** Milliseconds from navigation to the first result, and its error. */
  var firstResult: { time: number; error: number } | undefined;
}

/** What a page with one contestant does: loads it and computes attention over 16 tokens. */
export async function measureFirstResult(make: () => Contestant | Promise<Contestant>): Promise<void> {
  const workload = workloads[0] as Workload;
  const inputs = inputsOf(workload);
  const call = await (await make()).prepare(inputs, workload);
  await call.run();
  const result = await call.result();
  const time = performance.now();
  globalThis.firstResult = { time, error: errorOf(result, reference(inputs, workload)) };
}
