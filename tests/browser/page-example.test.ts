import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { axeViolations } from './support/axe.js';
import { launchChromium, openPage } from './support/chromium.js';
import { distFolder } from './support/paths.js';
import { screenshot } from './support/screenshot.js';
import { startStaticServer, type StaticServer } from './support/static-server.js';
import { fileURLToPath } from 'node:url';
import { attentionByHand, distance, PAGE_POLICY } from './page-fixture.js';

let browser: Browser;
let server: StaticServer;

beforeAll(async () => {
  const web = fileURLToPath(new URL('../../web', import.meta.url));
  [browser, server] = await Promise.all([
    launchChromium(),
    startStaticServer({ folders: { '/dist/': distFolder, '/web/': web }, csp: PAGE_POLICY }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

test('the plain page shows what its script feeds', async () => {
  const { page, problems, close } = await openPage(browser, `${server.origin}/web/examples/plain-html/index.html`);
  const weights = await page
    .waitForFunction(() => {
      const scope = document.querySelector('head-scope') as unknown as {
        result: { weights: { data: Float32Array } } | null;
      };
      return scope.result && [...scope.result.weights.data];
    })
    .then((handle) => handle.jsonValue());
  const unit = [
    [1, 0],
    [0, 1],
  ];
  const head = (x: number[][]): number[] => attentionByHand(x, unit, unit, 1 / Math.sqrt(2)).flat();
  const [a, b] = [
    [2, 0],
    [0, 2],
  ] as [number[], number[]];
  expect(distance(weights as number[], [...head([a, a, b, b]), ...head([a, b, a, b])])).toBeLessThan(1e-6);
  await screenshot(page, 'page-example');
  expect(await axeViolations(page)).toEqual([]);
  expect(problems).toEqual([]);
  await close();
});
