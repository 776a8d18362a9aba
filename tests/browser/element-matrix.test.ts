import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { colourRamp } from '../../web/views/colour-ramp.js';
import { cellCentre, drawVectors, ElementFixture, readout, text } from './element-fixture.js';
import type { WatchedPage } from './support/chromium.js';

const TOKENS = ['The', 'cat', 'sat', 'on', 'the', 'mat'];

/** Side of a matrix that is pooled, the one cell of it that is not near 0, and where that lies. */
const SIDE = 1500;
const BRIGHT = { query: 901, key: 603 };
const THERE = [603.5 / SIDE, 901.5 / SIDE] as const;

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

type Options = Parameters<ElementFixture['open']>[0];

async function openSmall(options?: Options): Promise<Page> {
  watched = await fixture.open(options);
  await drawVectors(watched.page, [1, 6, 6, 8], { tokens: TOKENS });
  return watched.page;
}

async function openLarge(options?: Options): Promise<Page> {
  watched = await fixture.open({ viewport: { width: 1280, height: 900 }, ...options });
  await watched.page.evaluate(
    ([side, { query, key }]) => {
      // So that there is something to scroll to.
      document.body.style.height = '3000px';
      const data = new Float32Array(side * side).fill(1e-4);
      data[query * side + key] = 0.9;
      return window.harness.draw({ weights: { data, shape: [side, side] } });
    },
    [SIDE, BRIGHT] as const,
  );
  return watched.page;
}

/** Queries and keys that are pinned. */
function pins(page: Page): Promise<unknown> {
  return page.evaluate(() => window.harness.scope.pins);
}

async function box(page: Page, selector: string): Promise<{ x: number; y: number; width: number; height: number }> {
  const found = await page.locator(`head-scope ${selector}`).first().boundingBox();
  if (found === null) throw new Error(`${selector} is not seen`);
  return found;
}

/** What the labels of an axis say, in order. */
async function labels(page: Page, role: 'row' | 'column'): Promise<number[]> {
  await page.evaluate(() => window.harness.painted());
  const all = await page.locator(`head-scope .${role}-labels .label`).allTextContents();
  return all.map(Number).sort((a, b) => a - b);
}

async function drag(page: Page, from: readonly [number, number], to: readonly [number, number]): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 4 });
  await page.mouse.up();
}

/** Turns the wheel over a point of the cells, given as shares of them, with Ctrl held. */
async function zoomAt(page: Page, [across, down]: readonly [number, number], turns: number): Promise<void> {
  const { x, y, width, height } = await box(page, '.cells');
  await page.mouse.move(x + across * width, y + down * height);
  await page.keyboard.down('Control');
  for (let i = 0; i < turns; ++i) await page.mouse.wheel(0, -100);
  await page.keyboard.up('Control');
  await page.evaluate(() => window.harness.painted());
}

/** Colour of the picture at a point of the page. */
function colourAt(page: Page, at: { x: number; y: number }): Promise<number[]> {
  return page.evaluate(({ x, y }) => {
    const canvas = window.harness.scope.shadowRoot?.querySelector<HTMLCanvasElement>('.cells > canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context) throw new Error('no canvas');
    const { left, top } = canvas.getBoundingClientRect();
    return Array.from(context.getImageData(x - left, y - top, 1, 1).data.slice(0, 3));
  }, at);
}

describe('a small matrix', () => {
  it('is swept by dragging, and takes more with Shift and Ctrl', async () => {
    const page = await openSmall();
    const at = async (query: number, key: number): Promise<[number, number]> => {
      const { x, y } = await cellCentre(page, query, key);
      return [x, y];
    };
    await drag(page, await at(1, 1), await at(3, 2));
    await expect.poll(() => pins(page)).toEqual({ queries: [1, 2, 3], keys: [1, 2] });
    // One mark for neighbours, two with a gap between them.
    await expect.poll(() => page.locator('head-scope .mark.pinned').count()).toBe(1);
    await page.keyboard.down('Control');
    await page.mouse.click(...(await at(5, 1)));
    await page.keyboard.up('Control');
    await expect.poll(() => pins(page)).toEqual({ queries: [1, 2, 3, 5], keys: [2] });
    await expect.poll(() => page.locator('head-scope .mark.pinned').count()).toBe(2);
    await page.mouse.click(...(await at(0, 0)));
    await page.keyboard.down('Shift');
    await page.mouse.click(...(await at(2, 1)));
    await page.keyboard.up('Shift');
    await expect.poll(() => pins(page)).toEqual({ queries: [0, 1, 2], keys: [0, 1] });
    // There is nothing to zoom, so the page keeps its own gestures.
    await expect.poll(() => page.locator('head-scope .zoom').isVisible()).toBe(false);
  });

  it('pins rows and columns at their labels', async () => {
    const page = await openSmall();
    const cells = await box(page, '.cells');
    const { x, y } = await cellCentre(page, 2, 1);
    await page.mouse.click(cells.x - 20, y);
    await expect.poll(() => pins(page)).toEqual({ queries: [2], keys: [] });
    const mark = await box(page, '.mark.pinned');
    expect(mark.width).toBeGreaterThan(cells.width - 4);
    await page.mouse.click(cells.x - 20, y);
    await expect.poll(() => pins(page)).toBeNull();
    const last = await cellCentre(page, 2, 4);
    await drag(page, [x, cells.y - 10], [last.x, cells.y - 30]);
    await expect.poll(() => pins(page)).toEqual({ queries: [], keys: [1, 2, 3, 4] });
    await expect
      .poll(() => page.locator('head-scope .column-labels .active').allTextContents())
      .toEqual(TOKENS.slice(1, 5));
    // Beyond the last row nothing is meant.
    await page.mouse.click(cells.x - 20, cells.y - 20);
    await expect.poll(() => pins(page)).toEqual({ queries: [], keys: [1, 2, 3, 4] });
  });

  it('releases with Escape what was pinned at a label', async () => {
    const page = await openSmall();
    const cells = await box(page, '.cells');
    const { y } = await cellCentre(page, 2, 1);
    await page.mouse.click(cells.x - 20, y);
    await expect.poll(() => pins(page)).toEqual({ queries: [2], keys: [] });
    await page.keyboard.press('Escape');
    await expect.poll(() => pins(page)).toBeNull();
    // The keys go on from there.
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(async () => JSON.stringify(await pins(page))).toContain('"queries":[3]');
  });

  it('is pinned by the keyboard: cells, rows, columns, ranges', async () => {
    const page = await openSmall();
    await page.locator('head-scope .grid').focus();
    const steps: [string, unknown][] = [
      ['ArrowDown', null],
      ['Shift+ArrowRight', { queries: [1], keys: [0, 1] }],
      ['Shift+ArrowDown', { queries: [1, 2], keys: [0, 1] }],
      ['Shift+ArrowLeft', { queries: [1, 2], keys: [0] }],
      ['ArrowRight', { queries: [1, 2], keys: [0] }],
      ['Shift+Enter', { queries: [2], keys: [] }],
      ['Control+Enter', { queries: [], keys: [1] }],
      ['Space', { queries: [2], keys: [1] }],
      ['Space', null],
    ];
    for (const [key, expected] of steps) {
      await page.keyboard.press(key);
      await expect.poll(async () => [key, await pins(page)]).toEqual([key, expected]);
    }
  });
});

describe('a matrix with more cells than pixels', () => {
  it('has labels that never touch, the first and the chosen ones always, and the same on both axes', async () => {
    const page = await openLarge();
    const seen = (role: 'row' | 'column'): Promise<{ text: string; from: number; to: number }[]> =>
      page.locator(`head-scope .${role}-labels .label`).evaluateAll((all, side) => {
        const shown = all.filter((label) => getComputedStyle(label).visibility === 'visible');
        const boxes = shown.map((label) => {
          const { left, right, top, bottom } = label.getBoundingClientRect();
          const [from, to] = side === 'row' ? [top, bottom] : [left, right];
          return { text: label.textContent ?? '', from, to };
        });
        return boxes.sort((a, b) => a.from - b.from);
      }, role);
    const names = async (role: 'row' | 'column'): Promise<string[]> => (await seen(role)).map((label) => label.text);
    await expect.poll(() => names('row')).toEqual(await names('column'));
    await expect.poll(async () => (await names('row')).length).toBeGreaterThan(6);
    for (const chosen of [0, 1, 760, SIDE - 2, SIDE - 1]) {
      await page.evaluate((one) => window.harness.scope.pin({ query: one, key: one }), chosen);
      for (const role of ['row', 'column'] as const) {
        await expect.poll(() => names(role)).toContain(String(chosen));
        if (chosen !== 1) await expect.poll(() => names(role)).toContain('0');
        const labels = await seen(role);
        for (const [i, { from }] of labels.entries()) expect(from).toBeGreaterThanOrEqual((labels[i - 1]?.to ?? 0) - 3);
      }
    }
  });

  it('has a frame in its small map that stays inside', async () => {
    const page = await openLarge();
    await page.locator('head-scope .grid').focus();
    for (let i = 0; i < 8; ++i) await page.keyboard.press('+');
    await page.keyboard.press('Control+End');
    await expect.poll(async () => (await labels(page, 'row')).at(-1)).toBe(SIDE - 1);
    await expect
      .poll(async () => {
        const [map, mark] = [await box(page, '.minimap canvas'), await box(page, '.minimap .mark')];
        return [mark.x + mark.width <= map.x + map.width + 0.01, mark.y + mark.height <= map.y + map.height + 0.01];
      })
      .toEqual([true, true]);
  });

  it('zooms at the pointer until every cell is seen', async () => {
    const page = await openLarge();
    await expect.poll(() => text(page, '.legend')).toMatch(/each pixel shows the largest of up to 3 × 3 cells/);
    await zoomAt(page, THERE, 9);
    // What was under the pointer still is, to within the cell that shared its pixel.
    const seen = await readout(page);
    expect(Math.abs(Number(seen['query']) - BRIGHT.query)).toBeLessThanOrEqual(3);
    expect(Math.abs(Number(seen['key']) - BRIGHT.key)).toBeLessThanOrEqual(3);
    await expect.poll(() => text(page, '.legend')).not.toContain('each pixel');
    const rows = await labels(page, 'row');
    expect(rows[0]).toBeLessThan(BRIGHT.query);
    expect(rows.at(-1)).toBeGreaterThan(BRIGHT.query);
    expect(rows.length).toBeLessThan(60);
    // The bright cell is drawn where the pin says that it lies, its neighbours are not bright.
    await page.evaluate((cell) => window.harness.scope.pin(cell), BRIGHT);
    const mark = await box(page, '.mark.pinned');
    const middle = { x: mark.x + mark.width / 2, y: mark.y + mark.height / 2 };
    // Beside the number in its middle.
    const beside = { x: middle.x, y: mark.y + 0.2 * mark.height };
    const bright = await colourAt(page, beside);
    const faint = await colourAt(page, { ...beside, x: beside.x + mark.width });
    expect(faint.every((channel) => channel > 230)).toBe(true);
    expect(Math.min(...bright)).toBeLessThan(60);
    await page.mouse.move(middle.x, middle.y);
    await expect.poll(() => readout(page)).toMatchObject({ query: '901', key: '603', weight: '0.900' });
    // Out again: at the same place, all of it.
    await page.locator('head-scope .zoom button', { hasText: 'Fit' }).click();
    await expect.poll(async () => (await labels(page, 'row'))[0]).toBe(0);
    await expect.poll(() => text(page, '.legend')).toMatch(/3 × 3/);
  });

  it('lets the page scroll past it; the wheel pans it once it was clicked, up to its edge', async () => {
    const page = await openLarge();
    const scrolled = (): Promise<number> => page.evaluate(() => scrollY);
    await zoomAt(page, THERE, 6);
    await page.mouse.wheel(0, 40);
    await page.waitForFunction(() => scrollY === 40);
    await page.evaluate(() => scrollTo(0, 0));
    const { x, y } = await box(page, '.cells');
    await page.mouse.click(x + 100, y + 100);
    const before = await labels(page, 'row');
    await page.mouse.wheel(0, 200);
    await page.evaluate(() => window.harness.painted());
    await expect.poll(async () => (await labels(page, 'row'))[0]).toBeGreaterThan(before[0] ?? NaN);
    await expect.poll(() => scrolled()).toBe(0);
    for (let i = 0; i < 12; ++i) await page.mouse.wheel(0, 4000);
    await page.waitForFunction(() => scrollY > 0);
    await expect.poll(async () => (await labels(page, 'row')).at(-1)).toBeGreaterThan(SIDE - 60);
  });

  it('is dragged when zoomed in, which pins nothing, and by its minimap', async () => {
    const page = await openLarge();
    await expect.poll(() => page.locator('head-scope .minimap').isVisible()).toBe(false);
    await zoomAt(page, THERE, 7);
    const before = await labels(page, 'column');
    const { x, y } = await box(page, '.cells');
    await drag(page, [x + 300, y + 300], [x + 100, y + 300]);
    const after = await labels(page, 'column');
    expect(after[0]).toBeGreaterThan(before[0] ?? NaN);
    await expect.poll(() => pins(page)).toBeNull();
    // With Shift a drag sweeps, as it does where there is nothing to pan.
    await page.keyboard.down('Shift');
    await drag(page, [x + 300, y + 300], [x + 340, y + 340]);
    await page.keyboard.up('Shift');
    await expect.poll(() => pins(page)).not.toBeNull();
    const map = await box(page, '.minimap');
    await drag(page, [map.x + 10, map.y + 10], [map.x + map.width - 1, map.y + 1]);
    await expect.poll(async () => (await labels(page, 'column')).at(-1)).toBeGreaterThan(SIDE - 60);
    await expect.poll(async () => (await labels(page, 'row'))[0]).toBeLessThan(60);
    const view = await box(page, '.minimap .mark');
    expect(view.x + view.width).toBeCloseTo(map.x + map.width, -1);
    expect(view.y).toBeCloseTo(map.y, -1);
  });

  it('zooms and moves by the keyboard, the cursor always in sight', async () => {
    const page = await openLarge();
    await page.locator('head-scope .grid').focus();
    for (const key of ['+', '+', '+', '+', '+', '+']) await page.keyboard.press(key);
    await expect.poll(async () => (await labels(page, 'column')).at(-1)).toBeLessThan(SIDE / 4);
    for (const [key, query, column] of [
      ['End', 0, SIDE - 1],
      ['Control+End', SIDE - 1, SIDE - 1],
      ['Control+Home', 0, 0],
    ] as const) {
      await page.keyboard.press(key);
      await expect
        .poll(() => page.evaluate(() => window.harness.scope.selection))
        .toMatchObject({ query, key: column });
      await expect.poll(() => labels(page, 'row')).toContain(query);
      await expect.poll(() => labels(page, 'column')).toContain(column);
      const [cells, mark] = [await box(page, '.cells'), await box(page, '.mark.current')];
      expect(mark.x + mark.width / 2).toBeGreaterThan(cells.x);
      expect(mark.x + mark.width / 2).toBeLessThan(cells.x + cells.width);
      expect(mark.y + mark.height / 2).toBeGreaterThan(cells.y);
      expect(mark.y + mark.height / 2).toBeLessThan(cells.y + cells.height);
    }
    await page.keyboard.press('0');
    await expect.poll(async () => (await labels(page, 'column')).at(-1)).toBeGreaterThan(SIDE - 200);
    await page.keyboard.press('-');
    await expect.poll(() => page.locator('head-scope .zoom button').first().isDisabled()).toBe(true);
  });

  it('zooms with two fingers, while one scrolls the page', async () => {
    const page = await openLarge({ hasTouch: true, viewport: { width: 360, height: 700 } });
    const cdp = await page.context().newCDPSession(page);
    const touch = async (...moves: [number, number][][]): Promise<void> => {
      for (const [i, points] of moves.entries()) {
        const touchPoints = points.map(([x, y], id) => ({ x, y, id }));
        await cdp.send('Input.dispatchTouchEvent', { type: i === 0 ? 'touchStart' : 'touchMove', touchPoints });
      }
      await cdp.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    };
    const cells = await box(page, '.cells');
    const [x, y] = [cells.x + 130, cells.y + 100];
    const steps = Array.from({ length: 9 }, (_, i) => i);
    await touch(
      ...steps.map((i): [number, number][] => [
        [x - 20 - 10 * i, y],
        [x + 20 + 10 * i, y],
      ]),
    );
    // Five times as far apart: a fifth of the columns is left, about the middle of the fingers.
    const columns = await labels(page, 'column');
    const shown = (columns.at(-1) ?? NaN) - (columns[0] ?? NaN);
    expect(shown).toBeGreaterThan(SIDE / 10);
    expect(shown).toBeLessThan(SIDE / 3);
    await touch(
      ...steps.map((i): [number, number][] => [
        [x - 20, y - 10 * i],
        [x + 20, y - 10 * i],
      ]),
    );
    const rows = await labels(page, 'row');
    await touch(...steps.map((i): [number, number][] => [[x + 40 - 10 * i, y]]));
    await expect.poll(async () => (await labels(page, 'column'))[0]).toBeGreaterThan(columns[0] ?? NaN);
    await expect.poll(() => labels(page, 'row')).toEqual(rows);
    await expect.poll(() => page.evaluate(() => [scrollY, visualViewport?.scale])).toEqual([0, 1]);
    await touch(...steps.map((i): [number, number][] => [[x, y - 10 * i]]));
    await page.waitForFunction(() => scrollY > 0);
    await expect.poll(() => labels(page, 'row')).toEqual(rows);
    await expect.poll(() => pins(page)).toBeNull();
  });

  it('shows what the engine computes where it is looked at', async () => {
    watched = await fixture.open({ viewport: { width: 1280, height: 900 } });
    const { page } = watched;
    await drawVectors(page, [2, 3000, 3000, 8], { colorScale: 'log' });
    const middle = { query: 1501, key: 1502 };
    await page.evaluate((cell) => window.harness.scope.pin(cell), middle);
    await page.locator('head-scope .grid').focus();
    for (let i = 0; i < 16; ++i) await page.keyboard.press('+');
    await page.evaluate(() => window.harness.painted());
    const mark = await box(page, '.mark.pinned');
    // Cells are set apart by a pixel.
    const side = mark.width + 1;
    const high = Number(await page.locator('head-scope .scale span[title]').last().getAttribute('title'));
    const ramp = colourRamp('light');
    // Four decades below the largest weight, as the legend says.
    const indexOf = (weight: number): number =>
      Math.round(255 * Math.min(1, Math.max(0, 1 + Math.log10(weight / high) / 4)));
    const near = [-3, -2, -1, 0, 1, 2, 3];
    const rows = await page.evaluate(
      (queries) => Promise.all(queries.map(async (query) => Array.from(await window.harness.scope.getRow(0, query)))),
      near.map((i) => middle.query + i),
    );
    const wrong = async (): Promise<string[]> => {
      const found: string[] = [];
      for (const [i, row] of rows.entries()) {
        for (const [j, dx] of near.entries()) {
          const weight = row[middle.key + dx] as number;
          const at = { x: mark.x + mark.width / 2 + dx * side, y: mark.y + 0.2 * side + (near[i] ?? 0) * side };
          const colour = String(await colourAt(page, at));
          const index = indexOf(weight);
          // Rows and tiles are computed by kernels that round differently.
          if (![-1, 0, 1].some((d) => String(ramp[index + d]) === colour)) found.push(`${i}, ${j}: ${colour}`);
        }
      }
      return found;
    };
    await expect.poll(wrong).toEqual([]);
    const weights = rows.flatMap((row) => near.map((dx) => row[middle.key + dx] as number));
    expect(new Set(weights.map(indexOf)).size).toBeGreaterThan(10);
  });

  it('pans together with what it is compared with', async () => {
    watched = await fixture.open({ viewport: { width: 1280, height: 900 } });
    const { page } = watched;
    await drawVectors(page, [2, 300, 300, 4], { compare: { head: 1 } });
    await page.waitForFunction(() => window.harness.scope.shadowRoot?.querySelectorAll('.cells').length === 3);
    await zoomAt(page, [0.5, 0.5], 7);
    const shown = await page.evaluate(() =>
      Array.from(window.harness.scope.shadowRoot?.querySelectorAll('.row-labels') ?? [], (one) =>
        Array.from(one.querySelectorAll('.label:not(.active)'), (label) => label.textContent).sort(),
      ),
    );
    expect(shown[0]).not.toContain('0');
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[2]).toEqual(shown[0]);
  });
});
