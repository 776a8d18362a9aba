import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { cellCentre, draw, drawVectors, ElementFixture, events, softmaxWeights, text } from './element-fixture.js';
import { threeDigits } from '../../web/views/numbers.js';
import { axeViolations } from './support/axe.js';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';

const QUERY = [
  [1, -2, 0.5],
  [0.25, 1, -1],
  [2, 1, 3],
  [-1, 0.5, 0.75],
];
const KEY = [
  [0.5, 1, 1],
  [-1, 0.25, 2],
  [1.5, -0.5, 0],
  [0.75, 1.25, -1],
];
const TOKENS = ['one', 'two', 'three', 'four'];

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

async function open(...options: Parameters<ElementFixture['open']>): Promise<Page> {
  watched = await fixture.open(...options);
  return watched.page;
}

/** Pins a cell and opens the explainer with the button that says so. */
async function explain(page: Page, query: number, key: number): Promise<void> {
  await page.evaluate((cell) => window.harness.scope.pin(cell), { query, key });
  await page.locator('head-scope').getByRole('button', { name: 'Explain' }).click();
  await page.locator('head-scope .explainer').waitFor();
}

const button = (page: Page, name: string | RegExp): ReturnType<Page['locator']> =>
  page.locator('head-scope .explainer').getByRole('button', { name });

const number = (shown: string): number =>
  Number(shown.replaceAll('−', '-').replace('∞', 'Infinity').replaceAll('\u202f', '').trim());

/** Rows of a table of the explainer, cell by cell; of a field what is in it. */
function rows(page: Page, selector: string): Promise<string[][]> {
  return page.locator(`head-scope .explainer ${selector} tr`).evaluateAll((all) =>
    all.map((row) =>
      Array.from(row.children, (cell) => {
        const input = cell.querySelector('input');
        return (input?.value ?? cell.textContent).replace(/\s+/g, ' ').trim();
      }),
    ),
  );
}

/** Results of the steps by their names; of equal names the last. */
async function steps(page: Page): Promise<Record<string, number>> {
  return Object.fromEntries((await rows(page, '.steps')).map(([name = '', , result = '']) => [name, number(result)]));
}

const dot = (q: readonly number[] = [], k: readonly number[] = []): number =>
  q.reduce((sum, value, i) => sum + value * (k[i] ?? NaN), 0);

describe('the explainer', () => {
  it('takes a weight apart, and every number is that of the textbook', async () => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY, tokens: TOKENS });
    await explain(page, 2, 1);
    await expect.poll(() => text(page, '.explainer .title')).toBe('"three" → "two", step by step');
    // (2, 1, 3)·(−1, 0.25, 2) = −2 + 0.25 + 6
    await expect
      .poll(() => rows(page, '.terms tbody'))
      .toEqual([
        ['0', '2.00', '−1.00', '−2.00', '−2.00'],
        ['1', '1.00', '0.250', '+0.250', '−1.75'],
        ['2', '3.00', '2.00', '+6.00', '4.25'],
      ]);
    await expect.poll(() => rows(page, '.terms tfoot')).toEqual([['q·k', '4.25']]);
    await button(page, 'Exact numbers').click();
    const scores = KEY.map((key) => dot(QUERY[2], key) / Math.sqrt(3));
    const most = Math.max(...scores);
    const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0);
    const shown = await steps(page);
    const expected = {
      'q·k': 4.25,
      '× scale': 4.25 / Math.sqrt(3),
      score: 4.25 / Math.sqrt(3),
      '− largest of the row': 4.25 / Math.sqrt(3) - most,
      exp: Math.exp(4.25 / Math.sqrt(3) - most),
      '÷ sum of the row': Math.exp(4.25 / Math.sqrt(3) - most) / sum,
      weight: softmaxWeights(QUERY, KEY, 1 / Math.sqrt(3))[2]?.[1] ?? NaN,
    };
    expect(Object.keys(shown)).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(expected))
      expect([name, shown[name]]).toEqual([name, expect.closeTo(value, 12)]);
    await screenshot(page, 'element-explainer');
    expect(await axeViolations(page)).toEqual([]);
  });

  it('shows the knobs where they act: softcap, position bias, temperature', async () => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY, softcap: 2, positions: 'alibi', temperature: 0.5 });
    await explain(page, 2, 0);
    await button(page, 'Exact numbers').click();
    const shown = await steps(page);
    // (2, 1, 3)·(0.5, 1, 1) = 5; one head has the slope 2^−8.
    const capped = 2 * Math.tanh(5 / Math.sqrt(3) / 2);
    const biased = capped - 2 / 256;
    expect(shown['softcap']).toBeCloseTo(capped, 12);
    expect(shown['+ position bias']).toBeCloseTo(biased, 12);
    expect(shown['÷ temperature']).toBeCloseTo(biased / 0.5, 12);
    expect(shown['score']).toBeCloseTo(biased / 0.5, 12);
    const weight = await page.evaluate(() => window.harness.scope.result?.weights.data[8] ?? NaN);
    expect(shown['weight']).toBeCloseTo(weight, 6);
  });

  it('says why a cell is masked, and a whole row', async () => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY, causal: true });
    await explain(page, 1, 3);
    await expect
      .poll(() => text(page, '.explainer .why'))
      .toBe('A causal head: query 1 sees no key after its own position. The cell is masked, so its weight is 0.');
    await expect.poll(() => steps(page)).toMatchObject({ '+ mask': -Infinity, exp: 0, weight: 0 });
    await draw(page, { causal: false, window: 1 });
    await expect.poll(() => text(page, '.explainer .why')).toContain('outside of the window');
    await draw(page, { window: undefined, query: [[NaN, 1, 1], ...QUERY.slice(1)] });
    await page.evaluate(() => window.harness.scope.pin({ query: 0, key: 0 }));
    await page.evaluate(() => window.harness.painted());
    await expect.poll(() => text(page, '.explainer .why')).toContain('not finite');
    await expect.poll(async () => (await rows(page, '.terms tbody'))[0]?.[3]).toBe('NaN');
  });

  it('says why there is nothing to explain', async () => {
    const page = await open();
    await draw(page, { weights: [[0.5, 0.5]] });
    await explain(page, 0, 1);
    await expect.poll(() => text(page, '.explainer .note')).toContain('given ready made');
    await draw(page, { weights: undefined, query: QUERY, key: KEY });
    await page.keyboard.press('Escape');
    await expect.poll(() => text(page, '.explainer .note')).toContain('Point at a cell, or pin one');
    await page.evaluate(() => window.harness.scope.pin({ queries: [0, 1], keys: [2] }));
    await page.evaluate(() => window.harness.painted());
    await expect.poll(() => text(page, '.explainer .note')).toContain('Several queries or keys are pinned');
    await button(page, 'Close').click();
    await expect.poll(() => page.locator('head-scope .explainer').count()).toBe(0);
    const focused = await page.evaluate(() => window.harness.scope.shadowRoot?.activeElement?.textContent);
    expect(focused).toContain('Explain');
  });

  it('says what the picture does besides: heads together, keys hidden, words merged, rows masked', async () => {
    const page = await open();
    await draw(page, { query: [QUERY, KEY], key: [KEY, QUERY], words: [0, 1, 3], composite: 'mean', head: 1 });
    await explain(page, 0, 1);
    const heads = [softmaxWeights(QUERY, KEY, 1 / Math.sqrt(3)), softmaxWeights(KEY, QUERY, 1 / Math.sqrt(3))];
    const [one = NaN, two = NaN] = heads.map((weights) => weights[0]?.[1]);
    const made = async (): Promise<string[][]> => rows(page, '.made :is(tbody, tfoot)');
    const listed = [
      ['head 0', one],
      ['head 1', two],
    ] as const;
    await expect.poll(() => text(page, '.made caption')).toBe('This weight is the mean of 2 heads');
    await expect
      .poll(() => made())
      .toEqual([
        ...[...listed].sort((a, b) => b[1] - a[1]).map(([name, weight]) => [name, threeDigits(weight)]),
        ['mean', threeDigits((one + two) / 2)],
      ]);
    // Head 1 has the keys as queries: (0.5, 1, 1)·(0.25, 1, −1) = 0.125.
    await expect.poll(() => text(page, '.made ~ .note')).toBe('Below is how that of head 1 comes about.');
    await expect.poll(async () => (await steps(page))['q·k']).toBe(0.125);
    await expect.poll(async () => (await steps(page))['weight']).toBeCloseTo(two, 2);
    await button(page, 'head 0').focus();
    await page.keyboard.press('Enter');
    await page.evaluate(() => window.harness.painted());
    await expect.poll(async () => (await steps(page))['weight']).toBeCloseTo(one, 2);
    // The chosen head and the picture stay what they are.
    await expect.poll(() => page.evaluate(() => window.harness.scope.head)).toBe(1);
    await page.evaluate(() => Object.assign(window.harness.scope, { composite: 'max' }));
    await page.evaluate(() => window.harness.painted());
    await expect.poll(async () => (await made()).at(-1)).toEqual(['largest', threeDigits(Math.max(one, two))]);

    await page.evaluate(() => Object.assign(window.harness.scope, { composite: 'none', head: 0, hide: [0, 3] }));
    await page.evaluate(() => window.harness.painted());
    const [row = []] = softmaxWeights(QUERY, KEY, 1 / Math.sqrt(3));
    await button(page, 'Exact numbers').click();
    const shown = await steps(page);
    expect(shown['weight']).toBeCloseTo(row[1] ?? NaN, 12);
    expect(shown['weight as shown']).toBeCloseTo((row[1] ?? NaN) / ((row[1] ?? NaN) + (row[2] ?? NaN)), 6);
    await page.evaluate(() => window.harness.scope.pin({ query: 0, key: 3 }));
    await page.evaluate(() => window.harness.painted());
    await expect.poll(() => text(page, '.explainer .why')).toContain('This key is hidden');

    await page.evaluate(() => Object.assign(window.harness.scope, { hide: [], mergeWords: true }));
    await page.evaluate(() => window.harness.scope.pin({ query: 0, key: 1 }));
    await page.evaluate(() => window.harness.painted());
    const tokenWeights = softmaxWeights(QUERY, KEY, 1 / Math.sqrt(3));
    const [left = NaN, right = NaN] = tokenWeights[0]?.slice(1) ?? [];
    await expect
      .poll(async () => (await rows(page, '.made tbody'))[0]?.slice(1).map(number))
      .toEqual([left, right, left + right].map((weight) => expect.closeTo(weight, 6) as number));
    await expect.poll(async () => (await text(page, '.weight')).slice(0, 5)).toBe(threeDigits(left + right));
    // The word's second query has a row of its own: the mean of both is shown.
    await page.evaluate(() => window.harness.scope.pin({ query: 1, key: 1 }));
    await page.evaluate(() => window.harness.painted());
    const sums = [1, 2].map((query) => (tokenWeights[query]?.[1] ?? NaN) + (tokenWeights[query]?.[2] ?? NaN));
    const block = await rows(page, '.made tbody');
    expect(block.map((row) => number(row[3] ?? ''))).toEqual(sums.map((sum) => expect.closeTo(sum, 6) as number));
    const mean = ((sums[0] ?? NaN) + (sums[1] ?? NaN)) / 2;
    await expect.poll(async () => number((await rows(page, '.made tfoot'))[0]?.[1] ?? '')).toBeCloseTo(mean, 6);
    await expect
      .poll(async () => Number(await page.locator('head-scope dd.weight').getAttribute('title')))
      .toBeCloseTo(mean, 6);
    await button(page, 'Show tokens').click();
    await page.evaluate(() => window.harness.painted());
    await expect.poll(() => page.evaluate(() => window.harness.scope.mergeWords)).toBe(false);
    const pairs = [1, 2].flatMap((query) => [1, 2].map((key) => ({ query, key })));
    const weightOf = ({ query, key }: { query: number; key: number }): number => tokenWeights[query]?.[key] ?? NaN;
    const most = pairs.reduce((best, pair) => (weightOf(pair) > weightOf(best) ? pair : best));
    await expect.poll(() => page.evaluate(() => window.harness.scope.selection)).toMatchObject(most);
    await expect.poll(async () => (await steps(page))['weight']).toBeCloseTo(weightOf(most), 12);

    await page.evaluate(() => Object.assign(window.harness.scope, { topK: 1 }));
    await page.evaluate(() => window.harness.scope.pin({ query: 0, key: 1 }));
    await page.evaluate(() => window.harness.painted());
    const filtered = (tokenWeights[0]?.[1] ?? NaN) < Math.max(...(tokenWeights[0] ?? []));
    await expect
      .poll(() => page.locator('head-scope .explainer .why', { hasText: 'not among the largest' }).count())
      .toBe(Number(filtered));
    expect(filtered).toBe(true);
    await page.evaluate(() => Object.assign(window.harness.scope, { topK: 0 }));

    await draw(page, {
      mergeWords: false,
      words: undefined,
      query: [...QUERY, QUERY[0], QUERY[1]],
      key: KEY,
      window: 0,
    });
    await page.evaluate(() => window.harness.scope.pin({ query: 5, key: 2 }));
    await page.evaluate(() => window.harness.painted());
    await expect.poll(() => text(page, '.explainer .why')).toContain('Query 5 sees no key at all');
    await expect.poll(() => steps(page)).toMatchObject({ weight: 0 });
  });

  it('opens with E for the cell of the keyboard, and keeps it', async () => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY, tokens: TOKENS });
    await page.locator('head-scope .grid').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('e');
    await page.locator('head-scope .explainer').waitFor();
    await expect.poll(() => text(page, '.explainer .title')).toContain('"two" → "one"');
    await page.locator('head-scope .explainer').getByRole('spinbutton', { name: 'q 0', exact: true }).focus();
    await expect.poll(() => text(page, '.explainer .title')).toContain('"two" → "one"');
    // In a field an e is a digit's neighbour, and a bracket no head.
    await page.keyboard.press('e');
    await expect.poll(() => page.locator('head-scope .explainer').count()).toBe(1);
  });

  it('lists the largest products first where there are many, and they still add up', async () => {
    const page = await open();
    await drawVectors(page, [1, 4, 4, 64]);
    await explain(page, 1, 2);
    const products = await page.evaluate(() => {
      const { query, key } = window.harness.scope as unknown as Record<'query' | 'key', { data: Float32Array }>;
      return Array.from({ length: 64 }, (_, i) => (query.data[64 + i] ?? 0) * (key.data[128 + i] ?? 0));
    });
    await button(page, 'Exact numbers').click();
    const listed = await rows(page, '.terms tbody');
    const largest = products.map((_, i) => i).sort((a, b) => Math.abs(products[b] ?? 0) - Math.abs(products[a] ?? 0));
    expect(listed.map(([component]) => Number(component))).toEqual(largest.slice(0, 12));
    const total = products.reduce((sum, product) => sum + product, 0);
    const [others, all] = await rows(page, '.terms tfoot');
    expect(others?.[0]).toBe('52 others');
    expect(number(listed.at(-1)?.[4] ?? '') + number(others?.[1] ?? '')).toBeCloseTo(total, 9);
    expect(number(all?.[1] ?? '')).toBeCloseTo(total, 9);
    await button(page, 'Show all 64 components').click();
    const every = await rows(page, '.terms tbody');
    expect(every.map(([component]) => Number(component))).toEqual(products.map((_, i) => i));
    expect(number(every.at(-1)?.[4] ?? '')).toBeCloseTo(total, 9);
  });
});

describe('every number of q and k', () => {
  const field = (page: Page, name: string): ReturnType<Page['locator']> =>
    page.locator('head-scope .explainer').getByRole('spinbutton', { name, exact: true });

  /** Waits until the weight of a cell is that of a calculation, and says whether the screen says the same. */
  async function weightBecomes(page: Page, expected: number, head = 0, query = 2, key = 1): Promise<void> {
    await page.waitForFunction(
      ([index, weight]) => Math.abs((window.harness.scope.result?.weights.data[index] ?? NaN) - weight) < 1e-6,
      [(head * 4 + query) * 4 + key, expected] as const,
    );
    await page.evaluate(() => window.harness.painted());
    await expect.poll(async () => (await steps(page))['weight']).toBeCloseTo(expected, 2);
    const readout = await page.locator('head-scope dd.weight').getAttribute('title');
    expect(Number(readout)).toBeCloseTo(expected, 6);
  }

  it('can be changed by keyboard; all follows, and comes back', async () => {
    const page = await open();
    await draw(page, { query: [QUERY, QUERY], key: [KEY, KEY], head: 1, scale: 1 });
    await explain(page, 2, 1);
    const original = softmaxWeights(QUERY, KEY, 1);
    await weightBecomes(page, original[2]?.[1] ?? NaN, 1);

    // An arrow adds a tenth: (2.1, 1, 3).
    await field(page, 'q 0').focus();
    await page.keyboard.press('ArrowUp');
    await weightBecomes(page, softmaxWeights([[2.1, 1, 3]], KEY, 1)[0]?.[1] ?? NaN, 1);
    await expect.poll(() => field(page, 'q 0').inputValue()).toBe('2.1');
    await page.keyboard.press('Shift+ArrowDown');
    await weightBecomes(page, softmaxWeights([[1.1, 1, 3]], KEY, 1)[0]?.[1] ?? NaN, 1);
    // Escape takes back what was done to this number, and keeps the pin.
    await page.keyboard.press('Escape');
    await weightBecomes(page, original[2]?.[1] ?? NaN, 1);
    await expect.poll(() => page.evaluate(() => window.harness.scope.selection)).toMatchObject({ pinned: true });

    // Typing, as far as it is a number.
    await field(page, 'k 2').focus();
    await page.keyboard.type('-0.5x');
    await expect.poll(() => field(page, 'k 2').getAttribute('aria-invalid')).toBe('true');
    const changed = KEY.map((key, i) => (i === 1 ? [-1, 0.25, -0.5] : key));
    await weightBecomes(page, softmaxWeights(QUERY, changed, 1)[2]?.[1] ?? NaN, 1);
    // The key changed for every query of this head, and for none of the other.
    await weightOfResult(page, 1 * 16 + 0 * 4 + 1, softmaxWeights(QUERY, changed, 1)[0]?.[1] ?? NaN);
    await weightOfResult(page, 0 * 16 + 2 * 4 + 1, original[2]?.[1] ?? NaN);
    await expect
      .poll(async () => (await events(page, 'edit')).at(-1))
      .toEqual({
        tensor: 'key',
        head: 1,
        index: 1,
        component: 2,
        value: -0.5,
      });

    await button(page, 'Reset edits').click();
    await weightBecomes(page, original[2]?.[1] ?? NaN, 1);
    await expect.poll(() => field(page, 'k 2').inputValue()).toBe('2.00');
    await expect.poll(() => button(page, 'Reset edits').count()).toBe(0);
  });

  async function weightOfResult(page: Page, index: number, expected: number): Promise<void> {
    const weight = await page.evaluate((at) => window.harness.scope.result?.weights.data[at] ?? NaN, index);
    expect(weight).toBeCloseTo(expected, 6);
  }

  it('stays as it is where nothing may be turned', async () => {
    const page = await open();
    await draw(page, { query: QUERY, key: KEY, readonly: true });
    await explain(page, 2, 1);
    await expect.poll(() => field(page, 'q 0').getAttribute('readonly')).toBe('');
    await field(page, 'q 0').focus();
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => events(page, 'edit')).toEqual([]);
  });

  it('can be changed as it was given, where rotary positions turn it', async () => {
    // Of two components a vector is one complex number, which its position turns by so many radians.
    const turned = ([x = 0, y = 0]: readonly number[], angle: number): number[] => [
      x * Math.cos(angle) - y * Math.sin(angle),
      x * Math.sin(angle) + y * Math.cos(angle),
    ];
    const pairs = (vectors: number[][]): number[][] => vectors.map((vector) => vector.slice(0, 2));
    const [query, key] = [pairs(QUERY), pairs(KEY)];
    const weights = (of: number[][]): number[][] => softmaxWeights(of.map(turned), key.map(turned), 1 / Math.SQRT2);
    const page = await open();
    await draw(page, { query, key, positions: 'rotary' });
    await explain(page, 2, 1);
    await weightBecomes(page, weights(query)[2]?.[1] ?? NaN);
    const note = await page.locator('head-scope .explainer .note', { hasText: 'Rotary' }).textContent();
    expect(note).toContain('turn q to position 2 and k to position 1: components i and i + 1 together');
    await button(page, 'Exact numbers').click();
    const after = (): Promise<number[]> =>
      page
        .locator('head-scope .terms .rotated')
        .evaluateAll((all) => all.map((one) => Number(one.lastChild?.textContent)));
    const expected = [turned(query[2] ?? [], 2), turned(key[1] ?? [], 1)];
    const [q0, k0, q1, k1] = await after();
    [q0, q1].forEach((value, i) => expect(value).toBeCloseTo(expected[0]?.[i] ?? NaN, 12));
    [k0, k1].forEach((value, i) => expect(value).toBeCloseTo(expected[1]?.[i] ?? NaN, 12));
    const shown = await steps(page);
    expect(shown['q·k as given']).toBeCloseTo(dot(query[2], key[1]), 12);
    expect(shown['q·k']).toBeCloseTo(dot(...(expected as [number[], number[]])), 12);

    await field(page, 'q 1').focus();
    await page.keyboard.press('Shift+ArrowUp');
    const changed = query.map((vector, i) => (i === 2 ? [vector[0] ?? 0, (vector[1] ?? 0) + 1] : vector));
    await weightBecomes(page, weights(changed)[2]?.[1] ?? NaN);
    await expect
      .poll(async () => (await events(page, 'edit')).at(-1))
      .toMatchObject({ tensor: 'query', index: 2, component: 1, value: 2 });
    await screenshot(page, 'element-explainer-rotary');
    expect(await axeViolations(page)).toEqual([]);
  });

  it('finds room on a phone, in the dark', async () => {
    const page = await open({ viewport: { width: 360, height: 740 }, colorScheme: 'dark', hasTouch: true });
    await drawVectors(page, [2, 6, 6, 8], { tokens: ['The', 'cat', 'sat', 'on', 'שלום', '垫子'] });
    const { x, y } = await cellCentre(page, 4, 3);
    await page.touchscreen.tap(x, y);
    await page.locator('head-scope').getByRole('button', { name: 'Explain' }).tap();
    await page.locator('head-scope .explainer').waitFor();
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    const small = await page
      .locator('head-scope .explainer :is(button, input)')
      .evaluateAll(
        (all) =>
          all.map((one) => one.getBoundingClientRect()).filter(({ width, height }) => width < 24 || height < 24).length,
      );
    expect(small).toBe(0);
    await screenshot(page, 'element-explainer-phone');
    expect(await axeViolations(page)).toEqual([]);
  });
});
