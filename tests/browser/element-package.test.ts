import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draw, ElementFixture, text } from './element-fixture.js';
import { distFolder } from './support/paths.js';

const run = promisify(execFile);

let fixture: ElementFixture;

beforeAll(async () => {
  fixture = await ElementFixture.start({
    '/late.html': `<!doctype html>
      <html lang="en"><title>late</title><body>
      <head-scope head="1"><p>Not defined yet</p></head-scope>
      <script type="module" src="/late.js"></script></body></html>`,
    '/late.js': `
      const scope = document.querySelector('head-scope');
      scope.weights = [[[1, 0], [0, 1]], [[0.5, 0.5], [0.5, 0.5]]];
      scope.addEventListener('headscope-ready', (event) => { window.harness = event.detail; });
      await import('/dist/element.js');
      // Importing it a second time under another name must not define it twice.
      await import('/dist/element.js?again');`,
    '/twenty.html': `<!doctype html>
      <html lang="en"><title>twenty</title><body>
      <script type="module" src="/twenty.js"></script></body></html>`,
    '/twenty.js': `
      import '/dist/element.js';
      const scopes = Array.from({ length: 20 }, () => document.body.appendChild(document.createElement('head-scope')));
      const ready = scopes.map((scope) => new Promise((resolve) => scope.addEventListener('headscope-ready', resolve)));
      scopes.forEach((scope, i) => Object.assign(scope, { loading: 'eager', query: [[i, 1], [1, i]], key: [[1, 0], [0, 1]] }));
      await Promise.all(ready);
      window.harness = scopes;`,
  });
});
afterAll(() => fixture.stop());

describe('dist/element.js', () => {
  it('can be imported where there is no document, and leaves the globals alone', async () => {
    const script = `
      const { HeadScopeElement } = await import(${JSON.stringify(join(distFolder, 'element.js'))});
      console.log(typeof HeadScopeElement, typeof HTMLElement, typeof document, typeof customElements);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout.trim()).toBe('function undefined undefined undefined');
  });

  it('is at most 35 KB gzipped with what it imports at once', async () => {
    const names = new Set(['element.js']);
    let size = 0;
    for (const name of names) {
      const code = await readFile(join(distFolder, name), 'utf8');
      size += gzipSync(code, { level: 9 }).length;
      for (const [, piece] of code.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g)) names.add(piece ?? '');
    }
    // What every late piece shares with the first script is one file.
    expect(names.size).toBe(2);
    expect(size).toBeLessThanOrEqual(35 * 1024);
  });

  it('brings the engine with the first queries and keys, and not for ready weights', async () => {
    const { page, problems, close } = await fixture.open();
    const scripts = (): Promise<string[]> =>
      page.evaluate(() =>
        performance.getEntriesByType('resource').flatMap(({ name }) => /\/dist\/(.+\.js)$/.exec(name)?.[1] ?? []),
      );
    await draw(page, { weights: [[1]] });
    const first = await scripts();
    expect(first).toContain('element.js');
    expect(page.workers()).toEqual([]);
    await draw(page, { weights: undefined, query: [[1]], key: [[1]] });
    await expect.poll(async () => (await scripts()).length).toBeGreaterThan(first.length);
    expect(page.workers().length).toBeGreaterThan(0);
    await close();
    expect(problems).toEqual([]);
  });

  it('says so when the engine cannot be fetched, and tries again with the next input', async () => {
    const { page, close } = await fixture.open();
    await page.route(/element-.*\.js$/, (route) => route.abort());
    await page.evaluate(() => Object.assign(window.harness.scope, { query: [[1]], key: [[1]] }));
    await page.locator('head-scope .error').waitFor();
    await expect
      .poll(() => text(page, '.error'))
      .toMatch(/^element: expected the code of the engine beside element\.js, got .*fetch/);
    await close();
  });

  it('takes properties that were set before it was defined', async () => {
    const { page, problems, close } = await fixture.open({}, '/late.html');
    await expect.poll(() => page.evaluate(() => window.harness)).toEqual({ heads: 2, queries: 2, keys: 2 });
    await expect
      .poll(() => page.locator('head-scope [role=option][aria-selected=true]').getAttribute('data-head'))
      .toBe('1');
    await close();
    expect(problems).toEqual([]);
  });

  it('draws twenty elements on one page with the workers of one pool', async () => {
    const { page, problems, close } = await fixture.open({}, '/twenty.html');
    const processors = await page.evaluate(() => navigator.hardwareConcurrency);
    expect(page.workers().length).toBeLessThanOrEqual(Math.min(processors, 8));
    await expect.poll(() => page.locator('head-scope .cells').count()).toBe(20);
    await close();
    expect(problems).toEqual([]);
  });

  it('can be moved on its page, and taken away in the middle of its work', async () => {
    const { page, problems, close } = await fixture.open();
    await page.evaluate(async () => {
      const { scope, vectors, draw } = window.harness;
      Object.assign(scope, vectors(8, 600, 600, 64));
      await scope.updateComplete;
      const parent = scope.parentElement;
      scope.remove();
      await new Promise((resolve) => setTimeout(resolve, 300));
      parent?.prepend(scope);
      await draw({});
    });
    await expect.poll(() => page.evaluate(() => window.harness.scope.result?.weights.shape)).toEqual([8, 600, 600]);
    await close();
    expect(problems).toEqual([]);
  });
});
