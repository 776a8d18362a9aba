import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Locator } from 'playwright-core';
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

const alert = (page: Page): Promise<void> => page.getByRole('alert').waitFor();
const grid = (page: Page): Locator => page.locator('head-scope').getByRole('grid');

/** How to come to a state of the page, and how to leave it for the next where that is not the next one's doing. */
type State = readonly [name: string, reach: (page: Page) => Promise<unknown>, leave?: (page: Page) => Promise<unknown>];

/** Every state that the page can be looked at in, each reached from the one before. */
const STATES: readonly State[] = [
  ['vectors', drawnWeights],
  [
    'vectors-explained',
    (page) => page.getByText('What am I seeing?').click(),
    (page) => page.getByText('What am I seeing?').click(),
  ],
  [
    'vectors-pinned',
    async (page) => {
      await grid(page).focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.locator('head-scope').getByRole('button', { name: 'Unpin' }).waitFor();
    },
    (page) => grid(page).press('Escape'),
  ],
  [
    'vectors-error',
    async (page) => {
      await page.getByLabel('cats, number 1').fill('x');
      await alert(page);
    },
  ],
  [
    'text',
    async (page) => {
      await openTab(page, 'Text');
      await drawnWhen(page, ({ shape }) => shape[1] === 12);
    },
  ],
  [
    'text-causal',
    async (page) => {
      await page.getByLabel('causal').check();
      await drawnWhen(page, ({ weights }) => weights[1] === 0);
    },
    (page) => page.getByLabel('causal').uncheck(),
  ],
  [
    'text-error',
    async (page) => {
      await page.getByLabel('A sentence').fill('');
      await alert(page);
    },
  ],
  [
    'image',
    async (page) => {
      await openTab(page, 'Image');
      await drawnWhen(page, ({ shape }) => (shape[1] ?? 0) > 12);
    },
  ],
  [
    'file',
    async (page) => {
      await openTab(page, 'File');
      await drawnWhen(page, ({ shape }) => shape.join() === '1,9,9');
    },
  ],
  [
    'damaged-link',
    async (page) => {
      await page.evaluate(() => {
        location.hash = '#v1.broken';
      });
      await alert(page);
    },
  ],
];

const LOOKS: Record<string, BrowserContextOptions> = {
  light: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: PHONE, hasTouch: true },
  forced: { viewport: { width: 1280, height: 800 }, forcedColors: 'active', reducedMotion: 'reduce' },
};

describe.each(Object.entries(LOOKS))('%s', (look, options) => {
  let watched: WatchedPage;
  const printed: string[] = [];

  beforeAll(async () => {
    watched = await under.open('', options);
    watched.page.on('console', (message) => printed.push(message.text()));
  });
  afterAll(() => watched.close());

  for (const [state, reach, leave] of STATES) {
    test(`${state}: axe finds nothing, nothing sticks out, nothing is printed`, async () => {
      const { page, problems } = watched;
      await reach(page);
      await screenshot(page, `page-${look}-${state}`);
      expect(await axeViolations(page)).toEqual([]);
      const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      expect(wide).toBeLessThanOrEqual(room ?? 0);
      expect(printed).toEqual([]);
      expect(problems).toEqual([]);
      await leave?.(page);
    });
  }
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
  await expect.poll(() => page.getByLabel('cats, number 1').inputValue()).toBe('1.5');
  await openTab(page, 'Text');
  await drawnWhen(page, ({ shape }) => shape[1] === 4);
  await close();
});

test('the colours follow the button, and are remembered', async () => {
  const { page, close } = await under.open();
  const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByRole('button', { name: 'Colours' }).click();
  await expect.poll(() => ground()).toBe(light);
  await page.getByRole('button', { name: 'Colours: light' }).click();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await expect.poll(() => ground()).toBe(dark);
  await close();
});

test('tabs by keyboard', async () => {
  const { page, close } = await under.open();
  await page.getByRole('tab', { name: 'Vectors' }).focus();
  await page.keyboard.press('ArrowRight');
  await drawnWhen(page, ({ shape }) => shape[1] === 12);
  await expect.poll(() => page.getByRole('tab', { name: 'Text' }).getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('End');
  await expect.poll(() => page.getByRole('tab', { name: 'File' }).getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('ArrowRight');
  await drawnWhen(page, ({ shape }) => shape[1] === 3);
  await close();
});

test('long work shows how far it is, and can be cancelled: the picture before stays', async () => {
  const { page, problems, close } = await under.open();
  await openTab(page, 'Text');
  await page.getByRole('spinbutton', { name: 'Heads' }).fill('64');
  const before = await drawnWhen(page, ({ shape }) => shape.join() === '64,12,12');
  // Clicked by the page itself as soon as it is there: a machine with many processors is done before a message comes.
  const cancelled = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const root = document.querySelector('hs-page')?.shadowRoot?.querySelector('head-scope')?.shadowRoot;
        if (!root) throw new Error('nothing is drawn');
        new MutationObserver((_, observer) => {
          const bar = root.querySelector('[role=progressbar]');
          const button = bar?.parentElement?.querySelector('button');
          if (!bar || !button) return;
          observer.disconnect();
          button.click();
          resolve(button.textContent.trim());
        }).observe(root, { subtree: true, childList: true });
      }),
  );
  await page.getByLabel('A sentence').fill('to be or not '.repeat(1400));
  expect(await cancelled).toBe('Cancel');
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
