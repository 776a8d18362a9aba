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

/** A page that has the package from an origin, its own unless given. */
function files(origin = ''): Record<string, string> {
  const script = `
    import * as engine from '${origin}/dist/headscope.js';
    import * as pool from '${origin}/dist/pool.js';
    globalThis.headscope = { ...engine, ...pool };`;
  return { '/page.html': `<!doctype html><title>pool</title><script type="module">${script}</script>` };
}

const folders = { '/dist/': distFolder };

let browser: Browser;
let server: StaticServer;

beforeAll(async () => {
  browser = await launchChromium();
  server = await startStaticServer({ folders, files: files() });
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
        const data = Float32Array.from({ length: 12 * 700 * 64 }, (_, index) => ((index * 7919) % 1000) / 500 - 1);
        const tensor = { data, shape: [12, 700, 64] };
        const pool = new AttentionPool({ workers: 2 });
        // A killed worker of which this page has not heard that it lives cannot be missed.
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

  it('fails a call that waits for what it kept', async () => {
    const code = await inPage(server.origin, (page) =>
      page.evaluate(async () => {
        const { AttentionPool, configure } = headscope;
        let last: Worker | undefined;
        configure({ createWorker: () => (last = new Worker('/dist/worker.js', { type: 'module' })) });
        const pool = new AttentionPool({ workers: 1 });
        const data = new Float32Array(4 * 1500 * 64).fill(0.5);
        const tensor = { data, shape: [4, 1500, 64] };
        const session = await pool.attentionSession(tensor, tensor);
        const overview = session.overview({ width: 8, height: 8, onHead: () => last?.terminate() });
        return overview.then(
          () => 'none',
          (error: { code?: string }) => error.code,
        );
      }),
    );
    expect(code).toBe('WorkerFailed');
  });
});

it('a cancelled call leaves the workers free at once', async () => {
  const { code, milliseconds } = await inPage(server.origin, (page) =>
    page.evaluate(async () => {
      const { AttentionPool } = headscope;
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
      const aborted = performance.now();
      await Promise.all([pool.sinusoidalPositions(1, 2), pool.sinusoidalPositions(1, 2)]);
      const waited = performance.now() - aborted;
      pool.terminate();
      return { code: reason, milliseconds: waited };
    }),
  );
  expect(code).toBe('Aborted');
  // 50 on a machine with nothing else to do.
  expect(milliseconds).toBeLessThan(150);
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
