// What the element says and offers where there is little to say: no finite number, one key, one head, or more than can be held.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { draw, drawVectors, elementPage, ElementFixture, readout, text } from './element-fixture.js';
import { axeViolations } from './support/axe.js';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';

const QUERY = [
  [1, 2],
  [NaN, 1],
  [0, 1],
  [2, 1],
];
const KEY = [
  [1, 0],
  [0, 1],
  [1, 1],
  [2, 2],
];
const TOKENS = ['a', 'b', 'c', 'd'];

let fixture: ElementFixture;
let watched: WatchedPage;

beforeAll(async () => {
  fixture = await ElementFixture.start({ '/all.html': elementPage('', 'controls') });
});
afterAll(() => fixture.stop());
afterEach(async () => {
  const { problems } = watched;
  await watched.close();
  expect(problems).toEqual([]);
});

async function openPage(): Promise<Page> {
  watched = await fixture.open({}, '/all.html');
  return watched.page;
}

async function open(properties: Record<string, unknown>): Promise<Page> {
  const page = await openPage();
  await draw(page, properties);
  return page;
}

/** Sets properties that only change how it is shown. */
async function set(page: Page, properties: Record<string, unknown>): Promise<void> {
  await page.evaluate((given) => Object.assign(window.harness.scope, given), properties);
}

const summary = (page: Page): Promise<string> => text(page, '.summary');
const control = (page: Page, name: string): Locator => page.locator(`head-scope [data-control="${name}"]`);
const pinned = (page: Page, queries: readonly number[], keys: readonly number[]): Promise<void> =>
  page.evaluate((what) => window.harness.scope.pin(what), { queries, keys });

function options(page: Page, name: string): Promise<string[]> {
  return control(page, name)
    .locator('option')
    .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
}

describe('weights that are not finite numbers', () => {
  it('are counted, and have no part in what is said of the others', async () => {
    const page = await open({ query: QUERY, key: KEY, tokens: TOKENS });
    // The entropies of the other three rows in double, and the largest of their weights.
    const rows = QUERY.filter((_, query) => query !== 1).map((query) => {
      const powers = KEY.map((key) =>
        Math.exp(query.reduce((sum, value, i) => sum + value * (key[i] ?? 0), 0) / Math.SQRT2),
      );
      const total = powers.reduce((sum, power) => sum + power, 0);
      return powers.map((power) => power / total);
    });
    const bits = rows.map((row) => -row.reduce((sum, weight) => sum + weight * Math.log2(weight), 0));
    const mean = (bits.reduce((sum, one) => sum + one, 0) / 3).toFixed(2);
    const most = Math.max(...rows.flat()).toFixed(3);
    const leftOut = 'Left out of the mean: 1 of 4 rows with weights that are not finite numbers.';
    await expect
      .poll(() => summary(page))
      .toBe(`Strongest link: "a" → "d" (${most}); mean entropy ${mean} bits. ${leftOut}`);
    await expect.poll(() => text(page, '.head-facts div')).toBe(`entropy ${mean} bits`);
    await expect.poll(() => text(page, '.readout > .quiet')).toBe(leftOut);
    await screenshot(page, 'element-not-finite');
    expect(await axeViolations(page)).toEqual([]);

    await pinned(page, [1], [2]);
    await expect.poll(() => summary(page)).toBe('"b" has weights that are not finite numbers.');
    await expect.poll(() => readout(page)).toMatchObject({ weight: 'not a finite number', rank: '–' });
    await expect
      .poll(() => page.locator('head-scope [aria-live]').textContent())
      .toMatch(/weight not a finite number, score not a finite number, pinned/);
    await pinned(page, [0, 1], []);
    await expect.poll(() => readout(page)).toMatchObject({ sum: 'not a finite number' });
    await expect
      .poll(() => page.locator('head-scope [aria-live]').textContent())
      .toBe('Head 0. The mean of 2 queries has weights that are not finite numbers.');
  });

  it('may be all that there is, or all but the first row', async () => {
    const page = await open({ query: QUERY, key: KEY.map((key, i) => (i === 1 ? [NaN, 1] : key)), causal: true });
    await expect
      .poll(() => summary(page))
      .toBe(
        'Strongest link: query 0 → key 0 (1.00); mean entropy 0 bits. ' +
          'Left out of the mean: 3 of 4 rows with weights that are not finite numbers.',
      );
    await draw(page, { causal: false });
    await expect.poll(() => summary(page)).toBe('No weight is a finite number.');
    await expect.poll(() => page.locator('head-scope .head-facts').count()).toBe(0);
    await draw(page, { query: undefined, key: undefined, weights: [[NaN]] });
    await expect.poll(() => summary(page)).toBe('query 0 has weights that are not finite numbers.');
  });

  it('leave a head without the figure by which heads are sorted', async () => {
    const broken = [
      [NaN, 1],
      [NaN, 0],
    ];
    const even = [
      [0.5, 0.5],
      [0.5, 0.5],
    ];
    const page = await open({ weights: [broken, even], sort: 'entropy' });
    await expect.poll(() => page.locator('head-scope [role=option]').allInnerTexts()).toEqual(['1\n1.00', '0\n–']);
    const last = page.locator('head-scope [role=option]').last();
    await expect.poll(() => last.getAttribute('aria-label')).toBe('Head 0, not known');
  });
});

describe('weights that are no shares', () => {
  it('have neither an entropy nor a mean distance', async () => {
    const page = await open({
      weights: [
        [3, -1],
        [2, 5],
      ],
    });
    await expect.poll(() => summary(page)).toBe('Strongest link: query 1 → key 1 (5.00).');
    await expect
      .poll(() => page.locator('head-scope .head-facts dt').allTextContents())
      .toEqual(['on the first key', 'on its own position', 'on the one before']);
    await expect.poll(() => text(page, '.head-facts dd')).toBe('2.50');
  });
});

describe('controls', () => {
  it('are those that do something for one head, and for one key', async () => {
    const page = await open({
      weights: [
        [0.5, 0.5],
        [0.1, 0.9],
      ],
      words: [0, 1],
    });
    await page.locator('head-scope').getByRole('button', { name: 'More', exact: true }).click();
    await expect.poll(() => options(page, 'domain')).toEqual(['head', 'given']);
    for (const none of ['compare', 'mergeWords', 'sort', 'composite']) {
      await expect.poll(() => control(page, none).count()).toBe(0);
    }
    await control(page, 'domain').selectOption('given');
    await expect.poll(() => page.evaluate(() => window.harness.scope.domain)).toEqual([0, expect.closeTo(0.9, 6)]);
    await control(page, 'domain').selectOption('head');
    await expect.poll(() => page.evaluate(() => window.harness.scope.domain)).toBe('shared');

    await draw(page, { weights: undefined, words: undefined, query: [[1], [2]], key: [[3]] });
    await expect.poll(() => options(page, 'positions')).toEqual(['none', 'alibi']);
    await expect.poll(() => control(page, 'scale').count()).toBe(0);
    for (const barred of ['causal', 'topK', 'mass', 'hide']) {
      await expect.poll(() => control(page, barred).isDisabled()).toBe(true);
      await expect.poll(() => control(page, barred).getAttribute('aria-describedby')).toBe('barredOneKey');
    }
    await expect.poll(() => text(page, '#barredOneKey')).toBe('There is only one key: none can be left out.');
    // The second query is one away from the only key.
    await expect.poll(() => control(page, 'window').isDisabled()).toBe(false);
    expect(await axeViolations(page)).toEqual([]);
  });

  it('bring back what the page compares with', async () => {
    const heads = [1, 2].map((row) => [
      [row / 4, 1 - row / 4],
      [0.5, 0.5],
    ]);
    const given = { weights: [heads[1], heads[0]] };
    const page = await open({ weights: heads, compare: given });
    await page.locator('head-scope').getByRole('button', { name: 'More', exact: true }).click();
    const compared = (): Promise<unknown> => page.evaluate(() => window.harness.scope.compare);
    const reset = page.locator('head-scope').getByRole('button', { name: 'Reset', exact: true });
    await expect.poll(() => reset.isDisabled()).toBe(true);
    await expect.poll(() => options(page, 'compare')).toEqual(['off', 'head', 'given']);
    await control(page, 'compare').selectOption('head');
    await expect.poll(compared).toEqual({ head: 1 });
    await control(page, 'compare').selectOption('off');
    await expect.poll(compared).toBeUndefined();
    await control(page, 'compare').selectOption('given');
    await expect.poll(compared).toEqual(given);
    await control(page, 'compare').selectOption('off');
    await reset.click();
    await expect.poll(compared).toEqual(given);
  });

  it('that take no effect on weights that are not held are not said to', async () => {
    const page = await openPage();
    await drawVectors(page, [4, 2100, 2100, 4], {
      ...{ composite: 'mean', hide: [0], topK: 3, words: [0, 5, 9], mergeWords: true },
    });
    await expect.poll(() => text(page, '.readout .title')).toBe('head 0');
    await expect.poll(() => text(page, '.facts')).toContain('4 heads · 2 100 queries × 2 100 keys');
    await expect.poll(() => text(page, '.legend')).not.toMatch(/hidden|largest of each row|words/);
    await expect.poll(() => page.locator('head-scope [data-value=none]').getAttribute('aria-pressed')).toBe('true');
  });
});

describe('what is shown', () => {
  it('is what the grid tells, also once keys are shown again', async () => {
    const page = await open({
      weights: [
        [0.5, 0.5],
        [0.1, 0.9],
      ],
    });
    const cell = page.locator('head-scope [role=gridcell]');
    await expect.poll(() => cell.innerText()).toBe('0.500');
    await set(page, { hide: [0] });
    await expect.poll(() => cell.innerText()).not.toBe('0.500');
    await set(page, { hide: [] });
    await expect.poll(() => cell.innerText()).toBe('0.500');
  });

  it('is a composite less one of its heads, when it is compared with one', async () => {
    const heads = [0.2, 0.6].map((weight) => [
      [weight, 1 - weight],
      [0.5, 0.5],
    ]);
    const page = await open({ weights: heads, composite: 'mean', compare: { head: 1 } });
    await expect
      .poll(() => page.locator('head-scope .matrix .title').allTextContents())
      .toEqual(['mean of 2 heads', 'head 1', 'mean of 2 heads − head 1']);
    await pinned(page, [0], [0]);
    await expect.poll(() => readout(page)).toMatchObject({ weight: '0.400', score: 'not known' });
    await expect.poll(() => page.locator('head-scope .compared dd').allTextContents()).toEqual(['0.600', '−0.200']);
  });
});
