import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { draw, ElementFixture, text } from './element-fixture.js';
import { axeViolations } from './support/axe.js';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';

const TOKENS = ['one', 'two', 'three'];
const WEIGHTS = [
  [
    [0.5, 0.25, 0.25],
    [0.1, 0.6, 0.3],
    [0.2, 0.2, 0.6],
  ],
  [
    [0.25, 0.5, 0.25],
    [0.4, 0.1, 0.5],
    [0.2, 0.5, 0.3],
  ],
];
/** Row 1 of head 0 less that of head 1. */
const DIFFERENCES = ['−0.300', '+0.500', '−0.200'];
const TITLES = ['head 0', 'head 1', 'head 0 − head 1'];

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

async function open(view: string[], options: BrowserContextOptions = {}): Promise<Page> {
  watched = await fixture.open({ viewport: { width: 1280, height: 900 }, ...options });
  await draw(watched.page, { weights: WEIGHTS, tokens: TOKENS, view, compare: { head: 1 } });
  await watched.page.locator('head-scope .sides > *').nth(2).waitFor();
  return watched.page;
}

const pins = (page: Page): Promise<unknown> => page.evaluate(() => window.harness.scope.pins);
const release = (page: Page): Promise<void> => page.mouse.move(2, 2);
const token = (page: Page, side: number, index: number) =>
  page.locator('head-scope .running').nth(side).locator('.token').nth(index);

/** What is said somewhere, once for each picture. */
const said = (page: Page, selector: string): Promise<string[]> =>
  page
    .locator(`head-scope ${selector}`)
    .evaluateAll((all) => all.map((one) => (one.textContent ?? '').replace(/\s+/g, ' ').trim()));

/** How much more red than blue something is: above 0 for what is more in the first picture, below for less. */
const warmth = (colour: string): number => {
  const [red = 0, , blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return red - blue;
};

/** Pixels of a canvas that are clearly orange, and clearly blue. */
const tinted = (page: Page, selector: string, side: number): Promise<{ orange: number; blue: number }> =>
  page
    .locator(`head-scope ${selector}`)
    .nth(side)
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data = [] } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
      const found = { orange: 0, blue: 0 };
      for (let i = 0; i < data.length; i += 4) {
        const [red = 0, green = 0, blue = 0, alpha = 0] = [data[i], data[i + 1], data[i + 2], data[i + 3]];
        if (alpha < 100) continue;
        if (red - blue > 40) ++found.orange;
        if (blue - red > 40 && blue > green) ++found.blue;
      }
      return found;
    });

describe('two heads as lines and as text', () => {
  it('stand beside their difference, with one selection', async () => {
    const page = await open(['lines', 'text']);
    await expect.poll(() => said(page, '.lines .title')).toEqual(TITLES);
    await expect.poll(() => said(page, '.text .title')).toEqual(TITLES);
    await expect.poll(() => said(page, '.lines .read')).toEqual(['All 9 links', 'All 9 links', 'All 7 links']);
    // What is pinned in one of them is pinned in all.
    await token(page, 1, 1).click();
    await release(page);
    await expect.poll(() => pins(page)).toEqual({ queries: [1], keys: [] });
    const numbers = async (): Promise<string[][]> => {
      const all = await said(page, '.ends.key .figure');
      return [all.slice(0, 3), all.slice(3, 6), all.slice(6)];
    };
    await expect.poll(numbers).toEqual([['0.100', '0.600', '0.300'], ['0.400', '0.100', '0.500'], DIFFERENCES]);
    const grounds = (): Promise<{ title: string; ground: string }[]> =>
      page
        .locator('head-scope .running')
        .nth(2)
        .locator('.token')
        .evaluateAll((all: HTMLElement[]) =>
          all.map((one) => ({ title: one.title, ground: getComputedStyle(one).backgroundColor })),
        );
    await expect.poll(async () => (await grounds()).map(({ title }) => title)).toEqual(DIFFERENCES);
    expect((await grounds()).map(({ ground }) => Math.sign(warmth(ground)))).toEqual([-1, 1, -1]);
    // Lines, too: the difference alone has both hues.
    await expect.poll(async () => (await tinted(page, '.links canvas', 2)).orange).toBeGreaterThan(20);
    await expect.poll(async () => (await tinted(page, '.links canvas', 2)).blue).toBeGreaterThan(20);
    expect((await tinted(page, '.links canvas', 0)).orange).toBe(0);
    // What is pointed at in one is read in all.
    await token(page, 0, 1).hover();
    await expect.poll(() => said(page, '.text .read')).toEqual(['"two": 0.600', '"two": 0.100', '"two": +0.500']);
    // How it is looked at is the same for all.
    await page.getByRole('button', { name: 'who looks at it' }).click();
    await page.keyboard.press('Escape');
    await token(page, 2, 0).hover();
    await expect.poll(() => said(page, '.text .shown > span:first-child')).toEqual(TITLES);
    await expect
      .poll(async () => (await said(page, 'p.shown')).map((words) => words.startsWith('Who looks at "one"')))
      .toEqual([true, true]);
    await release(page);
    await screenshot(page, 'element-compare');
    expect(await axeViolations(page)).toEqual([]);
  });

  it('are drawn again only where something changed', async () => {
    const page = await open(['lines', 'text']);
    /** How many lines are drawn while the element renders anew, with something pinned or not. */
    const drawn = (query: number | null): Promise<number> =>
      page.evaluate(async (query) => {
        const { prototype } = CanvasRenderingContext2D;
        const { stroke } = prototype;
        let count = 0;
        prototype.stroke = function (this: CanvasRenderingContext2D, ...given: unknown[]): void {
          ++count;
          Reflect.apply(stroke, this, given);
        };
        if (query !== null) window.harness.scope.pin({ query, key: null });
        window.harness.scope.requestUpdate();
        await window.harness.painted();
        prototype.stroke = stroke;
        return count;
      }, query);
    await expect.poll(() => drawn(null)).toBe(0);
    // Three lines each.
    expect(await drawn(1)).toBe(9);
    expect(await drawn(null)).toBe(0);
  });

  it('stand below each other on a telephone', async () => {
    const page = await open(['lines', 'text'], { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    const boxes = await page
      .locator('head-scope .lines, head-scope .text')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ left, top }) => ({ left, top })));
    expect(new Set(boxes.map(({ left }) => left)).size).toBe(1);
    const tops = boxes.map(({ top }) => top);
    expect(tops).toEqual([...tops].sort((a, b) => a - b));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await screenshot(page, 'element-compare-narrow');
    expect(await axeViolations(page)).toEqual([]);
  });

  it('scroll together', async () => {
    const page = await open(['lines']);
    const count = 100;
    const data = Array.from({ length: 2 * count * count }, (_, i) => ((i * 31) % 97) / 97);
    await draw(page, {
      weights: { data, shape: [2, count, count] },
      tokens: Array.from({ length: count }, (_, i) => `t${i}`),
    });
    await page
      .locator('head-scope .links')
      .first()
      .evaluate((links) => (links.scrollTop = 700));
    const tops = (): Promise<number[]> =>
      page.locator('head-scope .links').evaluateAll((all) => all.map((one) => one.scrollTop));
    await expect.poll(tops).toEqual([700, 700, 700]);
  });
});

describe('what is taken along of a comparison', () => {
  it('has all three: the picture, and the table', async () => {
    const page = await open(['lines', 'text']);
    await page.evaluate(() => {
      window.harness.scope.pin({ query: 1, key: null });
    });
    const svg = await page.evaluate(() => window.harness.scope.toSVG());
    const texts = Array.from(svg.matchAll(/<text[^>]*>([^<]*)</g), ([, words = '']) =>
      words.replace(/[\u2068\u2069]/g, ''),
    );
    expect(texts.filter((words) => TITLES.includes(words))).toEqual([...TITLES, ...TITLES]);
    expect(texts.filter((words) => words === 'Where "two" looks')).toHaveLength(2);
    const strokes = Array.from(svg.matchAll(/<path[^>]* stroke="(rgb[^"]*)"[^>]*stroke-width/g), ([, colour = '']) =>
      warmth(colour),
    );
    // Three lines each, the strongest last: those of the difference are −0.2, −0.3 and 0.5.
    expect(strokes).toHaveLength(9);
    expect(strokes.slice(6).map(Math.sign)).toEqual([-1, -1, 1]);

    await page.locator('head-scope .ends').first().press('t');
    const captions = 'head-scope .table caption';
    await expect.poll(() => page.locator(captions).count()).toBe(3);
    await expect
      .poll(() => said(page, '.table caption'))
      .toEqual(TITLES.map((title) => expect.stringContaining(`weights of ${title}:`) as string));
    const cells = '.table table:nth-of-type(3) tbody tr:nth-child(2) td';
    await expect.poll(() => said(page, cells)).toEqual(DIFFERENCES);
    expect(await axeViolations(page)).toEqual([]);
  });
});

describe('an image', () => {
  const SIDE = 4;

  /** A grey picture of 4 × 4 patches after one class token, and two heads that look at opposite halves of it. */
  async function openImage(options: BrowserContextOptions = {}): Promise<Page> {
    watched = await fixture.open({ viewport: { width: 1280, height: 900 }, ...options });
    const { page } = watched;
    await page.evaluate((side) => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 64;
      const context = canvas.getContext('2d');
      if (context !== null) {
        context.fillStyle = '#888';
        context.fillRect(0, 0, 64, 64);
      }
      const count = 1 + side * side;
      const weights = [0, 1].map((head) =>
        Array.from({ length: count }, () =>
          Array.from({ length: count }, (_, k) => (k === 0 ? 0 : k <= count / 2 === (head === 0) ? 0.1 : 0.025)),
        ),
      );
      const patches = { rows: side, columns: side };
      return window.harness.draw({ weights, image: canvas, patches, view: ['image'], compare: { head: 1 } });
    }, SIDE);
    await page.locator('head-scope .patches canvas').nth(2).waitFor();
    return page;
  }

  async function over(page: Page, row: number, column: number, side = 0): Promise<void> {
    const box = await page.locator('head-scope .patches canvas').nth(side).boundingBox();
    const at = (i: number, start = 0, size = 0): number => start + ((i + 0.5) / SIDE) * size;
    await page.mouse.move(at(column, box?.x, box?.width), at(row, box?.y, box?.height));
  }

  /** Token of a patch, after the class token. */
  const patch = (row: number, column: number): number => 1 + row * SIDE + column;

  it('is laid over with both heads, and with their difference', async () => {
    const page = await openImage();
    await expect.poll(() => said(page, '.image .title')).toEqual(TITLES);
    const pixel = (side: number, row: number): Promise<number> =>
      page
        .locator('head-scope .patches canvas')
        .nth(side)
        .evaluate(
          (canvas: HTMLCanvasElement, y: number) => {
            const at = [canvas.width / 8, (canvas.height * y) / 8] as const;
            const [red = 0, , blue = 0] = canvas.getContext('2d')?.getImageData(...at, 1, 1).data ?? [];
            return red - blue;
          },
          2 * row + 1,
        );
    // The upper half is more in head 0, the lower one in head 1.
    await expect.poll(() => pixel(2, 0)).toBeGreaterThan(30);
    await expect.poll(() => pixel(2, 3)).toBeLessThan(-30);
    // One control for all of them.
    await expect.poll(() => page.locator('head-scope .opacity input').count()).toBe(1);
    await page.locator('head-scope .opacity input').fill('0');
    await expect.poll(() => pixel(2, 0)).toBe(0);
    expect(await axeViolations(page)).toEqual([]);
  });

  it('gives a rectangle of patches to a sweep, and to Shift with arrows', async () => {
    const page = await openImage({ viewport: { width: 360, height: 740 } });
    await over(page, 2, 3);
    await page.mouse.down();
    await over(page, 2, 2);
    await over(page, 1, 1);
    await page.mouse.up();
    const rectangle = {
      queries: [...[1, 2, 3].map((c) => patch(1, c)), ...[1, 2, 3].map((c) => patch(2, c))],
      keys: [],
    };
    await expect.poll(() => pins(page)).toEqual(rectangle);
    await release(page);
    await page.locator('head-scope .patches').first().focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Home');
    for (const key of ['Shift+ArrowRight', 'Shift+ArrowDown', 'Shift+ArrowDown']) await page.keyboard.press(key);
    const tall = [0, 1, 2].flatMap((row) => [patch(row, 0), patch(row, 1)]);
    await expect.poll(() => pins(page)).toEqual({ queries: tall, keys: [] });
    // And back again.
    await page.keyboard.press('Shift+ArrowUp');
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(() => pins(page)).toEqual({ queries: [patch(0, 0), patch(1, 0)], keys: [] });
  });
});

describe('fingers', () => {
  it('choose several while the switch for it is on', async () => {
    const page = await open(['text', 'matrix'], { hasTouch: true, viewport: { width: 360, height: 740 } });
    const several = page.getByRole('button', { name: 'Select several' });
    await several.tap();
    await expect.poll(() => several.getAttribute('aria-pressed')).toBe('true');
    await token(page, 0, 0).tap();
    await token(page, 2, 2).tap();
    await expect.poll(() => pins(page)).toEqual({ queries: [0, 2], keys: [] });
    await expect.poll(() => text(page, 'p.shown')).toContain('Where 2 queries look');
    await token(page, 0, 2).tap();
    await expect.poll(() => pins(page)).toEqual({ queries: [0], keys: [] });
    await page.locator('head-scope .head').nth(1).tap();
    await expect.poll(() => page.evaluate(() => window.harness.scope.heads)).toEqual([0, 1]);
    await several.scrollIntoViewIfNeeded();
    await screenshot(page, 'element-several');
    expect(await axeViolations(page)).toEqual([]);
    await several.tap();
    await token(page, 0, 1).tap();
    await expect.poll(() => pins(page)).toEqual({ queries: [1], keys: [] });
  });

  it('are not asked for where there are none', async () => {
    const page = await open(['text']);
    await expect.poll(() => page.getByRole('button', { name: 'Select several' }).isVisible()).toBe(false);
  });
});
