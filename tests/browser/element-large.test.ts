import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { ElementFixture, drawVectors, events } from './element-fixture.js';
import type { WatchedPage } from './support/chromium.js';

let fixture: ElementFixture;
let watched: WatchedPage;

beforeAll(async () => {
  fixture = await ElementFixture.start();
});

afterAll(async () => {
  await fixture.stop();
});

beforeEach(async () => {
  watched = await fixture.open();
});

afterEach(async () => {
  expect(watched.problems).toEqual([]);
  await watched.close();
});

declare global {
  interface Window {
    /** Every worker that the page has started. */
    workers: Worker[];
  }
}

interface Asked {
  readonly head: number;
  readonly query: number;
  readonly keys: readonly number[];
}

/** Weights of some keys, as the element gives them and as a textbook writes them, in double. */
function weightsOf({ head, query, keys }: Asked): Promise<{ given: number[]; expected: number[]; sum: number }> {
  return watched.page.evaluate(
    async ([head, query, keys]) => {
      const { scope } = window.harness;
      const [q, k] = [scope.query, scope.key] as { data: Float32Array; shape: [number, number, number] }[];
      if (q === undefined || k === undefined) throw new Error('no vectors');
      const [, queries, depth] = q.shape;
      const length = k.shape[1];
      const scores = Float64Array.from({ length }, (_, key) => {
        if (scope.causal && key > query) return -Infinity;
        let dot = 0;
        for (let i = 0; i < depth; ++i) {
          const a = q.data[(head * queries + query) * depth + i] as number;
          dot += a * (k.data[(head * length + key) * depth + i] as number);
        }
        return dot / Math.sqrt(depth);
      });
      const most = scores.reduce((a, b) => Math.max(a, b));
      const powers = scores.map((score) => Math.exp(score - most));
      const total = powers.reduce((a, b) => a + b);
      const row = await scope.getRow(head, query);
      return {
        given: keys.map((key) => row[key] as number),
        expected: keys.map((key) => (powers[key] as number) / total),
        sum: row.reduce((a, b) => a + b),
      };
    },
    [head, query, keys] as const,
  );
}

async function expectTextbook(asked: Asked): Promise<void> {
  const { given, expected, sum } = await weightsOf(asked);
  expect(sum).toBeCloseTo(1, 4);
  given.forEach((weight, i) => {
    const wanted = expected[i] as number;
    expect(Math.abs(weight - wanted), `key ${asked.keys[i]}`).toBeLessThanOrEqual(1e-5 * wanted + 1e-12);
  });
}

/** A tile of the element's. */
function tile(head: number, rows: [number, number], columns: [number, number], height: number, width: number) {
  return watched.page.evaluate(
    async ([head, rows, columns, height, width]) => {
      const span = ([first, count]: readonly [number, number]) => ({ first, count });
      const { data } = await window.harness.scope.getTile(head, span(rows), span(columns), { height, width });
      return Array.from(data);
    },
    [head, rows, columns, height, width] as const,
  );
}

const hasResult = (): Promise<boolean> => watched.page.evaluate(() => window.harness.scope.result !== null);

describe('weights that are too many to be held', () => {
  it('are looked at where they are: 16 heads of 4096 tokens', async () => {
    await drawVectors(watched.page, [16, 4096, 4096, 64]);
    await expect.poll(() => hasResult()).toBe(false);
    await expect.poll(() => events(watched.page, 'ready')).toEqual([{ heads: 16, queries: 4096, keys: 4096 }]);
    await expectTextbook({ head: 0, query: 0, keys: [0, 1, 4095] });
    await expectTextbook({ head: 15, query: 4095, keys: [0, 2000, 4094] });
    // A tile in full size is the weights; pooled it has the largest of each block.
    const exact = await tile(7, [100, 4], [4000, 6], 4, 6);
    const row = await watched.page.evaluate(() => window.harness.scope.getRow(7, 102));
    // Rows and tiles come from kernels that round differently.
    exact.slice(12, 18).forEach((weight, i) => expect(weight / (row[4000 + i] as number)).toBeCloseTo(1, 5));
    const pooled = await tile(7, [100, 4], [4000, 6], 2, 2);
    const block = (y: number, x: number): number =>
      Math.max(...[0, 1].flatMap((i) => [0, 1, 2].map((j) => exact[(2 * y + i) * 6 + 3 * x + j] as number)));
    expect(pooled).toEqual([block(0, 0), block(0, 1), block(1, 0), block(1, 1)]);
    await expect.poll(() => watched.page.locator('head-scope .heads .thumbnail canvas').count()).toBe(16);
  });

  it('are one head of 32 768 tokens, causal', async () => {
    await drawVectors(watched.page, [1, 32768, 32768, 64], { causal: true });
    await expect.poll(() => hasResult()).toBe(false);
    await expectTextbook({ head: 0, query: 30000, keys: [0, 12345, 30000, 30001, 32767] });
    const [open, hidden] = await tile(0, [1000, 2], [1000, 4], 1, 2);
    expect(open).toBeGreaterThan(0);
    expect(hidden).toBe(0);
    await expect.poll(() => watched.page.locator('head-scope .legend').textContent()).toContain('masked');
  });

  it('come from a session that is opened anew when its workers die, once', async () => {
    await watched.page.evaluate(() => {
      const Plain = Worker;
      window.workers = [];
      window.Worker = class extends Plain {
        constructor(...given: ConstructorParameters<typeof Worker>) {
          super(...given);
          window.workers.push(this);
        }
      };
    });
    const killAll = (): Promise<void> =>
      watched.page.evaluate(() => {
        for (const worker of window.workers) worker.terminate();
      });
    await drawVectors(watched.page, [2, 4096, 4096, 8]);
    await killAll();
    await expectTextbook({ head: 1, query: 5, keys: [0, 5, 4095] });
    await expectTextbook({ head: 0, query: 4000, keys: [0, 5, 4095] });
    await expect.poll(() => events(watched.page, 'error')).toEqual([]);
    await expect.poll(() => watched.page.locator('head-scope .cells:not(.waiting) > canvas').count()).toBe(1);
    await killAll();
    const refused = await watched.page.evaluate(() => window.harness.scope.getRow(1, 6).catch(() => null));
    expect(refused).toBeNull();
    await expect
      .poll(() => events(watched.page, 'error'))
      .toEqual([{ code: 'WorkerFailed', message: expect.stringContaining('worker') as string }]);
  });
});
