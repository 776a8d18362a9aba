import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeViolations } from './support/axe.js';
import { openPage, type WatchedPage } from './support/chromium.js';
import { distFolder } from './support/paths.js';
import { screenshot } from './support/screenshot.js';
import { drawnWeights, drawnWhen, openTab, PageUnderTest } from './page-fixture.js';

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

type Page = WatchedPage['page'];

const PHONE = { width: 360, height: 720 };

/** Every state that the page can be looked at in, by name. */
const STATES: Record<string, (page: Page) => Promise<unknown>> = {
  vectors: drawnWeights,
  'vectors-error': (page) => page.getByLabel('cats, number 1').fill('x'),
  'vectors-pinned': async (page) => {
    await page.locator('head-scope').getByRole('grid').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
  },
  'vectors-explained': (page) => page.getByText('What am I seeing?').click(),
  text: async (page) => {
    await openTab(page, 'Text');
    await drawnWhen(page, ({ shape }) => shape[1] === 12);
  },
  'text-causal': async (page) => {
    await openTab(page, 'Text');
    await drawnWhen(page, ({ shape }) => shape[1] === 12);
    await page.getByLabel('causal').check();
    await drawnWhen(page, ({ weights }) => weights[1] === 0);
  },
  'text-error': async (page) => {
    await openTab(page, 'Text');
    await page.getByLabel('A sentence').fill('');
  },
  image: async (page) => {
    await openTab(page, 'Image');
    await drawnWhen(page, ({ shape }) => (shape[1] ?? 0) > 12);
  },
  file: async (page) => {
    await openTab(page, 'File');
    await page.waitForTimeout(500);
  },
  'damaged-link': (page) =>
    page.evaluate(() => {
      location.hash = '#v1.broken';
    }),
};

const LOOKS: Record<string, BrowserContextOptions> = {
  light: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: PHONE, hasTouch: true },
  forced: { viewport: { width: 1280, height: 800 }, forcedColors: 'active', reducedMotion: 'reduce' },
};

describe.each(Object.entries(LOOKS))('%s', (look, options) => {
  test.each(Object.entries(STATES))(
    '%s: axe finds nothing, nothing sticks out, nothing is printed',
    async (state, reach) => {
      const watched = await under.open('', options);
      const { page } = watched;
      const printed: string[] = [];
      page.on('console', (message) => printed.push(message.text()));
      await reach(page);
      await page.waitForTimeout(200);
      await screenshot(page, `page-${look}-${state}`);
      expect(await axeViolations(page)).toEqual([]);
      const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      expect(wide).toBeLessThanOrEqual(room ?? 0);
      expect(printed).toEqual([]);
      expect(watched.problems).toEqual([]);
      await watched.close();
    },
  );
});

test('every tab keeps what is in it while another is open', async () => {
  const { page, close } = await under.open();
  await page.getByLabel('cats, number 1').fill('1.5');
  await openTab(page, 'Text');
  await drawnWhen(page, ({ shape }) => shape[1] === 12);
  await page.getByLabel('A sentence').fill('one two three four');
  await drawnWhen(page, ({ shape }) => shape[1] === 4);
  await openTab(page, 'Vectors');
  await drawnWhen(page, ({ shape }) => shape[1] === 3);
  expect(await page.getByLabel('cats, number 1').inputValue()).toBe('1.5');
  await openTab(page, 'Text');
  await drawnWhen(page, ({ shape }) => shape[1] === 4);
  await close();
});

test('the colours follow the button, and are remembered', async () => {
  const { page, close } = await under.open();
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: 'Colours' }).click();
  expect(await ground()).toBe(light);
  await page.getByRole('button', { name: 'Colours: light' }).click();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  expect(await ground()).toBe(dark);
  await close();
});

test('tabs by keyboard', async () => {
  const { page, close } = await under.open();
  await page.getByRole('tab', { name: 'Vectors' }).focus();
  await page.keyboard.press('ArrowRight');
  await drawnWhen(page, ({ shape }) => shape[1] === 12);
  expect(await page.getByRole('tab', { name: 'Text' }).getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('End');
  expect(await page.getByRole('tab', { name: 'File' }).getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('ArrowRight');
  await drawnWhen(page, ({ shape }) => shape[1] === 3);
  await close();
});

test('long work shows how far it is, and can be cancelled: the picture before stays', async () => {
  const { page, problems, close } = await under.open();
  await openTab(page, 'Text');
  await page.getByRole('spinbutton', { name: 'Heads' }).fill('64');
  const before = await drawnWhen(page, ({ shape }) => shape.join() === '64,12,12');
  await page.getByLabel('A sentence').fill('to be or not '.repeat(1400));
  const scope = page.locator('head-scope');
  await scope.getByRole('progressbar').waitFor();
  await screenshot(page, 'page-progress');
  await scope.getByRole('button', { name: 'Cancel' }).click();
  expect(await drawnWeights(page)).toEqual(before);
  expect(problems).toEqual([]);
  await close();
});

test('the page in one file opens from the disk, offline', async () => {
  const file = join(distFolder, 'headscope.html');
  if (!existsSync(file)) throw new Error(`${file} is not built: npm run build`);
  const watched = await openPage(under.browser, pathToFileURL(file).href, { offline: true });
  const { page } = watched;
  const first = await drawnWeights(page);
  expect(first.shape).toEqual([1, 3, 3]);
  expect(first.weights[1]).toBeCloseTo(0.575, 3);
  await openTab(page, 'Text');
  await drawnWhen(page, ({ shape }) => shape[1] === 12);
  await openTab(page, 'Image');
  await drawnWhen(page, ({ shape }) => (shape[1] ?? 0) > 12);
  await screenshot(page, 'page-one-file');
  expect(watched.problems).toEqual([]);
  await watched.close();
});
