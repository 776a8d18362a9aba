import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { loadLayers } from 'headscope/layers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normals } from '../../web/demo/seeded.js';
import { tryThis } from './chapters-fixture.js';
import { distance, PageUnderTest } from './page-fixture.js';
import { axeViolations } from './support/axe.js';
import { openPage, type WatchedPage } from './support/chromium.js';
import { latinProse } from './support/latin.js';
import { distFolder } from './support/paths.js';
import { screenshot } from './support/screenshot.js';

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

async function ready(page: Page): Promise<void> {
  await page.locator('hs-pixels.map').waitFor();
  await page.locator('hs-pixels.attention').waitFor();
}

async function open(options: BrowserContextOptions = {}, query = ''): Promise<WatchedPage> {
  const watched = await under.open(`?chapter=patches${query}`, options, false);
  await ready(watched.page);
  return watched;
}

async function inside(act: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  const watched = await open(options);
  await act(watched.page);
  expect(watched.problems).toEqual([]);
  await watched.close();
}

const LOOKS: Record<string, readonly [BrowserContextOptions, string]> = {
  light: [{}, ''],
  dark: [{ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' }, ''],
  phone: [{ viewport: { width: 360, height: 720 }, hasTouch: true }, ''],
  forced: [{ forcedColors: 'active', reducedMotion: 'reduce' }, ''],
  chinese: [{}, '&lang=zh'],
  embedded: [{ viewport: { width: 720, height: 800 } }, '&embed'],
};

test.each(Object.entries(LOOKS))(
  '%s: axe finds nothing, nothing sticks out, nothing is printed',
  async (look, [options, query]) => {
    const { page, problems, close } = await open(options, query);
    await screenshot(page, `chapter-patches-${look}`);
    expect(await axeViolations(page)).toEqual([]);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(wide).toBeLessThanOrEqual(room ?? 0);
    await expect.poll(() => page.locator('header').count()).toBe(look === 'embedded' ? 0 : 1);
    expect(problems).toEqual([]);
    await close();
  },
);

/** Names that the chapter's Chinese has in Latin letters. */
const NAMES =
  /\b(MobileViT|Mehta|Rastegari|to_qkv|to_out|dim_head|dropout|dim|heads|softmax|headscope|English|JavaScript)\b/g;

test('in Chinese nothing is left in English', async () => {
  const { page, close } = await open({}, '&lang=zh');
  const left = async (): Promise<string[]> =>
    (await latinProse(page)).filter((text) => /[A-Za-z]{2}/.test(text.replace(NAMES, '')));
  await expect.poll(() => left()).toEqual([]);
  for (const group of ['.layer-tried', '.shapes-tried', '.sheet']) {
    for (const button of await page.locator(`${group} button`).all()) {
      await button.click();
      await expect.poll(() => left()).toEqual([]);
    }
  }
  for (const field of await page.locator('hs-number input').all()) await field.fill('-1');
  await expect.poll(() => left()).toEqual([]);
  await close();
});

test('the page in one file has the model inside', async () => {
  const file = pathToFileURL(join(distFolder, 'headscope.html'));
  file.search = '?chapter=patches';
  const { page, problems, close } = await openPage(under.browser, file.href, { offline: true });
  await ready(page);
  await expect.poll(() => page.locator('.said').textContent()).toContain('It says: star');
  expect(problems).toEqual([]);
  await close();
});

test('a model that cannot be had is told in a sentence, and the layer is there all the same', async () => {
  const context = await under.browser.newContext();
  const page = await context.newPage();
  await page.route('**/*.safetensors', (route) => route.abort());
  await page.goto(`${under.server.origin}/?chapter=patches`);
  await page.getByRole('alert').getByText('The trained model could not be loaded').waitFor();
  await page.locator('hs-pixels.map').waitFor();
  await context.close();
});

function overlayOf(pixels: Locator): Promise<number[]> {
  return pixels.evaluate((element) => [...(element as unknown as { overlay: { data: Float32Array } }).overlay.data]);
}

describe('the layer', () => {
  /** Attention of one token, by hand: the numbers that the page draws, in double precision. */
  async function byHand(
    rows: number,
    columns: number,
    [dim, heads, headDim]: readonly [number, number, number],
    [row, column]: readonly [number, number],
    head: number,
  ): Promise<number[]> {
    const engine = await loadLayers();
    const inner = heads * headDim;
    const { data: weight } = engine.initialise({ 'to_qkv.weight': [3 * inner, dim] }, { seed: 7, gain: 4 })[
      'to_qkv.weight'
    ] as { data: Float32Array };
    const map = normals(rows * columns * dim, 7, 1);
    const projected = (i: number, j: number, part: number): number[] =>
      Array.from({ length: headDim }, (_, each) => {
        const out = part * inner + head * headDim + each;
        let sum = 0;
        for (let d = 0; d < dim; d++) sum += (weight[out * dim + d] ?? NaN) * (map[(i * columns + j) * dim + d] ?? NaN);
        return sum;
      });
    const query = projected(row, column, 0);
    const powers = Array.from({ length: rows * columns }, (_, index) => {
      const [i, j] = [Math.floor(index / columns), index % columns];
      if (i % 2 !== row % 2 || j % 2 !== column % 2) return 0;
      const key = projected(i, j, 1);
      return Math.exp(query.reduce((sum, value, d) => sum + value * (key[d] ?? NaN), 0) / Math.sqrt(headDim));
    });
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  }

  test('draws what a computation by hand gives, for several sizes, tokens and heads', () =>
    inside(async (page) => {
      const map = page.locator('hs-pixels.map');
      await expect
        .poll(async () => distance(await overlayOf(map), await byHand(6, 8, [32, 8, 64], [2, 3], 0)))
        .toBeLessThan(1e-5);
      await page.locator('hs-select.head select').first().selectOption('5');
      await expect
        .poll(async () => distance(await overlayOf(map), await byHand(6, 8, [32, 8, 64], [2, 3], 5)))
        .toBeLessThan(1e-5);
      for (const [name, value] of [
        ['rows', '4'],
        ['columns', '10'],
        ['dim', '9'],
        ['heads', '7'],
        ['headDim', '3'],
      ] as const) {
        await page.locator(`hs-number[data-name=${name}] input`).fill(value);
      }
      await map.getByRole('application').focus();
      // From the middle, (2, 5), to (1, 6).
      for (const key of ['ArrowUp', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
      await expect
        .poll(async () => distance(await overlayOf(map), await byHand(4, 10, [9, 7, 3], [1, 6], 5)))
        .toBeLessThan(1e-5);
      await expect
        .poll(() => page.locator('.looked').first().textContent())
        .toContain('row 1, column 6 has place 2 in patch 3');
      const box = await map.boundingBox();
      await page.mouse.click((box?.x ?? 0) + 3, (box?.y ?? 0) + 3);
      await expect
        .poll(async () => distance(await overlayOf(map), await byHand(4, 10, [9, 7, 3], [0, 0], 5)))
        .toBeLessThan(1e-5);
    }));

  test('what is tried shows what it says', () =>
    inside(async (page) => {
      expect(await tryThis(page, 'One head as wide')).toContain('to_out is the identity');
      await expect.poll(() => page.locator('.layer').textContent()).toContain('to_out is the identity');
      const code = page.locator('hs-equation-code pre').first();
      await expect.poll(() => code.textContent()).not.toContain('to_out');
      const dropped = await tryThis(page, 'Dropout 0.5');
      const [, zeros, all, differing] = /^(\d+) of (\d+) .* (\d+) numbers differ/.exec(dropped) ?? [];
      expect(Number(all)).toBe(6 * 8 * 32);
      // Five standard deviations about a half.
      expect(Math.abs(Number(zeros) - 768)).toBeLessThan(5 * Math.sqrt(1536 / 4));
      expect(differing).toBe('0');
      const first = await page.locator('.layer').textContent();
      expect(first).toContain(`Training: ${zeros} of 1536`);
      await page.locator('hs-number[data-name=seed] input').fill('8');
      await expect.poll(() => page.locator('.layer').textContent()).not.toBe(first);
      await page.getByLabel('training').uncheck();
      await expect
        .poll(() => page.locator('.layer').textContent())
        .toContain('Outside of training, dropout does nothing');
      await tryThis(page, 'A map with an odd number');
      await expect
        .poll(() => page.locator('hs-number[data-name=rows]').getByRole('alert').textContent())
        .toContain('An even number');
      await expect.poll(async () => (await overlayOf(page.locator('hs-pixels.map'))).length).toBe(48);
      await tryThis(page, /Start again/);
      await expect.poll(() => page.getByRole('alert').count()).toBe(0);
    }));

  test('numbers that cannot be are told beside their field, and the picture stays', () =>
    inside(async (page) => {
      const before = await overlayOf(page.locator('hs-pixels.map'));
      for (const [name, bad, told] of [
        ['rows', '1', 'An even number from 2 to 16'],
        ['columns', '4000', 'An even number from 2 to 16'],
        ['dim', '0', 'A whole number from 1 to 128'],
        ['heads', 'x', 'A whole number from 1 to 16'],
        ['headDim', '', 'A whole number from 1 to 128'],
        ['dropout', '1', 'less than 1'],
        ['seed', '-1', 'A whole number from 0'],
      ] as const) {
        const field = page.locator(`hs-number[data-name=${name}]`);
        await field.locator('input').fill(bad);
        await expect.poll(() => field.getByRole('alert').textContent()).toContain(told);
      }
      await expect.poll(() => overlayOf(page.locator('hs-pixels.map'))).toEqual(before);
    }));
});

interface Example {
  readonly picture: readonly number[];
  readonly divideBy: number;
  readonly output: string;
  readonly logits: readonly number[];
  readonly 'blocks.0.attention.weights[0, :, 27]'?: readonly (readonly number[])[];
  readonly 'blocks.1.attention.weights[0, :, 27]'?: readonly (readonly number[])[];
}

describe('the trained model', () => {
  const read = (file: string): object =>
    JSON.parse(readFileSync(fileURLToPath(new URL(`../../web/models/${file}`, import.meta.url)), 'utf8')) as object;
  const shapes = { ...read('shapes.json'), ...read('shapes.examples.json') } as {
    readonly examples: readonly Example[];
    readonly classes: readonly string[];
  };

  /** Puts a picture on the sheet, and reads what the model says of it. */
  function said(page: Page, example: Example): Promise<number[]> {
    return page.locator('hs-shapes').evaluate((element, { picture, divideBy }) => {
      const section = element as unknown as {
        set(picture: { data: Float32Array; shape: number[] }): void;
        readonly result: { readonly probabilities: number[] };
      };
      section.set({ data: Float32Array.from(picture, (value) => value / divideBy), shape: [32, 32] });
      return section.result.probabilities;
    }, example);
  }

  test('agrees with PyTorch: probabilities of three drawings, and attention in both blocks', () =>
    inside(async (page) => {
      for (const example of shapes.examples) {
        const powers = example.logits.map((logit) => Math.exp(logit));
        const sum = powers.reduce((total, power) => total + power, 0);
        const expected = powers.map((power) => power / sum);
        expect(distance(await said(page, example), expected)).toBeLessThan(1e-3);
        await expect.poll(() => page.locator('tr.most').getAttribute('data-class')).toBe(example.output);
      }
      const [first] = shapes.examples;
      if (!first) throw new Error('shapes.examples.json has no examples');
      await said(page, first);
      const attention = page.locator('hs-pixels.attention');
      // Place 0 of patch 27: row 6, column 6 of the map, in pixels 12 to 14.
      await attention.scrollIntoViewIfNeeded();
      const box = await attention.boundingBox();
      const at = ((box?.width ?? 0) * 13) / 32;
      await page.mouse.click((box?.x ?? 0) + at, (box?.y ?? 0) + at);
      await expect.poll(() => page.locator('.looks .looked').textContent()).toContain('row 6, column 6');
      for (const block of ['0', '1'] as const) {
        await page.locator('hs-select.block select').selectOption(block);
        const heads = first[`blocks.${block}.attention.weights[0, :, 27]`] ?? [];
        for (const [head, expected] of heads.entries()) {
          await page.locator('.looks hs-select.head select').selectOption(String(head));
          const overlay = await overlayOf(attention);
          const own = overlay.filter((_, index) => Math.floor(index / 16) % 2 === 0 && index % 2 === 0);
          expect(distance(own, expected)).toBeLessThan(2e-3);
          expect(overlay.filter((weight) => weight !== 0).length).toBeLessThanOrEqual(64);
        }
      }
    }));

  test('names every shape to begin with, and knows that an empty sheet means nothing', () =>
    inside(async (page) => {
      for (const name of shapes.classes) {
        await page.locator('.sheet').getByRole('button', { name }).click();
        await expect.poll(() => page.locator('.said').textContent()).toContain(`It says: ${name}`);
      }
      await page.getByRole('button', { name: 'empty sheet' }).click();
      await expect.poll(() => page.locator('.said').textContent()).toContain('The sheet is empty');
    }));

  const ink = (page: Page): Promise<number> =>
    page.locator('hs-pixels.drawing').evaluate((element) => {
      const { values } = element as unknown as { values: { data: Float32Array } };
      return values.data.reduce((sum, value) => sum + value, 0);
    });

  test('a cross drawn with the mouse is called a cross', () =>
    inside(async (page) => {
      await page.getByRole('button', { name: 'empty sheet' }).click();
      await page.locator('hs-pixels.drawing').scrollIntoViewIfNeeded();
      const box = await page.locator('hs-pixels.drawing').boundingBox();
      if (!box) throw new Error('there is no sheet');
      const line = async (from: readonly [number, number], to: readonly [number, number]): Promise<void> => {
        await page.mouse.move(box.x + from[0] * box.width, box.y + from[1] * box.height);
        await page.mouse.down();
        await page.mouse.move(box.x + to[0] * box.width, box.y + to[1] * box.height, { steps: 12 });
        await page.mouse.up();
      };
      await line([0.2, 0.5], [0.8, 0.5]);
      await line([0.5, 0.2], [0.5, 0.8]);
      await page.locator('tr.most[data-class=cross]').waitFor();
      await expect.poll(() => page.locator('.said').textContent()).toContain('It says: cross');
    }));

  test('a finger and the keyboard draw, too', () =>
    inside(
      async (page) => {
        await page.getByRole('button', { name: 'empty sheet' }).click();
        const sheet = page.locator('hs-pixels.drawing');
        await sheet.scrollIntoViewIfNeeded();
        const box = await sheet.boundingBox();
        await page.touchscreen.tap((box?.x ?? 0) + 40, (box?.y ?? 0) + 40);
        await expect.poll(() => ink(page)).toBeGreaterThan(1);
        const dot = await ink(page);
        await sheet.getByRole('application').focus();
        for (const key of ['ArrowDown', 'ArrowDown', ' ']) await page.keyboard.press(key);
        await expect.poll(() => ink(page)).toBeGreaterThan(1.5 * dot);
      },
      { hasTouch: true },
    ));

  test('what is tried shows what it says', () =>
    inside(async (page) => {
      const turned = await tryThis(page, 'Turn the star');
      expect(turned).toMatch(/Upright: star, .* Turned: star,/);
      expect(await tryThis(page, 'An upside-down heart')).toContain('says heart');
      const half = await tryThis(page, 'Half a circle');
      const name = await page.locator('tr.most th').textContent();
      expect(half).toContain(`says ${name?.trim()}, with ${await page.locator('tr.most .figure').textContent()}`);
    }));
});

test('the chapter takes less than 1 MB', () =>
  inside(async (page) => {
    const bytes = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).decodedBodySize, 0),
    );
    expect(bytes).toBeLessThan(1e6);
  }));
