import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { cellCentre, draw, drawVectors, elementPage, ElementFixture, events, text } from './element-fixture.js';
import { axeViolations } from './support/axe.js';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';

const TOKENS = 'The cat sat on the mat because it was warm .'.split(' ');

let fixture: ElementFixture;
let watched: WatchedPage;

beforeAll(async () => {
  fixture = await ElementFixture.start({
    '/slot.html': elementPage('<p>Weights of head 3, as a table.</p>'),
    '/dark.html': elementPage('', 'theme="dark"'),
  });
});
afterAll(() => fixture.stop());
afterEach(async () => {
  const { problems } = watched;
  await watched.close();
  expect(problems).toEqual([]);
});

async function open(options: BrowserContextOptions = {}, path?: string): Promise<Page> {
  watched = await fixture.open({ viewport: { width: 1000, height: 860 }, ...options }, path);
  return watched.page;
}

/** Takes a picture of the state and lets axe look at it. */
async function inspect(page: Page, name: string): Promise<void> {
  await page.evaluate(() => window.harness.painted());
  await screenshot(page, `element-${name}`);
  expect(await axeViolations(page)).toEqual([]);
}

async function pin(page: Page, query: number, key: number): Promise<void> {
  const { x, y } = await cellCentre(page, query, key);
  await page.mouse.click(x, y);
}

async function sentence(page: Page, causal = false): Promise<void> {
  await drawVectors(page, [8, 11, 11, 16], { tokens: TOKENS, causal });
}

describe('every state is clean and has its picture:', () => {
  it('nothing given', async () => {
    const page = await open();
    await expect.poll(() => text(page, '.empty')).toContain('give this element query and key vectors, or weights');
    await inspect(page, 'empty');
  });

  it('nothing given, with content of the author', async () => {
    const page = await open({}, '/slot.html');
    await expect.poll(() => page.locator('text=Weights of head 3').isVisible()).toBe(true);
    await draw(page, { weights: [[1]] });
    await expect.poll(() => page.locator('text=Weights of head 3').isVisible()).toBe(false);
  });

  it('a sentence with a pinned cell, by light, dark and forced colours', async () => {
    for (const [name, options] of [
      ['light', {}],
      ['dark', { colorScheme: 'dark' }],
      ['forced-colors', { forcedColors: 'active' }],
      ['reduced-motion', { reducedMotion: 'reduce' }],
    ] as const) {
      const page = await open(options);
      await sentence(page, true);
      await pin(page, 9, 3);
      await inspect(page, `sentence-${name}`);
      if (name === 'reduced-motion') {
        const moving = await page.evaluate(() =>
          Array.from(window.harness.scope.shadowRoot?.querySelectorAll('*') ?? []).filter(
            (node) => getComputedStyle(node).transitionDuration !== '0s',
          ),
        );
        expect(moving).toEqual([]);
      } else {
        expect(watched.problems).toEqual([]);
        await watched.close();
      }
    }
  });

  it('focus on a head and on a cell', async () => {
    const page = await open();
    await sentence(page);
    await page.keyboard.press('Tab');
    await inspect(page, 'focus-head');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await inspect(page, 'focus-cell');
  });

  it('narrow', async () => {
    const page = await open({ viewport: { width: 360, height: 800 } });
    await sentence(page);
    await pin(page, 9, 3);
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await inspect(page, 'narrow');
  });

  it('one cell', async () => {
    const page = await open();
    await draw(page, { weights: [[1]], tokens: ['alone'] });
    await expect.poll(() => text(page, '.summary')).toBe('"alone" looks only at itself (100 %).');
    await inspect(page, 'one-cell');
  });

  it('few queries, many keys', async () => {
    const page = await open();
    await drawVectors(page, [4, 3, 120, 8]);
    await inspect(page, 'rectangular');
  });

  it('long', async () => {
    const page = await open();
    await drawVectors(page, [12, 1024, 1024, 16], { causal: true });
    await inspect(page, 'long');
  });

  it('NaN, masked rows, and labels of other scripts', async () => {
    const page = await open();
    await draw(page, {
      weights: [
        [
          [0.5, 0.5, 0],
          [NaN, 0.25, 0.25],
          [0, 0, 0],
        ],
        [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ],
      ],
      tokens: ['猫が', 'שלום עולם', '<img src=x onerror=alert(1)>'],
    });
    await pin(page, 1, 1);
    await inspect(page, 'nan');
  });

  it('no tokens at all', async () => {
    const page = await open();
    await page.evaluate(() => {
      const none = { data: new Float32Array(0), shape: [0, 4] };
      Object.assign(window.harness.scope, { query: none, key: none });
      return window.harness.scope.updateComplete;
    });
    await expect.poll(() => text(page, '.notice')).toBe('No tokens, so there are no weights to look at.');
    await inspect(page, 'no-tokens');
  });
});

describe('an input that does not fit', () => {
  const errorOf = (page: Page): Promise<string> => text(page, '[role=alert]');

  it.each<[string, Record<string, unknown>, string, string]>([
    ['ragged rows', { weights: [[1, 2], [3]] }, 'InvalidShape', 'weights: expected rows of 2, got 1 at [1].'],
    ['words', { weights: [['a']] }, 'InvalidType', 'weights: expected a number, got "a" at [0][0].'],
    [
      'too few dimensions',
      { weights: [1, 2] },
      'InvalidShape',
      'weights: expected (queries, keys), (heads, queries, keys) or (batch, heads, queries, keys), got shape (2).',
    ],
    [
      'depths that differ',
      { query: [[1, 2]], key: [[1, 2, 3]] },
      'InvalidShape',
      'key: expected 1 heads of depth 2, as query has, got shape (1, 3).',
    ],
    [
      'a query alone',
      { query: [[1, 2]] },
      'InvalidArgument',
      'key: expected a tensor, because the other of query and key is given, got nothing.',
    ],
    [
      'a value of another length',
      { query: [[1]], key: [[1]], value: [[1], [2]] },
      'InvalidShape',
      'value: expected 1 heads of length 1, as key has, got shape (2, 1).',
    ],
    [
      'too few labels',
      { weights: [[1]], tokens: ['a', 'b'] },
      'InvalidShape',
      'tokens: expected 1 labels, one for each query, got 2.',
    ],
    [
      'labels that are no text',
      { weights: [[1]], tokens: [1] },
      'InvalidType',
      'tokens: expected strings, got number at [0].',
    ],
    [
      'more cells than fit',
      { query: { data: [], shape: [1, 300_000, 0] }, key: { data: [], shape: [1, 300_000, 0] } },
      'InvalidShape',
      'query and key: expected at most 68 719 476 736 weights in all (with 1 head, 262144 tokens), got 1 × 300000 × 300000 = 90 000 000 000.',
    ],
  ])('is refused in a sentence: %s', async (_name, properties, code, message) => {
    const page = await open();
    await page.evaluate((given) => {
      Object.assign(window.harness.scope, given);
      return window.harness.scope.updateComplete;
    }, properties);
    await expect.poll(() => errorOf(page)).toBe(message);
    await expect.poll(async () => (await events(page, 'error'))[0]).toMatchObject({ code });
    await expect.poll(() => page.evaluate(() => window.harness.scope.result)).toBeNull();
  });

  it('keeps the last picture, marked, and goes on with the next input', async () => {
    const page = await open();
    await sentence(page);
    await page.evaluate(() => {
      window.harness.scope.tokens = ['too', 'few'];
      return window.harness.scope.updateComplete;
    });
    await expect
      .poll(() => errorOf(page))
      .toBe('tokens: expected 11 labels, one for each query, got 2. Below is the last picture that could be drawn.');
    await expect.poll(() => page.locator('head-scope .cells').isVisible()).toBe(true);
    await inspect(page, 'stale');
    await sentence(page);
    await expect.poll(() => page.locator('head-scope [role=alert]').count()).toBe(0);
    await expect.poll(() => page.locator('head-scope .stale').count()).toBe(0);
  });

  it('without a picture before it leaves only the sentence', async () => {
    const page = await open();
    await page.evaluate(() => {
      window.harness.scope.weights = [[1, 2], [3]];
      return window.harness.scope.updateComplete;
    });
    await inspect(page, 'error');
  });
});

describe('long work', () => {
  /** A computation that takes many seconds on any machine: as many weights as there may be. */
  const start = (page: Page): Promise<void> =>
    page.evaluate(() => {
      Object.assign(window.harness.scope, window.harness.vectors(64, 32768, 32768, 4), { tokens: undefined });
    });

  it('shows a bar with a figure, can be cancelled, and brings the picture before back', async () => {
    const page = await open();
    await sentence(page);
    await start(page);
    await page.locator('head-scope [role=progressbar]').waitFor();
    await expect.poll(() => page.evaluate(() => window.harness.scope.busy)).toBe(true);
    await expect.poll(() => text(page, '.progress')).toMatch(/^<? ?\d+ % Cancel$/);
    await inspect(page, 'busy');
    await page.locator('head-scope button', { hasText: 'Cancel' }).click();
    await expect.poll(() => page.evaluate(() => window.harness.scope.busy)).toBe(false);
    await expect.poll(() => text(page, '.notice')).toBe('Cancelled. This is the picture before.');
    await expect.poll(() => page.locator('head-scope [role=grid]').getAttribute('aria-rowcount')).toBe('12');
    await expect.poll(async () => (await events(page, 'error')).at(-1)).toMatchObject({ code: 'Aborted' });
    await expect.poll(() => page.evaluate(() => window.harness.scope.result?.weights.shape)).toEqual([8, 11, 11]);
  });

  it('is dropped when a newer input comes', async () => {
    const page = await open();
    await start(page);
    await page.locator('head-scope [role=progressbar]').waitFor();
    await sentence(page);
    await expect.poll(() => page.evaluate(() => window.harness.scope.result?.weights.shape)).toEqual([8, 11, 11]);
    await page.waitForTimeout(1500);
    await expect.poll(() => page.evaluate(() => window.harness.scope.result?.weights.shape)).toEqual([8, 11, 11]);
    await expect.poll(() => events(page, 'ready')).toEqual([{ heads: 8, queries: 11, keys: 11 }]);
    await expect.poll(() => events(page, 'error')).toEqual([]);
  });

  it('reports its progress from 0 to 1', async () => {
    const page = await open();
    await drawVectors(page, [6, 200, 200, 16]);
    const fractions = (await events(page, 'progress')).map(({ fraction }) => Number(fraction));
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });
});

describe('the theme', () => {
  const background = (page: Page): Promise<string> =>
    page.locator('head-scope .scope').evaluate((node) => getComputedStyle(node).backgroundColor);

  it('follows the reader, unless the attribute says otherwise', async () => {
    const page = await open({ colorScheme: 'light' });
    await expect.poll(() => background(page)).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.evaluate(() => window.harness.painted());
    await expect.poll(() => background(page)).toBe('rgb(20, 23, 27)');
    await page.evaluate(() => {
      window.harness.scope.theme = 'light';
      return window.harness.scope.updateComplete;
    });
    await expect.poll(() => background(page)).toBe('rgb(255, 255, 255)');
  });

  it('can be set in the markup', async () => {
    const page = await open({ colorScheme: 'light' }, '/dark.html');
    await expect.poll(() => background(page)).toBe('rgb(20, 23, 27)');
  });
});
