import { readFile } from 'node:fs/promises';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../web/readers/npy.js';
import { draw, drawVectors, elementPage, ElementFixture, softmaxWeights, text } from './element-fixture.js';
import { layeredWeights, lineOfWords, arabic, chinese, sentence, small } from './pictures-scenes.js';
import { axeViolations } from './support/axe.js';
import type { WatchedPage } from './support/chromium.js';

let fixture: ElementFixture;
let watched: WatchedPage;

beforeAll(async () => {
  fixture = await ElementFixture.start({
    '/controls.html': elementPage('', 'controls'),
    '/rtl.html': elementPage('', 'controls').replace('<html', '<html dir="rtl"'),
  });
});
afterAll(() => fixture.stop());
afterEach(async () => {
  const { problems } = watched;
  await watched.close();
  expect(problems).toEqual([]);
});

async function open(path = '/controls.html', options: BrowserContextOptions = {}): Promise<Page> {
  watched = await fixture.open({ viewport: { width: 1000, height: 860 }, ...options }, path);
  return watched.page;
}

const rowsOf = (values: readonly number[], length: number): number[][] =>
  Array.from({ length: values.length / length }, (_, i) => values.slice(i * length, (i + 1) * length));

/** What the SVG of the element says, once a browser has read it as a picture. */
async function readSvg(
  page: Page,
): Promise<{ texts: string[]; names: string[]; title: string; desc: string; markup: string }> {
  const markup = await page.evaluate(async () => {
    const text = await window.harness.scope.toSVG();
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
    // Fails where it is not well formed.
    await image.decode();
    return text;
  });
  const parts = (name: string): string[] =>
    Array.from(markup.matchAll(new RegExp(`<${name}[^>]*>([^<]*)</${name}>`, 'g')), ([, inner = '']) =>
      inner.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
    );
  const names = Array.from(markup.matchAll(/<([a-z]+)/gi), ([, name = '']) => name);
  const [title = ''] = parts('title');
  const [desc = ''] = parts('desc');
  return { texts: parts('text'), names: [...new Set(names)], title, desc, markup };
}

describe('toSVG', () => {
  it('is shapes and text, with a title and a description', async () => {
    const page = await open();
    await draw(page, { ...sentence, view: ['matrix', 'lines', 'text'] });
    const svg = await readSvg(page);
    expect(svg.title).toBe('Attention weights of head 0');
    expect(svg.desc).toBe(
      await text(page, '.summary').then((words) => words.replace(/(["“])(\S+?)(["”])/g, '$1\u2068$2\u2069$3')),
    );
    // A label on each axis of the matrix, on each side of the lines, and in the text.
    expect(svg.texts.filter((word) => word === 'animal')).toHaveLength(5);
    // The colour bar alone is an image.
    expect(svg.markup.match(/<image/g)).toHaveLength(1);
    // 12 × 12 cells, 12 tokens, the ground, the frame of the cells and of the bar.
    expect(svg.markup.match(/<rect/g)?.length).toBeGreaterThanOrEqual(144 + 12 + 3);
  });

  it('holds hostile tokens as text, and characters that XML cannot hold as signs', async () => {
    const page = await open();
    const tokens = ['</text><script>alert(1)</script>', '&lt;b&gt; ]]>', '\ud800x\u0008', '"\' onload="alert(1)'];
    await draw(page, {
      tokens,
      weights: [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ],
    });
    const svg = await readSvg(page);
    expect(svg.names.sort()).toEqual(
      ['defs', 'desc', 'g', 'image', 'path', 'pattern', 'rect', 'svg', 'text', 'title'].sort(),
    );
    expect(svg.texts.some((word) => word.startsWith('"\' onload="al'))).toBe(true);
    expect(svg.texts.some((word) => word.startsWith('</text><scr'))).toBe(true);
    expect(svg.texts).toContain('\ufffdx<U+0008>');
    expect(svg.markup).not.toContain('<script');
  });

  it('of many cells is pixels inside, and small all the same', async () => {
    const page = await open();
    await drawVectors(page, [1, 300, 300, 8]);
    const svg = await readSvg(page);
    expect(svg.markup.match(/<image/g)).toHaveLength(2);
    expect(svg.markup.match(/<rect/g)?.length).toBeLessThan(20);
  });
});

describe('getRow and getTile', () => {
  it('give what a textbook gives, and refuse what is not there', async () => {
    const page = await open();
    await draw(page, { ...small, hide: [0], topK: 1 });
    const expected = softmaxWeights(rowsOf(small.query.data, 4), rowsOf(small.key.data, 4), 0.5);
    const [row, tile, pooled, refused] = await page.evaluate(async () => {
      const { scope } = window.harness;
      const all = { first: 0, count: 3 };
      const whole = await scope.getTile(0, all, { first: 1, count: 2 }, { height: 3, width: 2 });
      const one = await scope.getTile(0, all, all, { height: 1, width: 1 });
      return [
        Array.from(await scope.getRow(0, 1)),
        { data: Array.from(whole.data), shape: whole.shape },
        Array.from(one.data),
        await scope.getRow(0, 3).catch((error: Error) => error.message),
      ] as const;
    });
    row.forEach((weight, key) => expect(weight).toBeCloseTo(expected[1]?.[key] ?? NaN, 5));
    expect(tile.shape).toEqual([3, 2]);
    tile.data.forEach((weight, i) => expect(weight).toBeCloseTo(expected[i >> 1]?.[1 + (i % 2)] ?? NaN, 5));
    expect(pooled[0]).toBeCloseTo(Math.max(...expected.flat()), 5);
    expect(refused).toBe('query: expected a query from 0 to 2, got 3');
  });
});

describe('what is taken along', () => {
  it('is a PNG, an SVG, CSV on the clipboard, or a NumPy file', async () => {
    const page = await open('/controls.html', { permissions: ['clipboard-read', 'clipboard-write'] });
    await draw(page, small);
    await page.evaluate(() => window.harness.scope.pin({ query: 1, key: null }));
    await page.getByRole('button', { name: 'Take along' }).click();
    const saved = async (name: string): Promise<{ file: string; bytes: Uint8Array }> => {
      const coming = page.waitForEvent('download');
      await page.getByRole('button', { name }).click();
      const download = await coming;
      return { file: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    };
    const png = await saved('Save as PNG');
    expect(png.file).toBe('attention.png');
    expect(Array.from(png.bytes.subarray(0, 4))).toEqual([0x89, 0x50, 0x4e, 0x47]);
    const svg = await saved('Save as SVG');
    expect(svg.file).toBe('attention.svg');
    expect(Buffer.from(svg.bytes).toString()).toMatch(/^<svg/);
    const npy = readNpy((await saved('Save numbers (.npy)')).bytes, 'file');
    if (!('tensor' in npy)) throw new Error('no tensor');
    const expected = softmaxWeights(rowsOf(small.query.data, 4), rowsOf(small.key.data, 4), 0.5)[1] ?? [];
    expect(npy.tensor.shape).toEqual([1, 3]);
    npy.tensor.data.forEach((weight, key) => expect(weight).toBeCloseTo(expected[key] ?? NaN, 5));

    await page.getByRole('button', { name: 'Copy numbers (CSV)' }).click();
    await page.locator('head-scope .toolbar [role=status]', { hasText: 'Copied.' }).waitFor();
    const csv = await page.evaluate(() => navigator.clipboard.readText());
    const [names, numbers] = csv.trim().split(/\r?\n/);
    expect(names).toBe('"","river","bank","money"');
    expect(numbers?.split(',')[0]).toBe('"bank"');
    numbers
      ?.split(',')
      .slice(1)
      .forEach((weight, key) => expect(Number(weight)).toBeCloseTo(expected[key] ?? NaN, 5));
  });
});

describe('the table', () => {
  it('is the whole of a small matrix; T opens and closes it', async () => {
    const page = await open('/element.html');
    await draw(page, { ...sentence });
    const table = page.locator('head-scope .table');
    await page.locator('head-scope .grid').press('t');
    await table.waitFor();
    await expect.poll(() => text(page, '.table caption')).toContain('Attention weights of head 0');
    await expect.poll(() => table.locator('thead th').allTextContents()).toEqual(sentence.tokens);
    await expect.poll(() => table.locator('tbody th').allTextContents()).toEqual(sentence.tokens);
    const cells = (await table.locator('td').allTextContents()).slice(1).map(Number);
    expect(cells).toHaveLength(144);
    cells.forEach((weight, i) => expect(weight).toBeCloseTo(sentence.weights.data[i] ?? NaN, 3));
    expect(await axeViolations(page)).toEqual([]);
    await page.locator('head-scope .grid').press('t');
    await expect.poll(() => table.count()).toBe(0);
    await page.locator('head-scope .grid').press('t');
    await page.getByRole('button', { name: 'Close table' }).click();
    await expect.poll(() => table.count()).toBe(0);
    await expect
      .poll(() => page.evaluate(() => window.harness.scope.shadowRoot?.activeElement?.className))
      .toContain('grid');
  });

  it('of a large one has the largest weights of what is chosen, with their ranks', async () => {
    const page = await open('/element.html');
    const { data, shape } = layeredWeights(1, 2, 150);
    await draw(page, { weights: { data, shape: shape.slice(1) }, head: 1 });
    await page.locator('head-scope .grid').press('t');
    const lines = page.locator('head-scope .table tbody tr');
    await lines.first().waitFor();
    // What has the focus would be looked at before what is pinned.
    await page.evaluate(() => {
      const { scope } = window.harness;
      (scope.shadowRoot?.activeElement as HTMLElement | null)?.blur();
      scope.pin({ query: 149, key: null });
      return window.harness.painted();
    });
    const row = data.slice(150 * 150 + 149 * 150, 2 * 150 * 150);
    const largest = row.map((weight, key) => ({ weight, key })).sort((a, b) => b.weight - a.weight);
    await expect.poll(() => lines.count()).toBe(100);
    await expect.poll(() => text(page, '.table caption')).toBe('Where query 149 looks, head 1: the 100 largest of 150');
    await expect
      .poll(async () => (await lines.locator('th').allTextContents()).slice(0, 5).map(Number))
      .toEqual(largest.slice(0, 5).map(({ key }) => key));
    expect(await axeViolations(page)).toEqual([]);
  });
});

describe('print', () => {
  it('has the picture and its words, and nothing to press', async () => {
    const page = await open();
    await draw(page, { ...sentence });
    await page.emulateMedia({ media: 'print' });
    for (const selector of ['.cells > canvas', '.summary', '.legend', '.heads']) {
      await expect
        .poll(() => page.locator(`head-scope ${selector}`).first().isVisible(), { message: selector })
        .toBe(true);
    }
    const visible = await page.locator('head-scope button:visible, head-scope input:visible').count();
    expect(visible).toBe(0);
  });
});

describe('pages and tokens of other directions', () => {
  it('leave every word whole, and the axes as they are', async () => {
    for (const [path, tokens] of [
      ['/rtl.html', arabic],
      ['/rtl.html', chinese],
      ['/controls.html', arabic],
    ] as const) {
      const page = await open(path, { viewport: { width: 700, height: 900 } });
      await draw(page, { ...lineOfWords(tokens), view: ['matrix', 'lines', 'text'] });
      const found = await page.evaluate(() => {
        const { scope } = window.harness;
        const root = scope.shadowRoot as ShadowRoot;
        const box = scope.getBoundingClientRect();
        const outside = Array.from(
          root.querySelectorAll('.label, .token, .summary, .legend > *, dd, dt, button, .facts'),
        )
          .map((node) => ({ node, at: node.getBoundingClientRect() }))
          .filter(({ at }) => at.width > 0 && (at.left < box.left - 5 || at.right > box.right + 5))
          .map(({ node }) => node.outerHTML);
        const lefts = (selector: string): number[] =>
          Array.from(root.querySelectorAll(selector), (node) => node.getBoundingClientRect().left);
        return {
          outside,
          columns: lefts('.column-labels .label'),
          facts: root.querySelector('.facts span')?.textContent?.replace(/\s+/g, ' ').trim(),
          direction: getComputedStyle(root.querySelector('.facts') as Element).direction,
          wide: document.documentElement.scrollWidth > innerWidth,
        };
      });
      expect(found.outside).toEqual([]);
      expect(found.wide).toBe(false);
      expect(found.direction).toBe('ltr');
      // Key 0 stands on the left, on every page.
      expect(found.columns).toEqual([...found.columns].sort((a, b) => a - b));
      expect(await axeViolations(page)).toEqual([]);
      expect(watched.problems).toEqual([]);
      if (path === '/rtl.html') await watched.close();
    }
  });
});

describe('every view, with everything open,', () => {
  it('is clean by light, dark and forced colours', async () => {
    for (const options of [{}, { colorScheme: 'dark' }, { forcedColors: 'active' }] as const) {
      const page = await open('/controls.html', options);
      await draw(page, { ...small, view: ['matrix', 'lines', 'text'] });
      await page.evaluate(() => window.harness.scope.pin({ query: 1, key: 2 }));
      await page.getByRole('button', { name: 'More' }).click();
      await page.locator('head-scope .grid').press('e');
      await page.locator('head-scope .explainer').waitFor();
      await page.locator('head-scope .grid').press('t');
      await page.locator('head-scope .table').waitFor();
      await page.evaluate(() => window.harness.painted());
      expect(await axeViolations(page)).toEqual([]);
      await draw(page, { ...sentence, query: undefined, key: undefined, compare: { head: 1 } });
      await page.getByRole('button', { name: 'Take along' }).click();
      expect(await axeViolations(page)).toEqual([]);
      await page.evaluate(() => {
        window.harness.scope.tokens = ['one'];
      });
      await page.locator('head-scope .error').waitFor();
      expect(await axeViolations(page)).toEqual([]);
      expect(watched.problems).toEqual([]);
      if (options !== undefined && 'forcedColors' in options) break;
      await watched.close();
    }
  });
});
