import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ElementFixture } from './element-fixture.js';
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
      scopes.forEach((scope, i) => Object.assign(scope, { query: [[i, 1], [1, i]], key: [[1, 0], [0, 1]] }));
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

  it('is at most 37 KB gzipped', async () => {
    const size = gzipSync(await readFile(join(distFolder, 'element.js')), { level: 9 }).length;
    expect(size).toBeLessThanOrEqual(37 * 1024);
  });

  it('takes properties that were set before it was defined', async () => {
    const { page, problems, close } = await fixture.open({}, '/late.html');
    expect(await page.evaluate(() => window.harness)).toEqual({ heads: 2, queries: 2, keys: 2 });
    expect(await page.locator('head-scope [role=option][aria-selected=true]').getAttribute('data-head')).toBe('1');
    await close();
    expect(problems).toEqual([]);
  });

  it('draws twenty elements on one page with the workers of one pool', async () => {
    const { page, problems, close } = await fixture.open({}, '/twenty.html');
    const processors = await page.evaluate(() => navigator.hardwareConcurrency);
    expect(page.workers().length).toBeLessThanOrEqual(Math.min(processors, 8));
    expect(await page.locator('head-scope .cells').count()).toBe(20);
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
    expect(await page.evaluate(() => window.harness.scope.result?.weights.shape)).toEqual([8, 600, 600]);
    await close();
    expect(problems).toEqual([]);
  });
});
