import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { cellCentre, drawVectors, ElementFixture, events, readout, text } from './element-fixture.js';
import type { WatchedPage } from './support/chromium.js';

const TOKENS = ['The', 'cat', 'sat', 'on', 'the', 'mat'];

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

async function open(...options: Parameters<ElementFixture['open']>): Promise<Page> {
  watched = await fixture.open(...options);
  await drawVectors(watched.page, [4, 6, 6, 8], { tokens: TOKENS });
  return watched.page;
}

async function point(page: Page, query: number, key: number): Promise<void> {
  const { x, y } = await cellCentre(page, query, key);
  await page.mouse.move(x, y);
}

async function click(page: Page, query: number, key: number): Promise<void> {
  const { x, y } = await cellCentre(page, query, key);
  await page.mouse.click(x, y);
}

function selection(page: Page): Promise<unknown> {
  return page.evaluate(() => window.harness.scope.selection);
}

/** Weight of a cell by the public result. */
function weightOf(page: Page, head: number, query: number, key: number): Promise<number> {
  return page.evaluate(([h, q, k]) => window.harness.scope.result?.weights.data[(h * 6 + q) * 6 + k] ?? NaN, [
    head,
    query,
    key,
  ] as const);
}

describe('the pointer', () => {
  it('shows a cell while it is over it, and no longer', async () => {
    const page = await open();
    await point(page, 2, 1);
    await expect.poll(() => selection(page)).toEqual({ head: 0, query: 2, key: 1, pinned: false });
    await expect.poll(() => readout(page)).toMatchObject({ query: 'sat 2', key: 'cat 1' });
    await expect.poll(() => text(page, '.row-labels .active')).toBe('sat');
    await expect.poll(() => text(page, '.column-labels .active')).toBe('cat');
    const weight = await weightOf(page, 0, 2, 1);
    await expect
      .poll(async () => (await events(page, 'hover')).at(-1))
      .toMatchObject({ head: 0, query: 2, key: 1, weight });
    await page.mouse.move(2, 2);
    await expect.poll(() => selection(page)).toBeNull();
    await expect
      .poll(async () => (await events(page, 'hover')).at(-1))
      .toEqual({
        head: 0,
        query: null,
        key: null,
        weight: null,
        score: null,
      });
  });

  it('pins with a click; hovering elsewhere does not lose the pin; Escape releases it', async () => {
    const page = await open();
    await click(page, 2, 1);
    await expect.poll(() => selection(page)).toEqual({ head: 0, query: 2, key: 1, pinned: true });
    await point(page, 4, 3);
    await expect.poll(() => selection(page)).toEqual({ head: 0, query: 4, key: 3, pinned: false });
    await page.mouse.move(2, 2);
    await expect.poll(() => selection(page)).toEqual({ head: 0, query: 2, key: 1, pinned: true });
    await page.keyboard.press('Escape');
    await expect.poll(() => selection(page)).toBeNull();
    const selected = async (): Promise<unknown[]> =>
      (await events(page, 'select')).map(({ query, key }) => [query, key]);
    await expect.poll(selected).toEqual([
      [2, 1],
      [null, null],
    ]);
  });

  it('releases with a second click, and with the button that says so', async () => {
    const page = await open();
    await click(page, 2, 1);
    await click(page, 2, 1);
    await expect.poll(() => selection(page)).toMatchObject({ pinned: false });
    await click(page, 3, 3);
    await page.locator('head-scope button', { hasText: 'Unpin' }).click();
    await expect.poll(() => selection(page)).toBeNull();
  });

  it('chooses a head by its thumbnail', async () => {
    const page = await open();
    await click(page, 2, 1);
    await page.locator('head-scope [role=option]').nth(3).click();
    await expect.poll(() => events(page, 'head')).toEqual([{ head: 3 }]);
    await expect.poll(() => page.evaluate(() => document.querySelector('head-scope')?.getAttribute('head'))).toBe('3');
    await expect.poll(() => selection(page)).toEqual({ head: 3, query: 2, key: 1, pinned: true });
    const exact = String(await weightOf(page, 3, 2, 1));
    await expect.poll(() => page.locator('head-scope dd.weight').getAttribute('title')).toBe(exact);
  });

  it('keeps a pin while the numbers change, if its cell is still there', async () => {
    const page = await open();
    await click(page, 5, 5);
    await drawVectors(page, [4, 6, 6, 12], { tokens: TOKENS });
    await expect.poll(() => selection(page)).toMatchObject({ query: 5, key: 5, pinned: true });
    await drawVectors(page, [4, 3, 3, 8], { tokens: undefined });
    await page.mouse.move(2, 2);
    await expect.poll(() => selection(page)).toBeNull();
  });

  it('unfolds the exact numbers', async () => {
    const page = await open();
    await click(page, 1, 0);
    await page.locator('head-scope summary').click();
    await expect.poll(() => text(page, '.exact')).toContain(`weight ${await weightOf(page, 0, 1, 0)}`);
  });
});

describe('touch', () => {
  it('pins with a tap and lets the page scroll', async () => {
    const page = await open({ hasTouch: true, viewport: { width: 360, height: 640 } });
    await page.locator('head-scope .cells').scrollIntoViewIfNeeded();
    const { x, y } = await cellCentre(page, 2, 3);
    await page.touchscreen.tap(x, y);
    await expect.poll(() => selection(page)).toEqual({ head: 0, query: 2, key: 3, pinned: true });
    const action = await page.locator('head-scope .cells').evaluate((cells) => getComputedStyle(cells).touchAction);
    expect(action).toBe('auto');
  });
});

describe('the keyboard alone', () => {
  it('reaches the heads and the cells with one Tab each, visibly', async () => {
    const page = await open();
    const focused = (): Promise<string | null | undefined> =>
      page.evaluate(() => window.harness.scope.shadowRoot?.activeElement?.getAttribute('role'));
    await page.keyboard.press('Tab');
    await expect.poll(() => focused()).toBe('option');
    await page.keyboard.press('Tab');
    // Chromium makes scrolling areas tab stops of their own; this one has no need to scroll.
    await expect.poll(() => focused()).toBe('grid');
    const outline = await page.locator('head-scope .grid').evaluate((grid) => getComputedStyle(grid).outlineStyle);
    expect(outline).toBe('solid');
    await expect.poll(() => selection(page)).toEqual({ head: 0, query: 0, key: 0, pinned: false });
  });

  it('moves the cell cursor', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const steps: [string, number, number][] = [
      ['ArrowDown', 1, 0],
      ['ArrowRight', 1, 1],
      ['ArrowUp', 0, 1],
      ['ArrowUp', 0, 1],
      ['ArrowLeft', 0, 0],
      ['End', 0, 5],
      ['Control+End', 5, 5],
      ['Home', 5, 0],
      ['Control+Home', 0, 0],
      ['PageDown', 1, 0],
      ['PageUp', 0, 0],
    ];
    for (const [key, query, column] of steps) {
      await page.keyboard.press(key);
      await expect
        .poll(async () => [key, await selection(page)])
        .toEqual([key, { head: 0, query, key: column, pinned: false }]);
    }
  });

  it('pins with Enter and Space, releases with Escape, changes heads with brackets', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => selection(page)).toEqual({ head: 0, query: 1, key: 0, pinned: true });
    await page.keyboard.press('Escape');
    await expect.poll(() => selection(page)).toMatchObject({ pinned: false });
    await page.keyboard.press('Space');
    await expect.poll(() => selection(page)).toMatchObject({ pinned: true });
    await page.keyboard.press(']');
    await page.keyboard.press(']');
    await page.keyboard.press('[');
    await expect.poll(() => events(page, 'head')).toEqual([{ head: 1 }, { head: 2 }, { head: 1 }]);
    await expect.poll(() => selection(page)).toEqual({ head: 1, query: 1, key: 0, pinned: true });
  });

  it('walks along the heads', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    for (const key of ['ArrowRight', 'End', 'ArrowRight', 'ArrowLeft', 'Home']) await page.keyboard.press(key);
    await expect.poll(() => events(page, 'head')).toEqual([{ head: 1 }, { head: 3 }, { head: 2 }, { head: 0 }]);
    await expect
      .poll(() => page.evaluate(() => window.harness.scope.shadowRoot?.activeElement?.getAttribute('data-head')))
      .toBe('0');
  });

  it('hears the cell in one sentence', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    const live = page.locator('head-scope [aria-live]');
    await page.waitForFunction(() =>
      window.harness.scope.shadowRoot?.querySelector('[aria-live]')?.textContent?.includes('weight'),
    );
    await expect
      .poll(() => live.textContent())
      .toMatch(
        /^Head 0: query "\u2068cat\u2069", key "\u2068cat\u2069": weight [\d.]+, score −?[\d.]+, rank [1-6] of 6\.$/,
      );
  });

  it('finds the place of the cell in the grid', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+End');
    const grid = page.locator('head-scope [role=grid]');
    await expect
      .poll(async () => [await grid.getAttribute('aria-rowcount'), await grid.getAttribute('aria-colcount')])
      .toEqual(['7', '7']);
    const cell = page.locator('head-scope [role=gridcell]');
    await expect.poll(() => cell.count()).toBe(1);
    await expect.poll(() => cell.getAttribute('aria-colindex')).toBe('7');
    await expect.poll(() => page.locator('head-scope [role=row]').last().getAttribute('aria-rowindex')).toBe('7');
    await expect.poll(() => text(page, '[role=rowheader]')).toContain('mat');
  });
});

describe('the page', () => {
  it('pins a cell as a click does, and only where there is one', async () => {
    const page = await open();
    await page.evaluate(() => window.harness.scope.pin({ query: 3, key: 2 }));
    await expect.poll(() => selection(page)).toEqual({ head: 0, query: 3, key: 2, pinned: true });
    await page.evaluate(() => window.harness.scope.pin({ query: 6, key: 0 }));
    await expect.poll(() => selection(page)).toMatchObject({ query: 3, key: 2 });
    await page.evaluate(() => window.harness.scope.pin(null));
    await expect.poll(() => selection(page)).toBeNull();
  });

  it('chooses a head without hearing of it again', async () => {
    const page = await open();
    await page.evaluate(() => {
      window.harness.scope.head = 2;
      return window.harness.scope.updateComplete;
    });
    await expect
      .poll(() => page.locator('head-scope [aria-selected=true][role=option]').getAttribute('data-head'))
      .toBe('2');
    await expect.poll(() => events(page, 'head')).toEqual([]);
  });

  it('pans a matrix that is wider than the screen without scrolling itself', async () => {
    watched = await fixture.open({ viewport: { width: 360, height: 740 } });
    const { page } = watched;
    await drawVectors(page, [2, 40, 40, 8]);
    await page.locator('head-scope .grid').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'End']) await page.keyboard.press(key);
    await page.evaluate(() => window.harness.painted());
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await expect.poll(() => page.locator('head-scope .column-labels .active').textContent()).toBe('39');
    // The query labels stay in view.
    const label = await page.locator('head-scope .row-labels').boundingBox();
    expect(label?.x).toBeGreaterThanOrEqual(0);
    const cell = await page.locator('head-scope .mark.current').boundingBox();
    if (cell === null) throw new Error('the cursor is not seen');
    expect(cell.x + cell.width).toBeLessThanOrEqual(360);
    await page.mouse.click(cell.x + cell.width / 2, cell.y + cell.height / 2);
    await expect.poll(() => selection(page)).toEqual({ head: 0, query: 3, key: 39, pinned: true });
  });
});
