// The files that have their worker within them, under the policy that web/examples/README.md says they need.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { softmaxWeights } from './element-fixture.js';
import { launchChromium, openPage } from './support/chromium.js';
import { distFolder } from './support/paths.js';
import { startStaticServer, type StaticServer } from './support/static-server.js';

const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; " +
  "require-trusted-types-for 'script'; trusted-types lit-html headscope";

const QUERY = [[1], [2]];
const KEY = [[0], [1]];

const page = (script: string): string =>
  `<!doctype html><html lang="en"><title>policy</title><main id="cell"></main>${script}</html>`;

let browser: Browser;
let server: StaticServer;

beforeAll(async () => {
  const files = {
    '/element.html': page('<script src="/dist/element.single.js"></script><script src="/element.js"></script>'),
    '/element.js': `
      const scope = document.createElement('head-scope');
      scope.query = ${JSON.stringify(QUERY)};
      scope.key = ${JSON.stringify(KEY)};
      document.getElementById('cell').append(scope);`,
    '/widget.html': page('<script type="module" src="/widget.js"></script>'),
    '/widget.js': `
      import widget from '/dist/widget.js';
      const traits = { state: { query: ${JSON.stringify(QUERY)}, key: ${JSON.stringify(KEY)} } };
      const nothing = () => undefined;
      const model = { get: (name) => traits[name], set: nothing, save_changes: nothing, on: nothing, off: nothing };
      widget.render({ model, el: document.getElementById('cell') });`,
  };
  [browser, server] = await Promise.all([
    launchChromium(),
    startStaticServer({ folders: { '/dist/': distFolder }, files, csp: POLICY }),
  ]);
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

test.each(['element', 'widget'])(
  '%s: computes in a worker of its own where Trusted Types are enforced',
  async (name) => {
    const { page, problems, close } = await openPage(browser, `${server.origin}/${name}.html`);
    const weights = await page.waitForFunction(() => {
      const scope = document.querySelector('head-scope') as {
        result?: { weights: { data: Float32Array } } | null;
      } | null;
      return scope?.result ? [...scope.result.weights.data] : null;
    });
    const expected = softmaxWeights(QUERY, KEY, 1).flat();
    const given = (await weights.jsonValue()) as number[];
    expect(given).toHaveLength(4);
    given.forEach((weight, i) => expect(weight).toBeCloseTo(expected[i] as number, 6));
    await expect.poll(() => page.workers().length).toBeGreaterThan(0);
    await close();
    expect(problems).toEqual([]);
  },
);
