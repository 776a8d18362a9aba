// Runs the benchmark's pages in Chromium: whoever is compared is timed in turn, round after round, since a machine has slow and fast phases.
import { cpus, platform, arch } from 'node:os';
import { chromium } from 'playwright-core';
import { serve } from './site.mjs';

/** How long things may take, in milliseconds. */
const thorough = { warmUp: 300, batch: 60, work: 15_000, rounds: { least: 5, most: 15 } };
const quickly = { warmUp: 40, batch: 10, work: 700, rounds: { least: 3, most: 9 } };

const ours = ['headscope', 'headscope, arrays', 'headscope, simd'];
const peers = ['LiteRT.js', 'tfjs-backend-wasm', 'onnxruntime-web'];

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-renderer-backgrounding'],
  });
}

/**
 * @typedef {{work: string, by: string, threads: number, error: number, times: number[], operations: number}} Measurement
 * @param {{quick: boolean, only: string}} options
 */
export async function measure({ quick, only }) {
  const pace = quick ? quickly : thorough;
  const servers = [await serve(), await serve({ isolated: true })];
  const browser = await launch();
  try {
    const [plain, isolated] = await Promise.all(servers.map(({ origin }) => open(browser, origin)));
    const all = await plain.evaluate(() => globalThis.benchmark.workloads);
    const exact = all.filter(({ name }) => name === only);
    const workloads =
      exact.length > 0 ? exact : all.filter(({ name, huge }) => name.includes(only) && !(quick && huge));
    const results = {
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} x ${cpus()[0].model}, ${platform()} ${arch()}`,
      browser: `Chromium ${browser.version()}`,
      quick,
      workloads,
      measurements: [],
      failures: [],
    };
    const compare = async (workload, contestants) => {
      process.stderr.write(`${workload.name}\n`);
      const { measured, failed } = await rounds(workload, contestants, pace);
      results.measurements.push(...measured);
      results.failures.push(...failed);
    };
    const on = (page, threads, names) => names.map((name) => ({ page, threads, name }));
    await warmUp([...on(plain, 1, [...ours, ...peers]), ...on(isolated, 2, peers)]);
    for (const workload of workloads) {
      const compared = workload.huge ? [] : [...peers, ...(quick ? [] : ['plain JavaScript'])];
      await compare(workload, on(plain, 1, ['peak', ...ours, ...compared]));
    }
    for (const workload of workloads.filter(({ goals }) => goals.two)) {
      await compare(workload, [...on(plain, 2, ['headscope']), ...on(isolated, 2, peers)]);
    }
    return results;
  } finally {
    await browser.close();
    for (const server of servers) server.close();
  }
}

async function open(browser, origin) {
  const page = await browser.newPage();
  // tfjs takes half as many threads as there are.
  await page.addInitScript(() => Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 4 }));
  await page.goto(origin);
  await page.waitForFunction(() => globalThis.benchmark);
  return page;
}

const prepare = ({ page, name, threads }, work, warmUp) =>
  page.evaluate((given) => globalThis.benchmark.prepare(...given), [name, work, threads, warmUp]);

const release = async (contestants) => {
  for (const page of new Set(contestants.map(({ page }) => page)))
    await page.evaluate(() => globalThis.benchmark.release());
};

/** Engines compile what runs often once more, and better: before anything is measured. */
async function warmUp(contestants) {
  for (const contestant of contestants) await prepare(contestant, 'L = 128', thorough.warmUp);
  await release(contestants);
}

/** @returns {Promise<{measured: Measurement[], failed: {work: string, by: string, threads: number, reason: string}[]}>} */
async function rounds(workload, contestants, pace) {
  const ready = [];
  const failed = [];
  for (const contestant of contestants) {
    const { name: by, threads } = contestant;
    const readied = await prepare(contestant, workload.name, pace.warmUp);
    if (typeof readied === 'string') failed.push({ work: workload.name, by, threads, reason: readied });
    else ready.push({ ...contestant, ...readied, times: [] });
  }
  const countOf = ({ estimate }) => Math.max(1, Math.round(pace.batch / Math.max(estimate, 1e-3)));
  const round = ready.reduce((sum, contestant) => sum + contestant.estimate * countOf(contestant), 0);
  const count = Math.min(pace.rounds.most, Math.max(pace.rounds.least, Math.floor(pace.work / round)));
  for (let done = 0; done < count; ++done) {
    for (const contestant of ready) {
      const { page, name } = contestant;
      contestant.times.push(
        await page.evaluate((given) => globalThis.benchmark.time(...given), [name, countOf(contestant)]),
      );
    }
  }
  const peakOperations = await ready[0].page.evaluate(() => globalThis.benchmark.peakOperations);
  await release(contestants);
  const measured = ready.map(({ name: by, threads, error, times }) => ({
    work: workload.name,
    by,
    threads,
    error,
    times,
    operations: by === 'peak' ? peakOperations : workload.operations,
  }));
  return { measured, failed };
}
