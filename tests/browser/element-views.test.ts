import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { contrast, luminance, type Rgb } from '../../web/views/colour-ramp.js';
import { cellCentre, draw, ElementFixture, readout, text } from './element-fixture.js';
import { axeViolations } from './support/axe.js';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';

const TOKENS = ['The', ' cat', ' sat', ' on', ' the', ' mat', '.'];

/** Weights of each query in a head: not softmax's, but shares of one. */
const WEIGHTS = [
  [1, 0, 0, 0, 0, 0, 0],
  [0.25, 0.75, 0, 0, 0, 0, 0],
  [0.1, 0.6, 0.3, 0, 0, 0, 0],
  [0.2, 0.2, 0.4, 0.2, 0, 0, 0],
  [0.5, 0.1, 0.1, 0.1, 0.2, 0, 0],
  [0.1, 0.3, 0.3, 0.1, 0.1, 0.1, 0],
  [0.3, 0.1, 0.1, 0.1, 0.1, 0.2, 0.1],
];
const HEADS = [WEIGHTS, WEIGHTS.map((row) => [...row].map((_, k) => (k === 0 ? 0.4 : 0.1)))];

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

async function open(
  view: string[],
  properties: Record<string, unknown> = {},
  options: BrowserContextOptions = {},
): Promise<Page> {
  watched = await fixture.open(options);
  await draw(watched.page, { weights: HEADS, tokens: TOKENS, causal: true, view, ...properties });
  // Their code comes when they are first shown.
  await watched.page.locator('head-scope .lines, head-scope .text').first().waitFor();
  return watched.page;
}

const token = (page: Page, index: number, list = 0) =>
  page.locator('head-scope .running').nth(list).locator('.token').nth(index);
const end = (page: Page, axis: 'query' | 'key', index: number) =>
  page.locator(`head-scope .ends.${axis} .token[data-item="${index}"]`);

/** What stays chosen. */
const pins = (page: Page): Promise<unknown> => page.evaluate(() => window.harness.scope.pins);
const release = (page: Page): Promise<void> => page.mouse.move(2, 2);

function rgb(colour: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

/** Ground and ink of every token of a text. */
function colours(page: Page, list = 0): Promise<{ ground: string; ink: string; title: string }[]> {
  return page
    .locator('head-scope .running')
    .nth(list)
    .evaluate((running) =>
      [...running.querySelectorAll<HTMLElement>('.token')].map((one) => {
        const { backgroundColor: ground, color: ink } = getComputedStyle(one);
        return { ground, ink, title: one.title };
      }),
    );
}

/** Whether anything of a colour other than the ground's is on a canvas. */
function inked(page: Page, selector: string): Promise<number> {
  return page.locator(`head-scope ${selector}`).evaluate((canvas: HTMLCanvasElement) => {
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let count = 0;
    for (let i = 3; i < pixels.length; i += 4) if ((pixels[i] ?? 0) > 60) ++count;
    return count;
  });
}

describe('the tokens as text', () => {
  it('are coloured by the weights of the token under the pointer, readably, and say the numbers', async () => {
    const page = await open(['text']);
    await expect.poll(() => text(page, '.text .shown')).toContain('What each key gets on average, head 0');
    await token(page, 2).hover();
    await expect.poll(() => text(page, '.text .shown')).toContain('Where " sat" looks, head 0');
    await expect.poll(() => text(page, '.row-title')).toContain('looks at');
    const seen = await colours(page);
    expect(seen.map(({ title }) => title)).toEqual(['0.100', '0.600', '0.300', ...Array<string>(4).fill('masked')]);
    const light = seen.slice(0, 3).map(({ ground }) => luminance(rgb(ground)));
    expect(light[1]).toBeLessThan(light[2] as number);
    expect(light[2]).toBeLessThan(light[0] as number);
    for (const { ground, ink } of seen.slice(0, 3)) {
      expect(contrast(rgb(ground), rgb(ink))).toBeGreaterThanOrEqual(4.5);
    }
    // What is masked is hatched, not merely of another colour.
    const hatching = await token(page, 5).evaluate((one) => getComputedStyle(one).backgroundImage);
    expect(hatching).toContain('repeating-linear-gradient');
    await release(page);
    await expect.poll(() => text(page, '.text .shown')).toContain('on average');
  });

  it('turn round: who looks at it', async () => {
    const page = await open(['text']);
    await page.locator('head-scope .text button', { hasText: 'who looks at it' }).click();
    await token(page, 1).hover();
    await expect
      .poll(async () => (await colours(page)).map(({ title }) => title))
      .toEqual(['masked', '0.750', '0.600', '0.200', '0.100', '0.300', '0.100']);
    await expect.poll(() => text(page, '.text .shown')).toContain('Who looks at " cat", head 0');
  });

  it('pin with a click, and then read the weight under the pointer; shift and control choose several', async () => {
    const page = await open(['text']);
    await token(page, 2).click();
    await expect.poll(() => pins(page)).toEqual({ queries: [2], keys: [] });
    await token(page, 1).hover();
    await expect.poll(() => text(page, '.text .read')).toBe('" cat": 0.600');
    await expect.poll(() => readout(page)).toMatchObject({ weight: '0.600' });
    await token(page, 4).click({ modifiers: ['Control'] });
    await expect.poll(() => pins(page)).toEqual({ queries: [2, 4], keys: [] });
    await release(page);
    await expect.poll(() => text(page, '.text .shown')).toContain('Where 2 queries look');
    // Means of rows 2 and 4; a weight that is masked in one of them counts as 0.
    await expect
      .poll(async () => (await colours(page)).map(({ title }) => title))
      .toEqual(['0.300', '0.350', '0.200', '0.0500', '0.100', 'masked', 'masked']);
    await page.locator('head-scope .text button', { hasText: 'sum' }).click();
    await expect
      .poll(async () => (await colours(page)).slice(0, 2).map(({ title }) => title))
      .toEqual(['0.600', '0.700']);
    await token(page, 0).hover();
    await expect.poll(() => text(page, '.text .read')).toBe('"The": sum 0.600, mean 0.300');
    await token(page, 5).click({ modifiers: ['Shift'] });
    await expect.poll(() => pins(page)).toEqual({ queries: [2, 3, 4, 5], keys: [] });
  });

  it('choose all that a drag sweeps over', async () => {
    const page = await open(['text']);
    await token(page, 1).hover();
    await page.mouse.down();
    await token(page, 3).hover();
    await token(page, 4).hover();
    await page.mouse.up();
    await expect.poll(() => pins(page)).toEqual({ queries: [1, 2, 3, 4], keys: [] });
  });

  it('are one tab stop with arrows, Home, End, Enter and Escape', async () => {
    const page = await open(['text'], {}, { viewport: { width: 360, height: 740 } });
    await page.locator('head-scope .text button', { hasText: 'who looks at it' }).focus();
    await page.keyboard.press('Tab');
    const cursor = (): Promise<unknown> =>
      page.locator('head-scope .running').evaluate((list) => {
        const id = list.getAttribute('aria-activedescendant') ?? '';
        return [list.matches(':focus'), (list.getRootNode() as ShadowRoot).getElementById(id)?.textContent];
      });
    await expect.poll(() => cursor()).toEqual([true, 'The']);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => cursor()).toEqual([true, ' sat']);
    await expect.poll(() => text(page, '.text .shown')).toContain('Where " sat" looks');
    await page.keyboard.press('Enter');
    await expect.poll(() => pins(page)).toEqual({ queries: [2], keys: [] });
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => pins(page)).toEqual({ queries: [2, 3], keys: [] });
    await page.keyboard.press('End');
    await expect.poll(() => cursor()).toEqual([true, '.']);
    await page.keyboard.press('Home');
    await expect.poll(() => cursor()).toEqual([true, 'The']);
    await page.keyboard.press('Escape');
    await expect.poll(() => pins(page)).toBeNull();
    await page.keyboard.press('Tab');
    await expect.poll(() => page.locator('head-scope .running').evaluate((list) => list.matches(':focus'))).toBe(false);
  });

  it('are two texts where queries and keys are different tokens', async () => {
    const page = await open(['text'], {
      weights: [
        [0.5, 0.25, 0.25],
        [0, 1, 0],
      ].map((row) => row),
      tokens: ['le', 'chat'],
      keyTokens: ['the', 'cat', '<img src=x onerror=alert(1)>'],
      causal: false,
    });
    await token(page, 0, 0).hover();
    await expect
      .poll(async () => (await colours(page, 1)).map(({ title }) => title))
      .toEqual(['0.500', '0.250', '0.250']);
    await expect.poll(async () => (await colours(page, 0)).map(({ title }) => title)).toEqual(['', '']);
    await token(page, 1, 1).hover();
    await expect.poll(async () => (await colours(page, 0)).map(({ title }) => title)).toEqual(['0.250', '1.00']);
    await expect.poll(() => page.locator('head-scope img').count()).toBe(0);
  });

  it('are in the page 512 at a time, and leaf on', async () => {
    const count = 700;
    const page = await open(['text'], {
      weights: { data: new Float32Array(2 * count).fill(0.5), shape: [2, count] },
      tokens: ['a', 'b'],
      keyTokens: Array.from({ length: count }, (_, i) => `k${i}`),
      causal: false,
    });
    const keys = page.locator('head-scope .running').nth(1);
    await expect.poll(() => keys.locator('.token').count()).toBe(512);
    await page.locator('head-scope button[aria-label="Later tokens"]').click();
    await keys.locator('.token', { hasText: 'k512' }).waitFor();
    await expect.poll(() => keys.locator('.token').count()).toBe(count - 512);
    await expect.poll(() => page.locator('head-scope button[aria-label="Later tokens"]').isDisabled()).toBe(true);
    await keys.locator('.token', { hasText: 'k699' }).click();
    await expect.poll(() => pins(page)).toEqual({ queries: [], keys: [699] });
  });

  it('run from the right where they are written so', async () => {
    const page = await open(['text'], {
      weights: [
        [
          [0.5, 0.5],
          [1, 0],
        ],
      ],
      tokens: ['ذهب', 'الولد'],
      causal: false,
    });
    const [first, second] = [await token(page, 0).boundingBox(), await token(page, 1).boundingBox()];
    expect(first?.x).toBeGreaterThan(second?.x ?? 0);
    await page.locator('head-scope .running').focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => text(page, '.text .shown')).toContain('الولد');
  });
});

describe('the lines', () => {
  it('are those of the token under the pointer, with their weights as numbers', async () => {
    const page = await open(['lines']);
    const links = WEIGHTS.flat().filter((weight) => weight > 0).length;
    await expect.poll(() => text(page, '.lines .shown')).toBe(`All ${links} links, head 0`);
    await expect.poll(() => inked(page, '.links canvas')).toBeGreaterThan(500);
    const overview = await inked(page, '.links canvas');
    await end(page, 'query', 2).hover();
    await expect.poll(() => text(page, '.lines .shown')).toBe('Where " sat" looks, head 0');
    const numbers = page.locator('head-scope .ends.key .figure');
    await expect
      .poll(async () => (await numbers.allTextContents()).map((number) => number.trim()))
      .toEqual(['0.100', '0.600', '0.300', ...Array<string>(4).fill('masked')]);
    await expect.poll(() => inked(page, '.links canvas')).toBeLessThan(overview);
    await expect.poll(() => inked(page, '.links canvas')).toBeGreaterThan(100);
    await end(page, 'key', 1).hover();
    await expect.poll(() => text(page, '.lines .shown')).toBe('Who looks at " cat", head 0');
    await expect
      .poll(async () => (await page.locator('head-scope .ends.query .figure').allTextContents())[1]?.trim())
      .toBe('0.750');
  });

  it('pin with a click and by the keyboard, several by a sweep down the tokens', async () => {
    const page = await open(['lines']);
    await end(page, 'key', 1).click();
    await expect.poll(() => pins(page)).toEqual({ queries: [], keys: [1] });
    await page.keyboard.press('Escape');
    await end(page, 'query', 1).hover();
    await page.mouse.down();
    await end(page, 'query', 2).hover();
    await end(page, 'query', 3).hover();
    await page.mouse.up();
    await expect.poll(() => pins(page)).toEqual({ queries: [1, 2, 3], keys: [] });
    await release(page);
    await page.locator('head-scope .lines button', { hasText: 'sum' }).click();
    await expect
      .poll(async () => (await page.locator('head-scope .ends.key .figure').allTextContents())[0]?.trim())
      .toBe('0.550');
    await page.locator('head-scope .ends.query').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press(' ');
    await expect.poll(() => pins(page)).toMatchObject({ queries: [expect.any(Number)], keys: [] });
  });

  it('of several heads are told apart by colour, and named', async () => {
    const page = await open(['lines'], { heads: [0, 1] });
    await expect.poll(() => page.locator('head-scope .group').allTextContents()).toEqual(['head 0', 'head 1']);
    const swatches = await page
      .locator('head-scope .group i')
      .evaluateAll((marks) => marks.map((mark) => getComputedStyle(mark).backgroundColor));
    expect(new Set(swatches).size).toBe(2);
  });

  it('of 512 tokens: a few rows are in the page, the strongest links in view are drawn, End scrolls', async () => {
    const count = 512;
    const data = Float32Array.from({ length: count * count }, (_, i) => ((i * 7919) % 1000) / (500 * count));
    const page = await open(['lines', 'text'], {
      weights: { data: [...data], shape: [count, count] },
      tokens: Array.from({ length: count }, (_, i) => ` t${i}`),
      causal: false,
    });
    await expect
      .poll(() => text(page, '.lines .shown'))
      .toContain('The 200 strongest links between tokens in view, head 0');
    // Of weights below 0.004 on a scale up to 0.02, lines scale with what is in view.
    const later = page.locator('head-scope .lines button[aria-label="Later tokens"]');
    const earlier = page.locator('head-scope .lines button[aria-label="Earlier tokens"]');
    await expect.poll(() => text(page, '.lines .turn')).toMatch(/0–23/);
    await expect.poll(() => earlier.isDisabled()).toBe(true);
    await later.click();
    await expect.poll(() => text(page, '.lines .turn')).toMatch(/24–47/);
    await end(page, 'key', 47).waitFor();
    await earlier.click();
    await expect.poll(() => text(page, '.lines .turn')).toMatch(/0–23/);
    await expect.poll(() => page.locator('head-scope .ends .token').count()).toBeLessThan(200);
    await page.locator('head-scope .ends.key').focus();
    await page.keyboard.press('End');
    await end(page, 'key', 511).waitFor();
    await expect.poll(() => text(page, '.lines .shown')).toContain('Who looks at " t511", head 0');
    await expect.poll(() => inked(page, '.links canvas')).toBeGreaterThan(100);
    await token(page, 300).hover();
    await expect.poll(() => text(page, '.lines .shown')).toContain('Where " t300" looks, head 0');
    // What is pinned elsewhere is scrolled to.
    await token(page, 40).click();
    await end(page, 'query', 40).waitFor();
    await expect.poll(() => end(page, 'query', 40).getAttribute('aria-selected')).toBe('true');
    const tops = await page.locator('head-scope .links').evaluate((links) => {
      const top = (one: Element | null): number => one?.getBoundingClientRect().top ?? NaN;
      return top(links.querySelector('.ends.query .chosen')) - top(links);
    });
    expect(tops).toBeGreaterThanOrEqual(0);
    expect(tops).toBeLessThan(576);
  });
});

describe('views of many tokens', () => {
  it('are coloured and drawn up to the strongest that is in them, which they say', async () => {
    const count = 600;
    const page = await open(['lines', 'text'], {
      // All alike but for one link far away, and one of a tenth as much in view.
      weights: {
        data: Float32Array.from({ length: count * count }, (_, i) =>
          i === 500 * count + 501 ? 1 : i === 2 ? 0.01 : 1e-6,
        ),
        shape: [count, count],
      },
      tokens: Array.from({ length: count }, (_, i) => ` t${i}`),
      causal: false,
      colorScale: 'linear',
    });
    // One line is seen; the others are a ten thousandth of it.
    await expect
      .poll(() => text(page, '.lines .shown'))
      .toMatch(/^The 1 strongest links between tokens in view, head 0.*strongest colour: 0\.0100$/s);
    await expect.poll(() => inked(page, '.lines canvas')).toBeGreaterThan(500);
    // The mean of 600 queries for the key that gets most: 1 / 600.
    await expect.poll(() => text(page, '.text .shown')).toContain('strongest colour: 0.00167');
    // What is strong enough on the scale of the picture keeps it.
    await page.evaluate(() => window.harness.scope.pin({ query: 500, key: null }));
    await expect.poll(() => text(page, '.text .shown')).not.toContain('strongest colour');
  });

  it('say of a hidden token that it is, and of what is left out how much it is', async () => {
    const page = await open(['lines', 'text'], {
      weights: [
        [0.5, 0.25, 0.25],
        [0.125, 0.5, 0.375],
        [0.25, 0.25, 0.5],
      ],
      tokens: ['a', 'b', 'c'],
      causal: false,
      hide: [0],
      topK: 1,
    });
    await page.evaluate(() => window.harness.scope.pin({ query: 2, key: null }));
    const titles = ['hidden', 'left out (0.333)', '0.667'];
    await expect.poll(async () => (await colours(page)).map(({ title }) => title)).toEqual(titles);
    await expect
      .poll(() => page.locator('head-scope .ends.key .figure').allTextContents())
      .toEqual(['hidden', 'left out (0.333)', '0.667']);
    await page.evaluate(() => window.harness.scope.pin({ queries: [1, 2], keys: [] }));
    await expect
      .poll(async () => (await colours(page)).map(({ title }) => title))
      .toEqual(['hidden', '0.286', '0.333']);
  });
});

describe('several views', () => {
  it('share one selection, by mouse and by touch', async () => {
    const page = await open(['matrix', 'lines', 'text']);
    await token(page, 2).click();
    await release(page);
    await expect.poll(() => end(page, 'query', 2).getAttribute('aria-selected')).toBe('true');
    await expect.poll(() => page.locator('head-scope .row-labels .active').first().textContent()).toContain('sat');
    const { x, y } = await cellCentre(page, 4, 1);
    await page.mouse.click(x, y);
    await release(page);
    await expect.poll(() => text(page, '.text .shown')).toContain('Where " the" looks');
    await expect.poll(() => text(page, '.lines .shown')).toContain('Where " the" looks');
    await expect.poll(() => end(page, 'key', 1).getAttribute('class')).not.toContain('chosen');
    await page.keyboard.press('Escape');
  });

  it('pin with a tap and let the page scroll', async () => {
    const page = await open(['text', 'lines'], {}, { hasTouch: true, viewport: { width: 360, height: 740 } });
    await token(page, 3).tap();
    await expect.poll(() => pins(page)).toEqual({ queries: [3], keys: [] });
    await end(page, 'key', 2).tap();
    await expect.poll(() => pins(page)).toEqual({ queries: [], keys: [2] });
    for (const selector of ['.running', '.links']) {
      const action = await page.locator(`head-scope ${selector}`).evaluate((one) => getComputedStyle(one).touchAction);
      expect(action).toBe('auto');
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
    ['forced', { forcedColors: 'active' }],
  ] as const)('are clean when %s, and show rows that are 0 or not finite', async (look, options) => {
    const odd = WEIGHTS.map((row, q) => row.map((weight, k) => (q === 3 ? 0 : q === 4 && k === 1 ? NaN : weight)));
    const page = await open(['lines', 'text'], { weights: [odd] }, options);
    await token(page, 3).click();
    await release(page);
    await expect
      .poll(async () => new Set((await colours(page)).map(({ title }) => title)))
      .toEqual(new Set(['0', 'masked']));
    await token(page, 4).click();
    await release(page);
    await expect.poll(async () => (await colours(page))[1]?.title).toBe('NaN');
    await screenshot(page, `element-views-${look}`);
    expect(await axeViolations(page)).toEqual([]);
  });
});

describe('the image', () => {
  /** A picture of four quarters and 4 x 4 patches after one class token. */
  async function openImage(options: BrowserContextOptions = {}): Promise<Page> {
    watched = await fixture.open(options);
    const { page } = watched;
    await page.evaluate(() => {
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = 64;
      const context = canvas.getContext('2d');
      ['#d33', '#3a3', '#33d', '#dd3'].forEach((colour, i) => {
        if (context === null) return;
        context.fillStyle = colour;
        context.fillRect(32 * (i % 2), 32 * Math.floor(i / 2), 32, 32);
      });
      const weights = Array.from({ length: 17 }, (_, q) =>
        Array.from({ length: 17 }, (_, k) => (k === (q + 5) % 17 ? 0.52 : 0.03)),
      );
      return window.harness.draw({ weights, image: canvas, patches: { rows: 4, columns: 4 }, view: ['image'] });
    });
    await page.locator('head-scope .patches canvas').waitFor();
    return page;
  }

  /** Colour in the middle of a patch. */
  const pixel = (page: Page, row: number, column: number): Promise<Rgb> =>
    page.locator('head-scope .patches canvas').evaluate(
      (canvas: HTMLCanvasElement, [row, column]) => {
        const at = (i: number, size: number): number => Math.floor(((i + 0.5) * size) / 4);
        const [red = 0, green = 0, blue = 0] =
          canvas.getContext('2d')?.getImageData(at(column, canvas.width), at(row, canvas.height), 1, 1).data ?? [];
        return [red, green, blue] as const;
      },
      [row, column] as const,
    );

  async function over(page: Page, row: number, column: number): Promise<{ x: number; y: number }> {
    const box = await page.locator('head-scope .patches canvas').boundingBox();
    return {
      x: (box?.x ?? 0) + ((column + 0.5) / 4) * (box?.width ?? 0),
      y: (box?.y ?? 0) + ((row + 0.5) / 4) * (box?.height ?? 0),
    };
  }

  it('shows where the class token looks, or the patch under the pointer; a click pins, then the pointer reads', async () => {
    const page = await openImage();
    // Query 0 looks at token 5: patch 4, the first of the second row.
    await expect.poll(() => text(page, '.image .shown')).toBe('Where query 0 looks, head 0');
    await expect
      .poll(async () => luminance(await pixel(page, 1, 0)) - luminance(await pixel(page, 0, 0)))
      .toBeLessThan(0);
    const strong = luminance(await pixel(page, 1, 0));
    const { x, y } = await over(page, 0, 1);
    await page.mouse.move(x, y);
    await expect.poll(() => text(page, '.image .shown')).toBe('Where the patch in row 0, column 1 looks, head 0');
    // Patch 1 is token 2, and looks at token 7: patch 6.
    await expect.poll(async () => luminance(await pixel(page, 1, 2))).toBeLessThan(strong + 0.2);
    await page.mouse.click(x, y);
    await expect.poll(() => pins(page)).toEqual({ queries: [2], keys: [] });
    const other = await over(page, 1, 2);
    await page.mouse.move(other.x, other.y);
    await expect.poll(() => text(page, '.image .read')).toBe('the patch in row 1, column 2: 0.520');
    await expect.poll(() => readout(page)).toMatchObject({ weight: '0.520' });
    await page.locator('head-scope .specials button').click();
    await expect.poll(() => pins(page)).toEqual({ queries: [0], keys: [] });
  });

  it('is reached by the keyboard, moves by patches, and shows itself when the weights are made transparent', async () => {
    const page = await openImage({ viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
    await page.locator('head-scope .patches').focus();
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    await expect.poll(() => text(page, '.image .shown')).toBe('Where the patch in row 2, column 1 looks, head 0');
    await page.keyboard.press('Enter');
    await expect.poll(() => pins(page)).toEqual({ queries: [10], keys: [] });
    await page.keyboard.press('Escape');
    await screenshot(page, 'element-views-image');
    expect(await axeViolations(page)).toEqual([]);
    await page.locator('head-scope .beside input').fill('0');
    await expect.poll(() => pixel(page, 3, 3)).toEqual([0xdd, 0xdd, 0x33]);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });

  it('is pinned by a tap', async () => {
    const page = await openImage({ hasTouch: true, viewport: { width: 360, height: 740 } });
    const { x, y } = await over(page, 3, 3);
    await page.touchscreen.tap(x, y);
    await expect.poll(() => pins(page)).toEqual({ queries: [16], keys: [] });
  });
});
