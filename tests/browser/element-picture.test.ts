import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  cellCentre,
  draw,
  drawVectors,
  ElementFixture,
  events,
  readout,
  softmaxWeights,
  text,
} from './element-fixture.js';
import type { WatchedPage } from './support/chromium.js';

const QUERY = [
  [1, 0, 2],
  [2, 2, 2],
  [2, 1, 3],
];
const KEY = [
  [0, 1, 1],
  [4, 4, 0],
  [2, 3, 1],
];
const TOKENS = ['first', 'second', 'third'];

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

async function open(...options: Parameters<ElementFixture['open']>): Promise<WatchedPage['page']> {
  watched = await fixture.open(...options);
  return watched.page;
}

/** Colours of the cells' canvas, as "r,g,b", with how often each occurs. */
async function canvasColours(page: WatchedPage['page']): Promise<Record<string, number>> {
  return page.evaluate(() => {
    const canvas = window.harness.scope.shadowRoot?.querySelector<HTMLCanvasElement>('.cells > canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context) throw new Error('no canvas');
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const counts: Record<string, number> = {};
    for (let i = 0; i < data.length; i += 4) {
      const colour = `${data[i]},${data[i + 1]},${data[i + 2]}`;
      counts[colour] = (counts[colour] ?? 0) + 1;
    }
    return counts;
  });
}

describe('weights from query and key', () => {
  it.each([
    ['with the usual scale', undefined, false],
    ['with a scale of its own', 0.2, false],
    ['causal', undefined, true],
  ])('are those of the textbook, %s', async (_name, scale, causal) => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY, scale, causal });
    const result = await page.evaluate(() => {
      const weights = window.harness.scope.result?.weights;
      return { data: Array.from(weights?.data ?? []), shape: weights?.shape };
    });
    expect(result.shape).toEqual([1, 3, 3]);
    const expected = softmaxWeights(QUERY, KEY, scale ?? 1 / Math.sqrt(3), causal).flat();
    expected.forEach((weight, i) => expect(result.data[i]).toBeCloseTo(weight, 6));
  });

  it('come with the exact score, rank and tokens of a cell', async () => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY, tokens: TOKENS });
    const { x, y } = await cellCentre(page, 2, 1);
    await page.mouse.move(x, y);
    // (2·4 + 1·4 + 3·0) / sqrt(3) = 12 / 1.7320508 = 6.9282032; its row of scores is 2.309, 6.928, 5.774.
    const row = softmaxWeights(QUERY, KEY, 1 / Math.sqrt(3))[2] ?? [];
    await expect
      .poll(() => readout(page))
      .toEqual({
        query: 'third 2',
        key: 'second 1',
        weight: (row[1] ?? 0).toFixed(3),
        score: '6.93 scale·q·k',
        rank: '1 of 3 keys',
      });
    await expect.poll(async () => (await events(page, 'hover')).at(-1)?.['score']).toBeCloseTo(12 / Math.sqrt(3), 12);
    await expect
      .poll(() => text(page, '.summary'))
      .toBe('"third" looks mostly at "second" (75 %), then itself (24 %).');
  });

  it('draw all heads on one scale, the chosen one large', async () => {
    const page = await open();
    await drawVectors(page, [4, 6, 6, 8], { head: 2 });
    await expect.poll(() => page.locator('head-scope [role=option]').count()).toBe(4);
    await expect.poll(() => page.locator('head-scope [role=option][aria-selected=true]').textContent()).toContain('2');
    const painted = (): Promise<number[]> =>
      page
        .locator('head-scope .thumbnail canvas')
        .evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).width));
    await expect.poll(painted).toEqual([56, 56, 56, 56]);
    const largest = await page.evaluate(() => Math.max(...(window.harness.scope.result?.weights.data ?? [])));
    await expect
      .poll(async () => Number(await page.locator('head-scope .scale span[title]').last().getAttribute('title')))
      .toBe(largest);
  });

  it('take batches as heads of several sequences', async () => {
    const page = await open();
    await page.evaluate(() =>
      window.harness.draw({ weights: { data: new Float32Array(2 * 3 * 4).fill(0.5), shape: [2, 3, 2, 2] } }),
    );
    await expect
      .poll(() => page.locator('head-scope [role=option]').allTextContents())
      .toEqual(['0.0', '0.1', '0.2', '1.0', '1.1', '1.2'].map((name) => expect.stringContaining(name) as string));
  });
});

describe('cells', () => {
  it('have the colours of their weights and no others, on every pixel ratio', async () => {
    for (const deviceScaleFactor of [1, 1.5, 2]) {
      const page = await open({ deviceScaleFactor });
      // Cells under 28 px have no numbers in them.
      await page.evaluate(() => {
        const rows = Array.from({ length: 40 }, (_, i) => Array.from({ length: 40 }, (_, j) => (i === j ? 1 : 0)));
        return window.harness.draw({ weights: rows });
      });
      const size = await page.evaluate(() => {
        const canvas = window.harness.scope.shadowRoot?.querySelector<HTMLCanvasElement>('.cells > canvas');
        const box = canvas?.getBoundingClientRect();
        return { pixels: canvas?.width ?? 0, shown: (box?.width ?? 0) * devicePixelRatio };
      });
      // One pixel of the canvas is one of the screen, so that nothing is blurred.
      expect(size.shown).toBeCloseTo(size.pixels, 3);
      const cell = size.pixels / 40;
      const inner = cell - Math.max(1, Math.round(deviceScaleFactor));
      expect(Number.isInteger(cell)).toBe(true);
      const { '255,255,255': ground, ...colours } = await canvasColours(page);
      const areas = Object.values(colours).sort((a, b) => a - b);
      expect(areas).toEqual([40 * inner ** 2, 40 * 39 * inner ** 2]);
      expect(ground).toBe(size.pixels ** 2 - 40 * 40 * inner ** 2);
      if (deviceScaleFactor !== 2) {
        expect(watched.problems).toEqual([]);
        await watched.close();
      }
    }
  });

  it('are hatched where the mask hides them, which is not how a 0 looks', async () => {
    const page = await open();
    await draw(page, {
      weights: [
        [1, 0],
        [0, 1],
      ],
      causal: true,
    });
    const { x, y } = await cellCentre(page, 0, 1);
    await page.mouse.move(x, y);
    await expect.poll(async () => (await readout(page))['weight']).toBe('masked');
    await expect.poll(() => text(page, '.legend')).toContain('masked');
    const colours = await canvasColours(page);
    // The hatching's grey.
    expect(colours['208,212,217']).toBeGreaterThan(100);
    const visible = await cellCentre(page, 1, 0);
    await page.mouse.move(visible.x, visible.y);
    await expect.poll(async () => (await readout(page))['weight']).toBe('0');
  });

  it('that are not finite are marked, and said to be', async () => {
    const page = await open();
    await draw(page, {
      weights: [
        [NaN, 0.5],
        [0.25, 0.75],
      ],
    });
    const { x, y } = await cellCentre(page, 0, 0);
    await page.mouse.move(x, y);
    await expect.poll(async () => (await readout(page))['weight']).toBe('not a finite number');
    await expect.poll(() => text(page, '.summary')).toBe('query 0 has weights that are not finite numbers.');
    await expect.poll(() => text(page, '.legend')).toContain('not a finite number');
    await expect.poll(async () => (await canvasColours(page))['194,24,91']).toBeGreaterThan(100);
  });

  it('of a ready row that is 0 are not called masked', async () => {
    const page = await open();
    await draw(page, {
      weights: [
        [0.5, 0.5],
        [0, 0],
      ],
      tokens: ['a', 'b'],
    });
    const { x, y } = await cellCentre(page, 1, 0);
    await page.mouse.move(x, y);
    await expect.poll(() => text(page, '.summary')).toBe('"b" looks at nothing: all of its weights are 0.');
    await expect.poll(async () => (await readout(page))['weight']).toBe('0');
    await expect.poll(async () => (await canvasColours(page))['208,212,217'] ?? 0).toBe(0);
    await expect.poll(() => text(page, '.legend')).not.toContain('masked');
  });

  it('that are left out are empty but for a dot, and told with their weights', async () => {
    const page = await open();
    await draw(page, {
      weights: [
        [0.5, 0.375, 0.125],
        [0, 1, 0],
        [0.25, 0.25, 0.5],
      ],
      tokens: ['a', 'b', 'c'],
      topK: 1,
    });
    const { x, y } = await cellCentre(page, 0, 1);
    await page.mouse.move(x, y);
    await expect.poll(async () => (await readout(page))['weight']).toBe('left out (0.375)');
    await expect.poll(() => page.locator('head-scope .top li').allTextContents()).toHaveLength(1);
    await expect.poll(() => text(page, '.legend')).toContain('left out by top-k: all but the 1 largest of each row');
    await expect.poll(() => text(page, '.legend')).not.toContain('masked');
    // Beside three weights there are the six dots, of 2 x 2 pixels.
    await expect.poll(async () => (await canvasColours(page))['92,101,112']).toBe(6 * 4);
    await expect.poll(async () => (await canvasColours(page))['208,212,217'] ?? 0).toBe(0);
  });

  it('of hidden keys have dots, and a word of their own', async () => {
    const page = await open();
    await draw(page, {
      weights: [
        [0.25, 0.25, 0.25, 0.25],
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0.1, 0.2, 0.3, 0.4],
      ],
      tokens: ['a', 'b', 'c', 'd'],
      hide: [0],
    });
    // log2 of 3 bits, and 1.53 of 2, 3 and 4 of 9; the rows between see nothing any more.
    await expect.poll(() => text(page, '.summary')).toContain('mean entropy 1.56 bits.');
    await expect.poll(() => text(page, '.readout')).toMatch(/on the first key\s*0 %/);
    await expect.poll(() => text(page, '.legend')).toContain('"a" hidden; each row is divided by what is left');
    await expect.poll(() => text(page, '.legend')).not.toContain('masked');
    const { x, y } = await cellCentre(page, 1, 0);
    await page.mouse.move(x, y);
    await expect.poll(async () => (await readout(page))['weight']).toBe('hidden');
    await expect.poll(() => text(page, '.summary')).toBe('"b" looks at nothing but hidden keys.');
    const [red, ...others] = await page.evaluate(() => {
      const canvas = window.harness.scope.shadowRoot?.querySelector<HTMLCanvasElement>('.cells > canvas');
      const { data } = canvas?.getContext('2d')?.getImageData(0, 0, 12, 12) ?? { data: [] };
      return Array.from(data).filter((_, i) => i % 4 === 0);
    });
    // Two dots in each direction.
    expect([red, ...others].filter((one) => one === 208)).toHaveLength(16);
    await page.mouse.move(x, y - 200);
    await page.evaluate(() => window.harness.scope.pin({ query: null, key: 0 }));
    await expect.poll(() => text(page, '.summary')).toBe('"a" is hidden.');
  });

  it('of tokens that would turn the writing show how', async () => {
    const page = await open();
    await draw(page, {
      weights: [
        [1, 0],
        [0, 1],
      ],
      tokens: ['\u202eevil', 'b'],
    });
    await expect.poll(() => text(page, '.row-labels')).toContain('<RLO>evil');
    await expect.poll(() => text(page, '.summary')).toContain('"<RLO>evil" → "<RLO>evil"');
    await expect
      .poll(() => page.locator('head-scope').evaluate((scope) => scope.shadowRoot?.textContent?.includes('\u202e')))
      .toBe(false);
  });

  it('too many for the pixels are pooled, which is said, and the pointer finds the largest', async () => {
    const page = await open();
    await page.evaluate(() => {
      const data = new Float32Array(2000 * 2000).fill(1e-4);
      data[1201 * 2000 + 803] = 0.9;
      return window.harness.draw({ weights: { data, shape: [2000, 2000] } });
    });
    await expect.poll(() => text(page, '.legend')).toMatch(/each pixel shows the largest of up to 4 × 4 cells/);
    const { x, y } = await cellCentre(page, 1201, 803);
    await page.mouse.move(x, y);
    await expect
      .poll(() => readout(page))
      .toMatchObject({ query: '1201', key: '803', weight: '0.900', rank: '1 of 2 000 keys' });
  });
});

describe('labels', () => {
  it('are text, whatever they hold', async () => {
    const page = await open();
    const tokens = ['<img src=x onerror="window.hacked = 1">', '</bdi><script>window.hacked = 1</script>', '"&amp;'];
    await draw(page, { query: QUERY, key: KEY, tokens });
    const { x, y } = await cellCentre(page, 0, 1);
    await page.mouse.click(x, y);
    await expect
      .poll(() => page.locator('head-scope .row-labels .label').allTextContents())
      .toEqual(expect.arrayContaining(tokens.map((token) => (token.length > 32 ? `${token.slice(0, 31)}…` : token))));
    await expect.poll(() => page.evaluate(() => 'hacked' in window)).toBe(false);
    await expect.poll(() => page.locator('head-scope img').count()).toBe(0);
  });

  it('of other directions of writing do not turn the sentence round', async () => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY, tokens: ['שלום', '猫', 'مرحبا'] });
    const directions = await page
      .locator('head-scope .summary bdi')
      .evaluateAll((all) => all.map((bdi) => getComputedStyle(bdi).unicodeBidi));
    expect(directions).toEqual(['isolate', 'isolate']);
  });

  it('of keys are the tokens only where there are as many', async () => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY.slice(0, 2), tokens: TOKENS });
    await expect.poll(() => page.locator('head-scope .column-labels .label').allTextContents()).toEqual(['0', '1']);
    await draw(page, { keyTokens: ['left', 'right'] });
    await expect
      .poll(() => page.locator('head-scope .column-labels .label').allTextContents())
      .toEqual(['left', 'right']);
  });
});

describe('toBlob', () => {
  it('gives a PNG of the chosen head at twice the size', async () => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY, tokens: TOKENS });
    const picture = await page.evaluate(async () => {
      const blob = await window.harness.scope.toBlob();
      const { width, height } = await createImageBitmap(blob);
      return {
        type: blob.type,
        width,
        height,
        start: Array.from(new Uint8Array(await blob.arrayBuffer()).slice(0, 4)),
      };
    });
    expect(picture).toMatchObject({ type: 'image/png', start: [0x89, 0x50, 0x4e, 0x47] });
    // Three cells of 88 CSS pixels are 528 device pixels.
    expect(picture.width).toBeGreaterThan(528);
    expect(picture.height).toBeGreaterThan(528);
  });

  it('says so when there is nothing to save', async () => {
    const page = await open();
    const error = await page.evaluate(() =>
      window.harness.scope.toBlob().catch((reason: Error & { code?: string }) => [reason.code, reason.message]),
    );
    expect(error).toEqual(['InvalidArgument', 'toBlob: expected a head that is drawn, got nothing drawn yet']);
  });
});
