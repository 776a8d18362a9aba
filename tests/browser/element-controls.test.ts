import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { drawVectors, draw, elementPage, ElementFixture, events, text } from './element-fixture.js';
import { axeViolations } from './support/axe.js';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';

const TOKENS = ['The', 'cat', 'sat', 'on', 'the', 'mat'];

let fixture: ElementFixture;
let watched: WatchedPage;

beforeAll(async () => {
  fixture = await ElementFixture.start({
    '/all.html': elementPage('', 'controls'),
    '/some.html': elementPage('', 'controls="temperature, color-scale"'),
    '/locked.html': elementPage('', 'controls readonly'),
  });
});
afterAll(() => fixture.stop());
afterEach(async () => {
  const { problems } = watched;
  await watched.close();
  expect(problems).toEqual([]);
});

async function open(path = '/all.html', options: Parameters<ElementFixture['open']>[0] = {}): Promise<Page> {
  watched = await fixture.open(options, path);
  return watched.page;
}

/** A page with four heads of six tokens. */
async function openHeads(...where: Parameters<typeof open>): Promise<Page> {
  const page = await open(...where);
  await drawVectors(page, [4, 6, 6, 8], { tokens: TOKENS });
  return page;
}

const control = (page: Page, name: string): Locator => page.locator(`head-scope [data-control="${name}"]`);
const button = (page: Page, name: string): Locator =>
  page.locator('head-scope').getByRole('button', { name, exact: true });
const head = (page: Page, index: number): Locator => page.locator(`head-scope [data-head="${index}"]`);

function setting(page: Page, name: string): Promise<unknown> {
  return page.evaluate((property) => Reflect.get(window.harness.scope, property) as unknown, name);
}

/** What the matrix looks like. */
async function picture(page: Page): Promise<string> {
  await page.evaluate(() => window.harness.painted());
  return page
    .locator('head-scope .cells > canvas')
    .first()
    .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

/** Does something, and expects that the picture is another one then. */
async function changes(page: Page, act: () => Promise<unknown>): Promise<void> {
  const before = await picture(page);
  await act();
  await expect.poll(() => picture(page)).not.toBe(before);
}

async function fill(page: Page, name: string, value: string): Promise<void> {
  await control(page, name).fill(value);
}

describe('the controls above the views', () => {
  it('turn temperature, scale and mask, by typing, pointing and keys', async () => {
    const page = await openHeads();
    await changes(page, () => fill(page, 'temperature', '0.5'));
    await expect.poll(() => setting(page, 'temperature')).toBe(0.5);
    const slider = page.locator('head-scope input[type=range]');
    await expect.poll(async () => Number(await slider.inputValue())).toBeCloseTo(Math.log10(0.5), 1);
    await slider.focus();
    await changes(page, () => page.keyboard.press('ArrowRight'));
    await expect.poll(() => setting(page, 'temperature')).toBeGreaterThan(0.5);
    await expect.poll(() => control(page, 'temperature').inputValue()).toBe(String(await setting(page, 'temperature')));

    await expect.poll(() => text(page, 'label:has([data-control=scale])')).toContain('0.354');
    await changes(page, () => control(page, 'scale').click());
    await expect.poll(() => setting(page, 'scale')).toBe(1);
    await control(page, 'causal').focus();
    await changes(page, () => page.keyboard.press('Space'));
    await expect.poll(() => setting(page, 'causal')).toBe(true);
    await expect.poll(() => text(page, '.legend')).toContain('masked');
  });

  it('say what they expect, and keep the picture, when a number is none', async () => {
    const page = await openHeads();
    const before = await picture(page);
    await fill(page, 'temperature', '-3');
    await expect.poll(() => text(page, '.wrong')).toBe('a number from 0.01 to 100');
    await expect.poll(() => control(page, 'temperature').getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => setting(page, 'temperature')).toBe(1);
    expect(await picture(page)).toBe(before);
    await fill(page, 'temperature', '2');
    await expect.poll(() => page.locator('head-scope .wrong').count()).toBe(0);
    await expect.poll(() => setting(page, 'temperature')).toBe(2);
  });

  it('choose a view, or add one to it, with the mouse and with keys', async () => {
    const page = await openHeads();
    await button(page, 'lines').click();
    await expect.poll(() => setting(page, 'view')).toEqual(['lines']);
    await button(page, 'matrix').click({ modifiers: ['Control'] });
    await expect.poll(() => setting(page, 'view')).toEqual(['matrix', 'lines']);
    await expect.poll(() => button(page, 'lines').getAttribute('aria-pressed')).toBe('true');
    await button(page, 'text').focus();
    await page.keyboard.press('Shift+Enter');
    await expect.poll(() => setting(page, 'view')).toEqual(['matrix', 'lines', 'text']);
    await page.keyboard.press('Enter');
    await expect.poll(() => setting(page, 'view')).toEqual(['text']);
    await page.keyboard.press('Control+Space');
    await expect.poll(() => setting(page, 'view')).toEqual(['text']);
    await expect.poll(() => button(page, 'image').count()).toBe(0);
  });

  it('fold away what is rare, and turn it all the same', async () => {
    const page = await openHeads();
    const more = button(page, 'More');
    await expect.poll(() => control(page, 'window').isVisible()).toBe(false);
    await more.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => more.getAttribute('aria-expanded')).toBe('true');
    await changes(page, () => control(page, 'positions').selectOption('alibi'));
    await changes(page, () => fill(page, 'window', '1'));
    await expect.poll(() => setting(page, 'window')).toBe(1);
    await changes(page, () => fill(page, 'window', ''));
    await expect.poll(() => setting(page, 'window')).toBeUndefined();
    await changes(page, () => fill(page, 'softcap', '0.5'));
    await changes(page, () => fill(page, 'topK', '2'));
    await expect.poll(() => text(page, '.legend')).toContain('left out by top-k: all but the 2 largest of each row');
    await fill(page, 'topK', '0');
    await changes(page, () => fill(page, 'mass', '0.5'));
    await expect
      .poll(() => text(page, '.legend'))
      .toContain('left out by mass: all but the largest that make up 50 % of each row');
    await button(page, 'Reset').click();
    await expect.poll(() => setting(page, 'mass')).toBe(1);
    await expect.poll(() => setting(page, 'positions')).toBe('none');
    await expect.poll(() => button(page, 'Reset').isDisabled()).toBe(true);
  });

  it('hide the first token and chosen keys, say so, and bring them back', async () => {
    const page = await openHeads();
    await button(page, 'More').click();
    await changes(page, () => control(page, 'hide').click());
    await expect.poll(() => setting(page, 'hide')).toEqual([0]);
    await expect.poll(() => text(page, '.legend')).toContain('"The" hidden; each row is divided by what is left');
    await expect.poll(() => text(page, '.toolbar')).toContain('pin a key to hide it');
    await page.evaluate(() => window.harness.scope.pin({ query: 3, key: 2 }));
    await changes(page, () => button(page, 'hide "sat"').click());
    await expect.poll(() => setting(page, 'hide')).toEqual([0, 2]);
    await changes(page, () => button(page, 'show all again').click());
    await expect.poll(() => setting(page, 'hide')).toEqual([]);
  });

  it('merge words, where the page says which tokens they are', async () => {
    const page = await open();
    await drawVectors(page, [2, 4, 4, 8], { tokens: ['un', 'seen', 'un', 'said'], words: [0, 2] });
    await button(page, 'More').click();
    await changes(page, () => control(page, 'mergeWords').click());
    await expect.poll(() => setting(page, 'mergeWords')).toBe(true);
    await expect.poll(() => text(page, '.row-labels .label')).toBe('unseen');
    await expect.poll(() => text(page, '.legend')).toContain('words: queries by mean, keys by sum');
  });

  it('compare with another head, or with the settings as they are', async () => {
    const page = await openHeads();
    await button(page, 'More').click();
    await control(page, 'compare').selectOption('head');
    await expect.poll(() => setting(page, 'compare')).toEqual({ head: 1 });
    await fill(page, 'compare-head', '3');
    await control(page, 'compare-head').press('Enter');
    await expect.poll(() => setting(page, 'compare')).toEqual({ head: 3 });
    await control(page, 'compare').selectOption('settings');
    await expect.poll(() => setting(page, 'compare')).toMatchObject({ temperature: 1, causal: false });
    await control(page, 'compare').selectOption('off');
    await expect.poll(() => setting(page, 'compare')).toBeUndefined();
  });
});

describe('the controls at the colour bar', () => {
  it('choose the scale and its ends', async () => {
    const page = await openHeads();
    await changes(page, () => control(page, 'colorScale').selectOption('sqrt'));
    await expect.poll(() => setting(page, 'colorScale')).toBe('sqrt');
    await control(page, 'domain').selectOption('given');
    await fill(page, 'domain-1', '0.25');
    await changes(page, () => control(page, 'domain-1').press('Enter'));
    await expect.poll(() => text(page, '.scale')).toBe('0 0.250');
    await fill(page, 'domain-0', '2');
    await control(page, 'domain-0').press('Enter');
    await expect.poll(() => text(page, '.wrong')).toBe('the lower end must be below the upper end');
    await expect.poll(() => text(page, '.scale')).toBe('0 0.250');
    await control(page, 'domain').selectOption('head');
    await expect.poll(() => setting(page, 'domain')).toBe('head');
    await expect.poll(() => control(page, 'pooling').count()).toBe(0);
  });
});

describe('the strip of heads', () => {
  it('is solo by a click, a subset by Ctrl and Shift, all by a double click', async () => {
    const page = await openHeads();
    await head(page, 1).click();
    await expect.poll(() => setting(page, 'head')).toBe(1);
    await head(page, 3).click({ modifiers: ['Control'] });
    const chosen = (): Promise<string[]> =>
      page
        .locator('head-scope [role=option][aria-selected=true]')
        .evaluateAll((all) => all.map((option) => option.getAttribute('data-head') ?? ''));
    await expect.poll(() => chosen()).toEqual(['1', '3']);
    await expect.poll(() => setting(page, 'composite')).not.toBe('none');
    await changes(page, () => button(page, 'max').click());
    await expect.poll(() => setting(page, 'composite')).toBe('max');
    await head(page, 2).click();
    await expect.poll(() => chosen()).toEqual(['2']);
    await head(page, 2).dblclick();
    await expect.poll(() => chosen()).toEqual(['0', '1', '2', '3']);
    await expect.poll(() => setting(page, 'composite')).toBe('max');
    await button(page, 'solo').click();
    await expect.poll(() => chosen()).toEqual(['2']);
    await head(page, 0).click({ modifiers: ['Shift'] });
    await expect.poll(() => chosen()).toEqual(['0', '1', '2']);
  });

  it('takes heads into a composite and out of it by tapping', async () => {
    const page = await openHeads('/all.html', { hasTouch: true });
    await head(page, 3).tap();
    await expect.poll(async () => [await setting(page, 'head'), await setting(page, 'composite')]).toEqual([3, 'none']);
    await button(page, 'mean').tap();
    await head(page, 0).tap();
    await expect.poll(() => setting(page, 'heads')).toEqual([1, 2, 3]);
    await head(page, 2).tap();
    await head(page, 0).tap();
    await expect.poll(() => setting(page, 'heads')).toEqual([0, 1, 3]);
  });

  it('is one tab stop: arrows choose, with Ctrl they only move, with Shift they extend', async () => {
    const page = await openHeads();
    await head(page, 0).focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => setting(page, 'head')).toBe(1);
    await page.keyboard.press('End');
    await expect.poll(() => setting(page, 'head')).toBe(3);
    await page.keyboard.press('Control+ArrowLeft');
    await page.keyboard.press('Control+ArrowLeft');
    await expect.poll(() => setting(page, 'head')).toBe(3);
    await expect.poll(() => page.locator('head-scope [role=option]:focus').getAttribute('data-head')).toBe('1');
    await expect.poll(() => page.locator('head-scope [role=option][tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('Control+Space');
    await expect.poll(() => setting(page, 'heads')).toEqual([1, 3]);
    await page.keyboard.press('Control+a');
    await expect.poll(() => setting(page, 'heads')).toEqual([]);
    await expect.poll(() => page.locator('head-scope [role=option][aria-selected=true]').count()).toBe(4);
  });

  it('sorts heads, and says by what', async () => {
    const page = await open();
    // Head 0 looks at the first key alone, head 1 at all alike, head 2 at itself.
    const weights = [0, 1, 2].flatMap((kind) =>
      Array.from({ length: 16 }, (_, i) =>
        kind === 1 ? 0.25 : Number(i % 4 === (kind === 0 ? 0 : Math.floor(i / 4))),
      ),
    );
    await draw(page, { weights: { data: weights, shape: [3, 4, 4] } });
    await control(page, 'sort').selectOption('sink');
    const figures = (): Promise<string[]> => page.locator('head-scope [role=option]').allInnerTexts();
    await expect.poll(figures).toEqual(['0\n1.00', '1\n0.250', '2\n0.250']);
    await expect.poll(() => text(page, '.sorted')).toBe('Sorted by the mean weight of the first key, largest first.');
    await control(page, 'sort').selectOption('diagonal');
    await expect.poll(figures).toEqual(['2\n1.00', '0\n0.250', '1\n0.250']);
    await control(page, 'sort').selectOption('entropy');
    // Four equal shares are two bits.
    await expect.poll(async () => (await figures()).at(-1)).toBe('1\n2.00');
  });

  it('is a grid of layers and heads, with two-way arrows', async () => {
    const page = await open();
    await page.evaluate(() => {
      const data = Float32Array.from({ length: 12 * 12 * 16 * 16 }, (_, i) => (i * 0.618) % 1);
      return window.harness.draw({ layers: true, weights: { data, shape: [12, 12, 16, 16] } });
    });
    await expect.poll(() => page.locator('head-scope [role=option]').count()).toBe(144);
    await expect.poll(() => page.locator('head-scope .names.row span').count()).toBe(12);
    await head(page, 0).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => setting(page, 'head')).toBe(13);
    await expect.poll(() => head(page, 13).getAttribute('aria-label')).toContain('Layer 1, head 1');
    await page.keyboard.press('End');
    await expect.poll(() => setting(page, 'head')).toBe(23);
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Enter');
    await expect.poll(() => setting(page, 'head')).toBe(143);
    const painted = page.locator('head-scope .thumbnail canvas');
    await expect
      .poll(() => painted.evaluateAll((all) => Math.min(...all.map((canvas) => (canvas as HTMLCanvasElement).width))))
      .toBeGreaterThan(1);
    await screenshot(page, 'element-layers');
  });

  it('names layers, and brings the chosen head into sight however heads are sorted', async () => {
    const page = await open();
    await page.evaluate(() => {
      // The later a head, the less it looks at the first key: the last one is the last of all.
      const data = Float32Array.from({ length: 144 * 16 }, (_, i) =>
        i % 4 === 0 ? 1 - (i >> 4) / 200 : (i >> 4) / 600,
      );
      return window.harness.draw({ layers: true, weights: { data, shape: [12, 12, 4, 4] }, head: 143, sort: 'sink' });
    });
    await expect.poll(() => text(page, '.readout .title')).toBe('layer 11, head 11');
    await expect
      .poll(() => page.locator('head-scope [data-head="143"]').getAttribute('title'))
      .toBe('layer 11, head 11');
    const inSight = (): Promise<boolean> =>
      page.evaluate(() => {
        const list = window.harness.scope.shadowRoot?.querySelector('.heads');
        const box = list?.querySelector('[aria-selected=true]')?.getBoundingClientRect();
        const around = list?.getBoundingClientRect();
        return !!box && !!around && box.top >= around.top && box.bottom <= around.bottom + 1;
      });
    await expect.poll(inSight).toBe(true);
    await expect.poll(() => page.locator('head-scope .heads').evaluate((list) => list.scrollTop)).toBeGreaterThan(100);
    await page.evaluate(() => Object.assign(window.harness.scope, { head: 0 }));
    await expect.poll(inSight).toBe(true);
    await expect.poll(() => page.locator('head-scope .heads').evaluate((list) => list.scrollTop)).toBe(0);
    // The page stays where it is.
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(0);
  });

  it('has only what is in sight of 48 layers of 64 heads', async () => {
    const page = await open();
    await page.evaluate(() => {
      const data = Float32Array.from({ length: 48 * 64 * 16 }, (_, i) => (i * 0.618) % 1);
      return window.harness.draw({ layers: true, weights: { data, shape: [48, 64, 4, 4] } });
    });
    await expect.poll(() => page.locator('head-scope [role=option]').count()).toBeLessThan(1600);
    await head(page, 0).focus();
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Enter');
    await expect.poll(() => setting(page, 'head')).toBe(48 * 64 - 1);
    const last = head(page, 48 * 64 - 1);
    await expect.poll(() => last.evaluate((option) => option.matches(':focus'))).toBe(true);
    const seen = await last.evaluate((option) => {
      const list = option.closest('.heads')?.getBoundingClientRect();
      const box = option.getBoundingClientRect();
      return list !== undefined && box.right <= list.right + 1 && box.bottom <= list.bottom + 1;
    });
    expect(seen).toBe(true);
  });
});

describe('what cannot be turned', () => {
  it('is disabled, with the reason in words', async () => {
    const page = await open();
    await draw(page, { weights: { data: [1, 0, 0.5, 0.5], shape: [2, 2] } });
    await expect.poll(() => control(page, 'temperature').isDisabled()).toBe(true);
    await expect.poll(() => control(page, 'causal').isDisabled()).toBe(true);
    const reason = await control(page, 'causal').getAttribute('aria-describedby');
    await expect
      .poll(() => text(page, `#${reason ?? ''}`))
      .toBe('Ready weights were given: nothing can be computed anew without queries and keys.');
    await button(page, 'More').click();
    await expect.poll(() => control(page, 'topK').isDisabled()).toBe(false);
  });

  it('is told where there are too many weights to hold; what a pixel shows can be turned there', async () => {
    const page = await open();
    await drawVectors(page, [4, 2100, 2100, 4]);
    await expect.poll(() => button(page, 'mean').isDisabled()).toBe(true);
    await expect
      .poll(() => text(page, '#barredLarge'))
      .toBe('There are too many weights to hold: heads are shown one at a time and whole.');
    await expect.poll(() => text(page, '.legend')).toMatch(/each pixel shows the .* of up to \d × \d cells/);
    await changes(page, () => control(page, 'pooling').selectOption('mean'));
    await expect.poll(() => setting(page, 'pooling')).toBe('mean');
    await head(page, 2).click({ modifiers: ['Control'] });
    await expect.poll(async () => [await setting(page, 'head'), await setting(page, 'composite')]).toEqual([2, 'none']);
  });

  it('is not there if the page does not offer it, or offers nothing to be turned', async () => {
    let page = await openHeads('/some.html');
    await expect
      .poll(() =>
        page
          .locator('head-scope [data-control]')
          .evaluateAll((all) => all.map((one) => one.getAttribute('data-control'))),
      )
      .toEqual(['temperature', 'colorScale']);
    await expect.poll(() => button(page, 'More').count()).toBe(0);
    await expect.poll(() => text(page, '.legend')).toContain('one scale for all heads');
    await watched.close();
    page = await openHeads('/locked.html');
    await expect.poll(() => page.locator('head-scope [data-control]').count()).toBe(0);
    await watched.close();
    page = await openHeads('/element.html');
    await expect.poll(() => page.locator('head-scope [data-control]').count()).toBe(0);
  });
});

describe('all controls', () => {
  it.each(['light', 'dark'] as const)('have names, contrast and room, %s', async (colorScheme) => {
    const page = await openHeads('/all.html', { colorScheme });
    await button(page, 'More').click();
    await fill(page, 'temperature', '-1');
    await control(page, 'domain').selectOption('given');
    await control(page, 'sort').selectOption('entropy');
    expect(await axeViolations(page)).toEqual([]);
    await screenshot(page, `element-controls-${colorScheme}`);
    await button(page, 'Take along').click();
    expect(await axeViolations(page)).toEqual([]);
  });

  it('wrap on a phone, where each can be hit', async () => {
    const page = await openHeads('/all.html', { viewport: { width: 360, height: 800 }, hasTouch: true });
    await button(page, 'More').click();
    await control(page, 'domain').selectOption('given');
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    const small = await page
      .locator('head-scope :is(.toolbar, .legend, .strip) :is(button, select, input:not([type=checkbox]), label)')
      .evaluateAll((all) =>
        all
          .map((one) => one.getBoundingClientRect())
          .filter(({ width, height }) => width > 0 && (width < 24 || height < 24)),
      );
    expect(small).toEqual([]);
    await screenshot(page, 'element-controls-phone');
  });

  it('tell the page what was turned', async () => {
    const page = await openHeads();
    await control(page, 'causal').click();
    await expect.poll(() => events(page, 'viewchange')).toEqual([{ causal: true }]);
  });
});
