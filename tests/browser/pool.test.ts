// The pool in a page of Chromium: workers that are killed without a word, cancellation in time, shared memory, other origins.
import type * as engine from 'headscope';
import type * as pool from 'headscope/pool';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, openPage } from './support/chromium.js';
import { distFolder } from './support/paths.js';
import { startStaticServer, type StaticServer } from './support/static-server.js';

declare global {
  /** The package, in the page. What `page.evaluate` runs is sent there as text, and cannot import. */
  var headscope: typeof engine & typeof pool;
}

/** A worker that is given its locks late, as on a busy machine. */
const lateWorker = {
  '/late-worker.js': `import '/late-locks.js'; import '/dist/worker.js';`,
  '/late-locks.js': `
    const request = navigator.locks.request.bind(navigator.locks);
    navigator.locks.request = (...given) =>
      new Promise((resolve) => setTimeout(resolve, 500)).then(() => request(...given));`,
};

/** A page that has the package from an origin, its own unless given. */
function files(origin = ''): Record<string, string> {
  const script = `
    import * as engine from '${origin}/dist/headscope.js';
    import * as pool from '${origin}/dist/pool.js';
    globalThis.headscope = { ...engine, ...pool };`;
  return { '/page.html': `<!doctype html><title>pool</title><script type="module">${script}</script>` };
}

/** What a worker says of the rows it has computed, if it says that. */
type Sent = Partial<Record<'part' | 'result', { readonly from: number; readonly to: number }>>;

const folders = { '/dist/': distFolder };

let browser: Browser;
let server: StaticServer;

beforeAll(async () => {
  browser = await launchChromium();
  server = await startStaticServer({ folders, files: { ...files(), ...lateWorker } });
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

async function inPage<T>(origin: string, run: (page: Page) => Promise<T>): Promise<T> {
  const { page, close } = await openPage(browser, `${origin}/page.html`);
  try {
    return await run(page);
  } finally {
    await close();
  }
}

describe('a worker that is killed, of which nobody is told', () => {
  it('is replaced, and the call finishes with the same bits', async () => {
    const result = await inPage(server.origin, (page) =>
      page.evaluate(async () => {
        const { AttentionPool, configure, load } = headscope;
        const workers: Worker[] = [];
        configure({
          createWorker() {
            const worker = new Worker('/dist/worker.js', { type: 'module' });
            workers.push(worker);
            return worker;
          },
        });
        const data = Float32Array.from({ length: 12 * 1500 * 64 }, (_, index) => ((index * 7919) % 1000) / 500 - 1);
        const tensor = { data, shape: [12, 1500, 64] };
        const pool = new AttentionPool({ workers: 2 });
        // The end of a worker is noticed once it has its lock.
        await pool.attention(tensor, tensor, tensor);
        let killed = false;
        const { output } = await pool.attention(tensor, tensor, tensor, {
          onProgress() {
            if (!killed) workers[1]?.terminate();
            killed = true;
          },
        });
        const expected = (await load()).attention(tensor, tensor, tensor).output.data;
        pool.terminate();
        return { same: output.data.every((value, index) => value === expected[index]), started: workers.length };
      }),
    );
    expect(result).toEqual({ same: true, started: 3 });
  });

  it.each([
    ['at once', '/dist/worker.js'],
    ['late', '/late-worker.js'],
  ])('fails a call that waits for what it kept, if it was given its lock %s', async (_, script) => {
    const code = await inPage(server.origin, (page) =>
      page.evaluate(async (url) => {
        const { AttentionPool, configure } = headscope;
        let last: Worker | undefined;
        configure({ createWorker: () => (last = new Worker(url, { type: 'module' })) });
        const pool = new AttentionPool({ workers: 1 });
        const data = new Float32Array(4 * 1500 * 64).fill(0.5);
        const tensor = { data, shape: [4, 1500, 64] };
        const session = await pool.attentionSession(tensor, tensor);
        const overview = session.overview({ width: 8, height: 8, onHead: () => last?.terminate() });
        return overview.then(
          () => 'none',
          (error: { code?: string }) => error.code,
        );
      }, script),
    );
    expect(code).toBe('WorkerFailed');
  });
});

it('a cancelled call is left undone by the workers', async () => {
  const { code, rows } = await inPage(server.origin, (page) =>
    page.evaluate(async () => {
      const { AttentionPool, configure } = headscope;
      let sent = 0;
      configure({
        createWorker() {
          const worker = new Worker('/dist/worker.js', { type: 'module' });
          worker.addEventListener('message', ({ data }: MessageEvent<Sent>) => {
            const part = data.part ?? data.result;
            if (part?.to !== undefined) sent += part.to - part.from;
          });
          return worker;
        },
      });
      const data = Float32Array.from({ length: 8000 * 64 }, (_, index) => ((index * 7919) % 1000) / 500 - 1);
      // One head: seconds of work.
      const tensor = { data, shape: [8000, 64] };
      const pool = new AttentionPool({ workers: 2 });
      const controller = new AbortController();
      const call = pool.attention(tensor, tensor, tensor, {
        causal: true,
        signal: controller.signal,
        onProgress: (fraction) => fraction > 0.1 && controller.abort(),
      });
      const reason = await call.then(
        () => 'none',
        (error: { code?: string }) => error.code,
      );
      // What a worker had gone on with, it would have sent before these.
      await Promise.all([pool.sinusoidalPositions(1, 2), pool.sinusoidalPositions(1, 2)]);
      pool.terminate();
      return { code: reason, rows: sent };
    }),
  );
  expect(code).toBe('Aborted');
  expect(rows).toBeGreaterThan(0);
  expect(rows).toBeLessThan(8000);
});

it('a session answers for a row while it draws and counts, which it leaves once nobody wants it', async () => {
  const [length, depth] = [16384, 32];
  const number = (index: number): number => ((index * 7919) % 1000) / 500 - 1;
  const found = await inPage(server.origin, (page) =>
    page.evaluate(
      async ([length, depth]) => {
        const { AttentionPool, configure } = headscope;
        let pieces = 0;
        configure({
          createWorker() {
            const worker = new Worker('/dist/worker.js', { type: 'module' });
            worker.addEventListener('message', ({ data }: MessageEvent<{ type: string }>) => {
              if (data.type === 'part') ++pieces;
            });
            return worker;
          },
        });
        const data = Float32Array.from({ length: length * depth }, (_, index) => ((index * 7919) % 1000) / 500 - 1);
        const tensor = { data, shape: [length, depth] };
        const pool = new AttentionPool({ workers: 1 });
        const session = await pool.attentionSession(tensor, tensor);
        const { signal, abort } = (() => {
          const controller = new AbortController();
          return { signal: controller.signal, abort: () => controller.abort() };
        })();
        const order: string[] = [];
        const told = async (name: string, call: Promise<unknown>): Promise<void> => {
          await call.then(
            () => order.push(name),
            (error: { code?: string }) => order.push(`${name}: ${error.code}`),
          );
        };
        const row = session.row(0, 10);
        const asked = [
          told('statistics', session.statistics(0, { signal })),
          told('tile', session.tile(0, { width: 56, height: 56, signal })),
          told('row', session.row(0, length - 1)),
        ];
        await asked[2];
        abort();
        await Promise.all(asked);
        // The worker has heard of it before it answers this.
        await session.row(0, 11);
        pieces = 0;
        for (let i = 0; i < 10; ++i) await session.row(0, i);
        pool.terminate();
        return { order, pieces, row: Array.from(await row) };
      },
      [length, depth] as const,
    ),
  );
  expect(found.order).toEqual(['row', 'statistics: Aborted', 'tile: Aborted']);
  expect(found.pieces).toBe(0);
  const scores = Float64Array.from({ length }, (_, key) => {
    let sum = 0;
    for (let d = 0; d < depth; ++d) sum += Math.fround(number(10 * depth + d)) * Math.fround(number(key * depth + d));
    return sum / Math.sqrt(depth);
  });
  const powers = scores.map(Math.exp);
  const total = powers.reduce((sum, power) => sum + power);
  expect(found.row).toHaveLength(length);
  found.row.forEach((weight, key) => expect(weight).toBeCloseTo((powers[key] as number) / total, 9));
});

it('an isolated page shares its memory with the workers', async () => {
  const isolated = await startStaticServer({
    folders,
    files: files(),
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  });
  try {
    const result = await inPage(isolated.origin, (page) =>
      page.evaluate(async () => {
        const { AttentionPool, load } = headscope;
        const data = new Float32Array(new SharedArrayBuffer(4 * 6 * 500 * 64));
        data.forEach((_, index) => (data[index] = ((index * 7919) % 1000) / 500 - 1));
        const tensor = { data, shape: [6, 500, 64] };
        const pool = new AttentionPool({ workers: 2 });
        const { output } = await pool.attention(tensor, tensor, tensor, { causal: true });
        const expected = (await load()).attention(tensor, tensor, tensor, { causal: true }).output.data;
        pool.terminate();
        return {
          isolated: crossOriginIsolated,
          shared: output.data.buffer instanceof SharedArrayBuffer,
          same: output.data.every((value, index) => value === expected[index]),
        };
      }),
    );
    expect(result).toEqual({ isolated: true, shared: true, same: true });
  } finally {
    await isolated.close();
  }
});

it('a page of another origin divides work among workers too', async () => {
  const cdn = await startStaticServer({ folders, headers: { 'Access-Control-Allow-Origin': '*' } });
  const page = await startStaticServer({ folders: {}, files: files(cdn.origin) });
  try {
    const sums = await inPage(page.origin, (opened) =>
      opened.evaluate(async () => {
        const { AttentionPool } = headscope;
        const pool = new AttentionPool({ workers: 3 });
        const ones = { data: new Float32Array(6 * 300 * 64).fill(1), shape: [6, 300, 64] };
        const { output } = await pool.attention(ones, ones, ones);
        pool.terminate();
        return [Math.min(...output.data), Math.max(...output.data)];
      }),
    );
    expect(sums[0]).toBeCloseTo(1, 5);
    expect(sums[1]).toBeCloseTo(1, 5);
  } finally {
    await page.close();
    await cdn.close();
  }
});
