import { afterAll, beforeAll, expect, it } from 'vitest';
import { ElementFixture } from './element-fixture.js';

let fixture: ElementFixture;

beforeAll(async () => {
  fixture = await ElementFixture.start();
});
afterAll(() => fixture.stop());

it('no task on the main thread is over 50 ms while 12 heads x 1024 tokens are computed and drawn', async () => {
  const { page, problems, close } = await fixture.open();
  const measured = await page.evaluate(async () => {
    const { harness } = window;
    const vectors = harness.vectors(12, 1024, 1024, 64);
    // The worker and its WebAssembly are there, as they are once a page has shown anything.
    await harness.draw({ weights: [[1]] });
    await harness.draw({ weights: undefined, query: [[1]], key: [[1]] });
    const tasks: { start: number; duration: number }[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) tasks.push({ start: startTime, duration });
    });
    observer.observe({ type: 'longtask' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    await harness.draw(vectors);
    const end = performance.now();
    // Long tasks are reported a little after they end.
    await new Promise((resolve) => setTimeout(resolve, 500));
    observer.disconnect();
    return {
      milliseconds: end - start,
      cells: harness.scope.result?.weights.data.length,
      long: tasks.filter((task) => task.start >= start).map(({ duration }) => duration),
    };
  });
  await close();
  expect(problems).toEqual([]);
  expect(measured.cells).toBe(12 * 1024 * 1024);
  expect(measured.long).toEqual([]);
});

it('the same holds for ready weights', async () => {
  const { page, close } = await fixture.open();
  const long = await page.evaluate(async () => {
    const { harness } = window;
    const data = new Float32Array(12 * 1024 * 1024).map((_, i) => (i % 1024) / 523_776);
    await harness.draw({ weights: [[1]] });
    const tasks: { start: number; duration: number }[] = [];
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) tasks.push({ start: startTime, duration });
    }).observe({ type: 'longtask' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    await harness.draw({ weights: { data, shape: [12, 1024, 1024] } });
    await new Promise((resolve) => setTimeout(resolve, 500));
    return tasks.filter((task) => task.start >= start).map(({ duration }) => duration);
  });
  await close();
  expect(long).toEqual([]);
});
