// Runs the benchmark's pages. Whoever is compared is timed in turn, round after round, since a machine has fast and slow phases: ratios are
// of medians over the same rounds.
import { arch, cpus, platform } from 'node:os';
import { launch } from './browser.mjs';
import { frames } from './frames.mjs';
import { firstResults } from './first-result.mjs';
import { longTasks } from './long-tasks.mjs';
import { serve } from './site.mjs';

/** In milliseconds: how long a contestant must not have become faster, its share of a round, all rounds of a comparison; how often pages are visited. */
const paces = {
  thorough: { warmUp: 300, share: 50, comparison: 8000, rounds: { least: 5, most: 15 }, visits: 11, shown: 5 },
  quick: { warmUp: 30, share: 8, comparison: 700, rounds: { least: 2, most: 7 }, visits: 3, shown: 1 },
};
/** So long that it does not matter what the caches hold when it begins. */
const longCall = 50;
/** Before any comparison. */
const firstRuns = { work: 'L = 256', milliseconds: 40, times: 3, pause: 150, calls: 8 };

const ours = ['headscope', 'headscope, arrays', 'headscope, simd'];
const peers = ['LiteRT.js', 'tfjs-backend-wasm', 'onnxruntime-web'];
/** Hand-written loops are never the best peer: they run where they cost no more than a second. */
const plainOperations = { thorough: 1e9, quick: 1e8 };

/**
 * @typedef {{work: string, by: string, threads: number, error: number, operations: number, times: number[]}} Measurement
 * One contestant at one piece of work: milliseconds of a call in each round, largest error over the largest value expected, operations of
 * a call.
 * @param {{quick: boolean, only: string}} options
 */
export async function measure({ quick, only }) {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const say = (what) => process.stderr.write(`${seconds().toFixed(0).padStart(4)} s  ${what}\n`);
  const before = await occupiedByOthers();
  const pace = quick ? paces.quick : paces.thorough;
  const servers = [await serve(), await serve({ isolated: true })];
  const browser = await launch();
  try {
    const [plain, isolated] = await Promise.all(servers.map(({ origin }) => open(browser, origin)));
    const known = await plain.evaluate(() => globalThis.benchmark.known);
    const failures = [];
    const compare = async (name, contestants) => {
      say(name);
      const { measured, failed } = await rounds(contestants, pace);
      failures.push(...failed);
      return measured;
    };

    await warmUp([
      ...on(plain, 1, firstRuns.work, [...ours, ...peers]),
      ...on(plain, 2, firstRuns.work, ['headscope']),
      ...on(isolated, 2, firstRuns.work, peers),
    ]);
    const workloads = chosen([...known.workloads, ...known.layers], only, quick);
    const oneThread = [];
    for (const workload of workloads) {
      const { name } = workload;
      oneThread.push(...(await compare(name, on(plain, 1, name, compared(workload, quick)))));
    }
    const twoThreads = [];
    for (const { name } of workloads.filter(({ goals }) => goals.two)) {
      const contestants = [
        ...on(plain, 1, name, ['headscope']),
        ...on(plain, 2, name, ['headscope']),
        ...on(isolated, 2, name, peers),
      ];
      twoThreads.push(...(await compare(`${name}, two threads`, contestants)));
    }
    const growth = [];
    if ('growth'.includes(only)) {
      const contestants = known.growth.flatMap(({ name }) => on(plain, 1, name, ['headscope']));
      growth.push(...(await compare('growth with L', contestants)));
    }
    const first = [];
    if ('first result'.includes(only)) {
      say('first results');
      first.push(...(await firstResults(servers[0].origin, pace.visits, !quick)));
    }
    const long = [];
    if ('longest task'.includes(only)) {
      say('longest tasks');
      long.push(...(await longTasks(browser, servers[0].origin, pace.shown)));
    }
    const smooth = [];
    if ('frames'.includes(only)) {
      say('frames');
      smooth.push(...(await frames(browser, servers[1].origin)));
    }
    const results = {
      date: new Date().toISOString().slice(0, 10),
      machine: `${cpus().length} x ${cpus()[0].model}, ${platform()} ${arch()}`,
      browser: `Chromium ${browser.version()}`,
      quick,
      seconds: seconds(),
      workloads,
      oneThread,
      twoThreads,
      growth,
      firstResults: first,
      longTasks: long,
      frames: smooth,
      failures,
    };
    await browser.close();
    return { ...results, occupied: Math.max(before, await occupiedByOthers()) };
  } finally {
    await browser.close();
    for (const server of servers) server.close();
  }
}

/** The fraction of the processors' time that is spent while we do nothing: asked before and after. */
async function occupiedByOthers() {
  const spent = () =>
    cpus().reduce(
      (sum, { times: { idle, ...busy } }) => {
        const working = Object.values(busy).reduce((total, time) => total + time, 0);
        return { working: sum.working + working, all: sum.all + working + idle };
      },
      { working: 0, all: 0 },
    );
  const before = spent();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = spent();
  return (after.working - before.working) / (after.all - before.all);
}

/** The work of that name, or all whose name holds the words, without what is too slow. */
function chosen(workloads, words, quick) {
  const exact = workloads.filter(({ name }) => name === words);
  return exact.length > 0 ? exact : workloads.filter(({ name, slow }) => name.includes(words) && !(quick && slow));
}

/** Who is compared with one thread: peers where there is a goal that speaks of them, or time. */
function compared({ by, alone, goals, operations }, quick) {
  if (by) return ['peak', ...by];
  if (alone) return ['peak', 'headscope'];
  const names = ['peak', ...ours];
  if (goals.ratio !== undefined || !quick) names.push(...peers);
  if (operations <= (quick ? plainOperations.quick : plainOperations.thorough)) names.push('plain JavaScript');
  return names;
}

const on = (page, threads, work, names) => names.map((by) => ({ page, by, work, threads }));

async function open(browser, origin) {
  const page = await browser.newPage();
  // tfjs takes half as many threads as there are.
  await page.addInitScript(() => Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => 4 }));
  await page.goto(origin);
  await page.waitForFunction(() => globalThis.benchmark);
  return page;
}

const ready = ({ page, ...task }, milliseconds) =>
  page.evaluate((given) => globalThis.benchmark.ready(...given), [task, milliseconds]);

const runs = ({ page, ...task }, count, settle) =>
  page.evaluate((given) => globalThis.benchmark.time(...given), [task, count, settle]);

async function release(contestants) {
  for (const page of new Set(contestants.map(({ page }) => page))) {
    await page.evaluate(() => globalThis.benchmark.release());
  }
}

/**
 * Before anything is measured: engines compile once more, and better, what runs often. They do it on other threads, which get a processor
 * of their own while nobody runs.
 */
async function warmUp(contestants) {
  for (const contestant of contestants) await ready(contestant, firstRuns.milliseconds);
  for (let time = 0; time < firstRuns.times; ++time) {
    await new Promise((resolve) => setTimeout(resolve, firstRuns.pause));
    for (const contestant of contestants) await runs(contestant, firstRuns.calls, false);
  }
  await release(contestants);
}

/** @returns {Promise<{measured: Measurement[], failed: {work: string, by: string, threads: number, reason: string}[]}>} */
async function rounds(contestants, pace) {
  const entries = [];
  const failed = [];
  for (const contestant of contestants) {
    const { by, work, threads } = contestant;
    const readied = await ready(contestant, pace.warmUp);
    if (typeof readied === 'string') {
      failed.push({ work, by, threads, reason: readied });
      continue;
    }
    const { error, estimate, operations } = readied;
    // The clock's grain is 0.1 ms.
    const count = Math.max(1, Math.round(pace.share / Math.max(estimate, 0.001)));
    entries.push({ contestant, count, estimate, measured: { work, by, threads, error, operations, times: [] } });
  }
  const round = entries.reduce((sum, { count, estimate }) => sum + count * estimate, 0);
  const { least, most } = pace.rounds;
  const wanted = Math.min(most, Math.max(least, Math.floor(pace.comparison / round)));
  for (let done = 0; done < wanted; ++done) {
    for (const { contestant, count, estimate, measured } of entries) {
      measured.times.push(await runs(contestant, count, estimate < longCall));
    }
  }
  await release(contestants);
  return { measured: entries.map(({ measured }) => measured), failed };
}
