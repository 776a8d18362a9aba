import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { draw, ElementFixture, readout, text } from './element-fixture.js';
import { axeViolations } from './support/axe.js';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';

const WEIGHTS = [
  [0.5, 0.25, 0.25],
  [0.1, 0.8, 0.1],
  [0.2, 0.2, 0.6],
];
const EVEN = WEIGHTS.map((row) => row.map(() => 1 / 3));
const TOKENS = ['a', 'b', 'c'];

let fixture: ElementFixture;
let watched: WatchedPage;

beforeAll(async () => {
  fixture = await ElementFixture.start();
});
afterAll(() => fixture.stop());
afterEach(async () => {
  const { problems } = watched;
  await watched.close();
  expect(problems).toEqual([]);
});

async function open(properties: Record<string, unknown>): Promise<Page> {
  watched = await fixture.open();
  await draw(watched.page, { tokens: TOKENS, ...properties });
  return watched.page;
}

async function pin(page: Page, queries: readonly number[], keys: readonly number[]): Promise<void> {
  await page.evaluate((what) => window.harness.scope.pin(what), { queries, keys });
  await page.evaluate(() => window.harness.painted());
}

/** Texts of all that fits a selector, blanks all ordinary and single. */
async function texts(page: Page, selector: string): Promise<string[]> {
  const all = await page.locator(`head-scope ${selector}`).allTextContents();
  return all.map((one) => one.replace(/\s+/g, ' ').trim());
}

describe('the read-out', () => {
  it('tells of the head, and of a row how it is spread', async () => {
    const page = await open({ weights: WEIGHTS });
    // Entropies of the rows: 1.5, 0.92193 and 1.37095 bits.
    await expect.poll(() => text(page, '.summary')).toBe('Strongest link: "b" → "b" (0.800); mean entropy 1.26 bits.');
    await expect
      .poll(() => texts(page, '.head-facts div'))
      .toEqual([
        'entropy 1.26 bits',
        'distance 0.517',
        'on the first key 27 %',
        'on its own position 63 %',
        'on the one before 10 %',
      ]);
    await pin(page, [0], [2]);
    await expect.poll(() => text(page, '.entropy')).toBe('entropy 1.50 of 1.58 bits');
    await expect.poll(() => texts(page, '.top li')).toEqual(['a 50 %', 'b 25 %', 'c 25 %']);
  });

  it('adds several queries up, and several keys', async () => {
    const page = await open({ weights: WEIGHTS });
    await pin(page, [0, 2], []);
    await expect
      .poll(() => readout(page))
      .toEqual({ query: '"a", "c"', key: '–', sum: '2.00', mean: '0.333 of 6 weights' });
    await expect.poll(() => text(page, '.row-title')).toBe('2 queries look at');
    await expect
      .poll(() => texts(page, '.top li'))
      .toEqual(['c mean 43 % sum 0.850', 'a mean 35 % sum 0.700', 'b mean 23 % sum 0.450']);
    await expect
      .poll(() => text(page, '.summary'))
      .toBe('The mean of 2 queries looks mostly at "c" (43 %), then "a" (35 %).');
    await expect.poll(() => page.locator('head-scope .top li').first().isVisible()).toBe(true);
    await screenshot(page, 'element-several');
    expect(await axeViolations(page)).toEqual([]);

    await pin(page, [1, 2], [0, 1]);
    await expect.poll(() => readout(page)).toMatchObject({ sum: '1.30', mean: '0.325 of 4 weights' });
    await pin(page, [], [1]);
    await expect.poll(() => text(page, '.row-title')).toBe('"b" gets from');
    await expect.poll(() => texts(page, '.top li')).toEqual(['b 0.800', 'a 0.250', 'c 0.200']);
    await expect.poll(() => text(page, '.summary')).toBe('"b" gets most from "b" (0.800), then "a" (0.250).');
    await pin(page, [], [0, 2]);
    await expect
      .poll(() => readout(page))
      .toEqual({ query: '–', key: '"a", "c"', sum: '1.75', mean: '0.292 of 6 weights' });
  });

  it('names what is pinned on the chip that releases it; Escape does the same', async () => {
    const page = await open({ weights: WEIGHTS });
    await pin(page, [1], [2]);
    await expect.poll(() => text(page, '.readout .chip')).toBe('Unpin "b" → "c" ×');
    await page.locator('head-scope .readout .chip').click();
    await expect.poll(() => page.evaluate(() => window.harness.scope.pins)).toBeNull();
    await pin(page, [0, 1, 2], []);
    await expect.poll(() => text(page, '.readout .chip')).toBe('Unpin "a", "b", "c" ×');
    await page.locator('head-scope .grid').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('head-scope .readout .chip').count()).toBe(0);
  });

  it('sets what is compared side by side, differences with their sign', async () => {
    const page = await open({ weights: [WEIGHTS, EVEN], compare: { head: 1 } });
    await expect.poll(() => text(page, '.summary')).toBe('Largest difference: "b" → "b" (+0.467).');
    await pin(page, [1], [0]);
    await expect.poll(() => readout(page)).toMatchObject({ weight: '0.100' });
    await expect
      .poll(async () => (await texts(page, '.compared div')).slice(0, 2))
      .toEqual(['head 1 0.333', 'head 0 − head 1 −0.233']);
    await expect.poll(() => text(page, '.summary')).toBe('"b" differs most at itself (+0.467), then "a" (−0.233).');
  });

  it('does not call the first query of a causal head its strongest link', async () => {
    const weights = [
      [1, 0, 0],
      [0.3, 0.7, 0],
      [0.2, 0.2, 0.6],
    ];
    const page = await open({ weights, causal: true });
    await expect.poll(() => text(page, '.summary')).toMatch(/^Strongest link: "b" → "b" \(0\.700\)/);
  });
});
