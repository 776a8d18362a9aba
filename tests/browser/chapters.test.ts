import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFirefox, openWebKit } from './conformance/drivers.js';
import { numbersOf, openChapter, pictures, tryThis, weightsOf } from './chapters-fixture.js';
import { attentionByHand, distance, PAGE_POLICY, PageUnderTest } from './page-fixture.js';
import { axeViolations } from './support/axe.js';
import { openPage, type WatchedPage } from './support/chromium.js';
import { distFolder } from './support/paths.js';
import { screenshot } from './support/screenshot.js';
import { startStaticServer, type StaticServer } from './support/static-server.js';

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

const LOOKS: Record<string, readonly [BrowserContextOptions, string]> = {
  light: [{ viewport: { width: 1280, height: 800 } }, ''],
  dark: [{ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' }, ''],
  phone: [{ viewport: { width: 360, height: 720 }, hasTouch: true }, ''],
  forced: [{ viewport: { width: 1280, height: 800 }, forcedColors: 'active', reducedMotion: 'reduce' }, ''],
  chinese: [{ viewport: { width: 1280, height: 800 } }, '&lang=zh'],
  embedded: [{ viewport: { width: 720, height: 800 } }, '&embed'],
};

const CHAPTERS = ['self-attention', 'multi-head'] as const;

describe.each(Object.entries(LOOKS))('%s', (look, [options, query]) => {
  test.each(CHAPTERS)('%s: axe finds nothing, nothing sticks out, nothing is printed', async (id) => {
    const watched = await openChapter(under, id, options, query);
    const { page } = watched;
    await screenshot(page, `chapter-${id}-${look}`);
    expect(await axeViolations(page)).toEqual([]);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(wide).toBeLessThanOrEqual(room ?? 0);
    expect(watched.problems).toEqual([]);
    await watched.close();
  });
});

/** Opens a chapter, does something there, and makes sure that nothing was printed. */
async function inside(
  id: string,
  act: (page: WatchedPage['page']) => Promise<void>,
  query = '',
  options: BrowserContextOptions = {},
): Promise<void> {
  const watched = await openChapter(under, id, options, query);
  await act(watched.page);
  expect(watched.problems).toEqual([]);
  await watched.close();
}

describe('the shell', () => {
  test('the table of contents leads to each chapter, by keyboard too, and the row at the bottom to the next', async () => {
    const watched = await under.open();
    const { page } = watched;
    const menu = page.locator('hs-settings summary');
    await menu.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('hs-chapter-self-attention h2').waitFor();
    await expect.poll(() => page.title()).toBe('Self-attention, step by step · headscope');
    await page.getByRole('link', { name: 'The meaning of attention →' }).click();
    await page.locator('hs-chapter-multi-head h2').waitFor();
    await page.getByRole('link', { name: '← Self-attention, step by step' }).click();
    await page.locator('hs-chapter-self-attention h2').waitFor();
    await page.getByRole('link', { name: 'headscope', exact: true }).click();
    await page.locator('hs-page').waitFor();
    await watched.close();
  });

  test('the menu closes on Esc and when something else is pressed', async () => {
    const watched = await under.open();
    const { page } = watched;
    const menu = page.locator('hs-settings details');
    await menu.locator('summary').click();
    await expect.poll(() => menu.getAttribute('open')).not.toBeNull();
    await page.keyboard.press('Escape');
    await expect.poll(() => menu.getAttribute('open')).toBeNull();
    await menu.locator('summary').click();
    await page.getByRole('heading', { name: 'headscope' }).click();
    await expect.poll(() => menu.getAttribute('open')).toBeNull();
    await watched.close();
  });

  test('an embedded chapter has nothing around it', () =>
    inside(
      'self-attention',
      async (page) => {
        await expect.poll(() => page.locator('header').count()).toBe(0);
        await expect.poll(() => page.locator('nav').count()).toBe(0);
        await expect
          .poll(() => page.getByRole('heading', { name: 'Self-attention, step by step' }).isVisible())
          .toBe(true);
      },
      '&embed',
    ));

  test('a chapter that there is not is told in a sentence, with those that there are', async () => {
    const watched = await under.open('?chapter=nonsense', {}, false);
    await watched.page.getByRole('alert').getByText('There is no such chapter').waitFor();
    await expect
      .poll(() => watched.page.getByRole('link', { name: 'Self-attention, step by step' }).last().isVisible())
      .toBe(true);
    expect(watched.problems).toEqual([]);
    await watched.close();
  });

  test('a chapter loads nothing of the others and not the tool', async () => {
    const watched = await openChapter(under, 'self-attention');
    const names = await watched.page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1) ?? ''),
    );
    expect(names.filter((name) => name.startsWith('chapter-')).length).toBe(1);
    expect(names.filter((name) => name.startsWith('hs-page')).length).toBe(0);
    expect(names.filter((name) => name.startsWith('zh-')).length).toBe(0);
    const bytes = await watched.page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).decodedBodySize, 0),
    );
    expect(bytes).toBeLessThan(1e6);
    await watched.close();
  });

  test('chapters open in the page in one file, from the disk, offline', async () => {
    const file = pathToFileURL(join(distFolder, 'headscope.html'));
    for (const id of CHAPTERS) {
      file.search = `?chapter=${id}&lang=zh`;
      const watched = await openPage(under.browser, file.href, { offline: true });
      await watched.page.locator(`hs-chapter-${id} h2`).waitFor();
      await pictures(watched.page);
      await watched.page.getByRole('link', { name: 'English' }).click();
      await watched.page.waitForURL(/lang=en/);
      await watched.page.locator(`hs-chapter-${id} h2`).waitFor();
      expect(watched.problems).toEqual([]);
      await watched.close();
    }
  });
});

const X = [
  [0, 2, 1],
  [2, 1, 0],
  [2, 0, 1],
];
const WQ = [
  [0, 1, 0],
  [0, 0, 1],
  [1, 0, 0],
];
const WK = [
  [0, 0, 1],
  [1, 0, 0],
  [0, 1, 0],
];
const SCALE = 1 / Math.sqrt(3);

describe('self-attention', () => {
  const scope = (page: WatchedPage['page']): ReturnType<typeof page.locator> => page.locator('head-scope').first();
  const matrix = (page: WatchedPage['page'], id: string): ReturnType<typeof page.locator> =>
    page.locator(`hs-matrix[data-id="${id}"]`);

  test('the numbers are those of a computation by hand, in the order query, key, value', () =>
    inside('self-attention', async (page) => {
      const weights = attentionByHand(X, WQ, WK, SCALE);
      await expect.poll(async () => distance(await weightsOf(scope(page)), weights.flat())).toBeLessThan(1e-6);
      await expect
        .poll(async () => distance(await numbersOf(matrix(page, 'weights')), weights.flat()))
        .toBeLessThan(6e-4);
      await expect.poll(() => numbersOf(matrix(page, 'key'))).toEqual([2, 1, 0, 1, 0, 2, 0, 1, 2]);
      const captions = await page.locator('hs-steps hs-matrix figcaption').allTextContents();
      const order = ['WQ', 'WK', 'WV'].map((name) => captions.findIndex((caption) => caption.startsWith(name)));
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }));

  test('Karim’s worked example comes out as it is printed there', () =>
    inside('self-attention', async (page) => {
      await page.getByLabel('Numbers').selectOption({ label: 'Karim’s worked example' });
      await page.getByText('Raimi Karim, “Illustrated: Self-Attention” (2019)').waitFor();
      await expect.poll(() => numbersOf(matrix(page, 'key'))).toEqual([0, 1, 1, 4, 4, 0, 2, 3, 1]);
      await expect.poll(() => numbersOf(matrix(page, 'query'))).toEqual([1, 0, 2, 2, 2, 2, 2, 1, 3]);
      await expect.poll(() => numbersOf(matrix(page, 'value'))).toEqual([1, 2, 3, 2, 8, 0, 2, 6, 3]);
      await expect.poll(() => numbersOf(matrix(page, 'scores'))).toEqual([2, 4, 4, 4, 16, 12, 4, 12, 10]);
      await expect
        .poll(async () => distance((await numbersOf(matrix(page, 'output'))).slice(0, 3), [1.94, 6.68, 1.6]))
        .toBeLessThan(0.006);
    }));

  test('random numbers are drawn anew, and say so', () =>
    inside('self-attention', async (page) => {
      await page.getByLabel('Numbers').selectOption({ label: 'random' });
      await page.getByText('Random numbers (seed 7)').waitFor();
      const before = await numbersOf(matrix(page, 'x'));
      await page.getByRole('button', { name: 'draw again' }).click();
      await page.getByText('Random numbers (seed 8)').waitFor();
      await expect.poll(() => numbersOf(matrix(page, 'x'))).not.toEqual(before);
    }));

  test('every number of X and of the projections can be typed over; what is no number changes nothing', () =>
    inside('self-attention', async (page) => {
      await page.getByLabel('X, row 1, column 2').fill('-1.5');
      const changed = [[0, -1.5, 1], ...X.slice(1)];
      await expect
        .poll(async () => distance(await weightsOf(scope(page)), attentionByHand(changed, WQ, WK, SCALE).flat()))
        .toBeLessThan(1e-6);
      const field = page.getByLabel('W K, row 1, column 1');
      await field.fill('2');
      const key = [[2, 0, 1], ...WK.slice(1)];
      const expected = attentionByHand(changed, WQ, key, SCALE).flat();
      await expect.poll(async () => distance(await weightsOf(scope(page)), expected)).toBeLessThan(1e-6);
      await field.fill('two');
      await expect.poll(() => field.getAttribute('aria-invalid')).toBe('true');
      await expect.poll(async () => distance(await weightsOf(scope(page)), expected)).toBeLessThan(1e-6);
    }));

  test('a number is explained term by term: on hover, by the focus, and pinned until Esc', () =>
    inside('self-attention', async (page) => {
      const sum = page.locator('hs-steps .sum');
      await matrix(page, 'output').locator('td').first().hover();
      await sum.getByText('0.102·1 + 0.575·2 + 0.323·3 = 2.22').waitFor();
      await matrix(page, 'scores').locator('td').nth(1).click();
      await page.mouse.move(5, 5);
      await sum.getByText('Score of “cats” for “drink”').waitFor();
      await page.locator('hs-steps td.chosen').waitFor();
      await expect.poll(() => page.locator('hs-steps td.part').count()).toBe(6);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('hs-steps td.part').count()).toBe(0);
      await matrix(page, 'weights').locator('td').first().focus();
      await page.keyboard.press('ArrowRight');
      await sum.getByText('Weight of “cats” on “drink”').waitFor();
    }));

  test('try this: no looking ahead', () =>
    inside('self-attention', async (page) => {
      const said = await tryThis(page, 'Forbid looking ahead');
      expect(said).toContain('3 of 9 weights are 0 now');
      const expected = attentionByHand(X, WQ, WK, SCALE, true).flat();
      await expect.poll(async () => distance(await weightsOf(scope(page)), expected)).toBeLessThan(1e-6);
      await expect.poll(() => page.getByLabel('causal').isChecked()).toBe(true);
      await expect.poll(() => page.locator('hs-steps td.masked').count()).toBe(6);
    }));

  test('try this: one number changes its own rows, and those of who looks at it', () =>
    inside('self-attention', async (page) => {
      expect(await tryThis(page, 'Change one number of the second token')).toContain(
        'Its second number is 2 now, one more than before. Changed: Q: row 2; K: row 2; V: row 2; weights: every row; output: every row.',
      );
      await expect.poll(() => page.getByLabel('X, row 2, column 2').inputValue()).toBe('2');
      await page.getByRole('button', { name: 'Start again' }).click();
      await tryThis(page, 'Forbid looking ahead');
      expect(await tryThis(page, 'Change one number of the second token')).toContain(
        'weights: rows 2, 3; output: rows 2, 3.',
      );
    }));

  test('try this: moved tokens move the output along', () =>
    inside('self-attention', async (page) => {
      const before = await numbersOf(matrix(page, 'output'));
      expect(await tryThis(page, 'Move every token one place on')).toMatch(/largest difference is (0|\S+e−\d+)\./);
      await expect.poll(() => numbersOf(matrix(page, 'output'))).toEqual([...before.slice(6), ...before.slice(0, 6)]);
    }));

  test('try this: without the division the softmax is nearly one-hot, with it many keys share', () =>
    inside('self-attention', async (page) => {
      const last = page.locator('head-scope.scaling');
      const entropy = async (): Promise<number> => {
        const weights = await weightsOf(last);
        const bits = (row: readonly number[]): number =>
          -row.reduce((sum, weight) => sum + (weight > 0 ? weight * Math.log2(weight) : 0), 0);
        const rows = Array.from({ length: 8 }, (_, row) => bits(weights.slice(8 * row, 8 * row + 8)));
        return rows.reduce((sum, each) => sum + each, 0) / 8;
      };
      const figure = (said: string): number => Number(/row is (\S+) bits/.exec(said)?.[1]);
      const plain = figure(await tryThis(page, 'd = 256, not divided'));
      await expect.poll(async () => Math.abs((await entropy()) - plain)).toBeLessThan(0.006);
      expect(plain).toBeLessThan(0.6);
      const divided = figure(await tryThis(page, 'd = 256, divided by √d'));
      await expect.poll(async () => Math.abs((await entropy()) - divided)).toBeLessThan(0.006);
      expect(divided).toBeGreaterThan(2);
    }));

  test('the code can be copied, in both languages, and is that of the present numbers', () =>
    inside('self-attention', async (page) => {
      await page.getByLabel('X, row 1, column 1').fill('0.25');
      await page.getByLabel('causal').check();
      await page.getByRole('button', { name: 'copy', exact: true }).click();
      await page.getByText('JavaScript copied.').waitFor();
      const javascript = await page.evaluate(() => navigator.clipboard.readText());
      expect(javascript).toContain('[[0.25, 2, 1], [2, 1, 0], [2, 0, 1]]');
      expect(javascript).toContain('causal: true');
      await page.getByRole('tab', { name: 'JavaScript' }).focus();
      await page.keyboard.press('ArrowRight');
      await page.getByRole('button', { name: 'copy', exact: true }).click();
      await page.getByText('C++ copied.').waitFor();
      await expect
        .poll(() => page.evaluate(() => navigator.clipboard.readText()))
        .toContain('const std::array x{0.25f, 2.f, 1.f');
    }));

  test('the copied JavaScript runs and gives the weights of the picture', async () => {
    await inside('self-attention', async (page) => {
      const code = await page.locator('hs-equation-code pre').textContent();
      const program = (code ?? '')
        .replace("from 'headscope'", `from '${pathToFileURL(join(distFolder, 'headscope.js')).href}'`)
        .replace(/console\.log\(.*\);/, 'export default [...weights.data];');
      const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(program)}`)) as {
        readonly default: number[];
      };
      await expect.poll(async () => distance(module.default, await weightsOf(scope(page)))).toBeLessThan(1e-6);
    });
  });
});

describe('multi-head', () => {
  const scope = (page: WatchedPage['page'], name: string): ReturnType<typeof page.locator> =>
    page.locator(`head-scope.${name}`);
  /** weights[head][query][key] */
  const of = (weights: readonly number[], length: number, head: number, query: number, key: number): number =>
    weights[(head * length + query) * length + key] ?? NaN;

  test('the heads of the sentence look where they are built to', () =>
    inside('multi-head', async (page) => {
      const weights = await weightsOf(scope(page, 'example'));
      for (let token = 1; token < 7; token++) expect(of(weights, 7, 0, token, token - 1)).toBeGreaterThan(0.95);
      expect(of(weights, 7, 1, 0, 4)).toBeCloseTo(0.5, 1);
      expect(of(weights, 7, 1, 2, 6)).toBeCloseTo(0.5, 1);
      expect(of(weights, 7, 2, 2, 1)).toBeGreaterThan(0.95);
      expect(of(weights, 7, 2, 6, 5)).toBeGreaterThan(0.95);
    }));

  test('its weights are those of a computation by hand', () =>
    inside('multi-head', async (page) => {
      const x = await page.locator('hs-matrix').evaluate((element) => {
        const { values } = element as unknown as { readonly values: { readonly data: Float32Array } };
        return Array.from({ length: 7 }, (_, row) => [...values.data.slice(12 * row, 12 * row + 12)]);
      });
      // Head 1: the word class, 2.2 times as much in query and key; 2.2 is meant for the scores as they go into the softmax.
      const classes = Array.from({ length: 12 }, (_, row) =>
        Array.from({ length: 4 }, (__, column) => (row === column ? 2.2 : 0)),
      );
      const expected = attentionByHand(x, classes, classes, 1).flat();
      const weights = await weightsOf(scope(page, 'example'));
      expect(distance(weights.slice(49, 98), expected)).toBeLessThan(2e-6);
    }));

  test('what “cat” gathers is what the heads looked at', () =>
    inside('multi-head', async (page) => {
      expect(await tryThis(page, 'Why heads differ')).toMatch(/brings the size: 0\.99\d*|brings the size: 1/);
    }));

  test('without positions, nobody finds the token before', () =>
    inside('multi-head', async (page) => {
      expect(await tryThis(page, 'Take the positions away')).toContain('it looks at all 7 alike (0.143 each)');
      await expect
        .poll(async () => {
          const weights = await weightsOf(scope(page, 'example'));
          return distance(weights.slice(0, 49), Array<number>(49).fill(1 / 7));
        })
        .toBeLessThan(1e-6);
    }));

  test('patches attend by colour and by place', () =>
    inside('multi-head', async (page) => {
      await page.getByLabel('Example').selectOption({ label: 'vision: a picture of 16 patches' });
      await expect.poll(async () => (await weightsOf(scope(page, 'example'))).length).toBe(512);
      const weights = await weightsOf(scope(page, 'example'));
      for (const grass of [12, 13, 14, 15]) expect(of(weights, 16, 0, 12, grass)).toBeCloseTo(0.25, 2);
      expect(of(weights, 16, 1, 12, 12)).toBeGreaterThan(of(weights, 16, 1, 12, 15) * 50);
      await page.getByRole('button', { name: /row 2, column 2/ }).click();
      await expect.poll(() => page.getByRole('button', { name: 'row 3, column 3: 25 %' }).isVisible()).toBe(true);
      expect(await tryThis(page, 'Colour or place?')).toContain('the 4 patches of grass (0.246');
      await screenshot(page, 'chapter-multi-head-vision');
      const painted = await tryThis(page, 'Paint one patch');
      expect(painted).toContain('its weights changed by 0.');
      expect(await axeViolations(page)).toEqual([]);
    }));

  test('an action looks at its own state and at the last return, and not ahead', () =>
    inside('multi-head', async (page) => {
      await page.getByLabel('Example').selectOption({ label: 'decisions: a way through a grid' });
      await expect.poll(async () => (await weightsOf(scope(page, 'example'))).length).toBe(288);
      const weights = await weightsOf(scope(page, 'example'));
      for (const step of [0, 1, 2, 3]) {
        expect(of(weights, 12, 0, 3 * step + 2, 3 * step + 1)).toBeGreaterThan(0.95);
        expect(of(weights, 12, 1, 3 * step + 2, 3 * step)).toBeGreaterThan(0.95);
      }
      for (let query = 0; query < 12; query++) {
        for (let key = query + 1; key < 12; key++) expect(of(weights, 12, 0, query, key)).toBe(0);
      }
      expect(await tryThis(page, 'What the second action knows')).toMatch(/return −(3\.00|2\.99)\./);
      expect(await tryThis(page, 'Ask for more')).toMatch(
        /gathers the return −2\.00 now\. The second still gathers −(3\.00|2\.99)/,
      );
      expect(await tryThis(page, 'Allow looking ahead')).toContain('with the mask 0)');
      await screenshot(page, 'chapter-multi-head-decision');
      expect(await axeViolations(page)).toEqual([]);
    }));

  test('a number of heads that does not divide dim is refused in a sentence, and the picture stays', () =>
    inside('multi-head', async (page) => {
      const before = await weightsOf(scope(page, 'count'));
      expect(before.length).toBe(3 * 36);
      await tryThis(page, '5 heads for dim = 12');
      await page.getByRole('alert').getByText('5 heads: expected a number that divides dim = 12.').waitFor();
      await expect.poll(() => weightsOf(scope(page, 'count'))).toEqual(before);
      const slider = page.getByLabel('heads', { exact: true });
      await slider.focus();
      await page.keyboard.press('ArrowRight');
      await expect.poll(async () => (await weightsOf(scope(page, 'count'))).length).toBe(6 * 36);
      await expect.poll(() => page.getByRole('alert').count()).toBe(0);
      expect(await tryThis(page, 'One head: is it SelfAttention?')).toMatch(/differ by (0|\S+e−\d+)\./);
    }));

  test('positions: sines and cosines, whose dot product depends on the distance alone', () =>
    inside('multi-head', async (page) => {
      const table = await page
        .locator('hs-heatmap')
        .first()
        .evaluate((element) => {
          const { values } = element as unknown as { readonly values: { readonly data: Float32Array } };
          return [...values.data];
        });
      const expected = Array.from({ length: 48 * 32 }, (_, index) => {
        const [position, column] = [Math.floor(index / 32), index % 32];
        const angle = position / 10000 ** ((column - (column % 2)) / 32);
        return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      });
      expect(distance(table, expected)).toBeLessThan(1e-5);
      expect(await tryThis(page, 'Is it only the distance')).toMatch(/differ by at most \S+e−\d/);
      const said = await tryThis(page, 'Swap two words');
      const [without, withThem] = [...said.matchAll(/largest difference ([\d.e−]+)\)/g)].map(([, text]) =>
        Number(text?.replace('−', '-')),
      );
      expect(without).toBeLessThan(1e-5);
      expect(withThem).toBeGreaterThan(0.1);
      const field = page.locator('hs-heatmap .field').first();
      await field.focus();
      await page.keyboard.press('ArrowRight');
      await page.getByText('position 0, column 1: 1').waitFor();
    }));
});

test('keyboard only: a chapter from the first field to the code', () =>
  inside('self-attention', async (page) => {
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        let active: Element | null = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        return active?.getAttribute('aria-label') ?? active?.textContent.trim() ?? '';
      });
    const seen: string[] = [];
    for (let presses = 0; presses < 60 && seen.at(-1) !== 'copy'; presses++) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
    }
    for (const stop of ['X, row 1, column 1', 'W K, row 1, column 1', 'Forbid looking ahead', 'JavaScript', 'copy']) {
      expect(seen).toContain(stop);
    }
    expect(seen.some((label) => label.startsWith('Attention weights of'))).toBe(true);
  }));

/** Looks into a chapter in a frame, because the drivers of the other engines do not look into shadow roots. */
const SMOKE = `
const frame = document.querySelector('iframe');
const deep = (root, name) => [...root.querySelectorAll('*')].flatMap((element) => [
  ...(element.localName === name ? [element] : []),
  ...(element.shadowRoot ? deep(element.shadowRoot, name) : []),
]);
const timer = setInterval(() => {
  const scopes = deep(frame.contentDocument, 'head-scope');
  // Those further down the page, too.
  for (const scope of scopes) scope.loading = 'eager';
  if (scopes.length === 0 || !scopes.every(({ busy, result }) => !busy && result)) return;
  clearInterval(timer);
  const verdict = document.createElement('p');
  verdict.id = 'verdict';
  const math = deep(frame.contentDocument, 'msqrt')[0]?.getBoundingClientRect().height ?? 0;
  verdict.textContent = JSON.stringify({ first: scopes[0].result.weights.data[1], scopes: scopes.length, math });
  document.body.append(verdict);
}, 100);`;

describe('other engines', () => {
  let server: StaticServer;

  beforeAll(async () => {
    server = await startStaticServer({
      folders: { '/': join(distFolder, 'page') },
      files: {
        '/smoke.html':
          '<!doctype html><iframe src="./?chapter=self-attention&amp;lang=zh" width="1200" height="700"></iframe><script src="smoke.js"></script>',
        '/smoke.js': SMOKE,
      },
      csp: PAGE_POLICY,
    });
  });
  afterAll(() => server.close());

  test.each([
    ['Firefox', openFirefox],
    ['WebKitGTK', openWebKit],
  ] as const)('%s shows a chapter with its numbers and its equation', async (name, open) => {
    const engine = await open();
    try {
      const text = await engine.textOf(`${server.origin}/smoke.html`, '#verdict', `chapter-${name}`.toLowerCase());
      const { first, scopes, math } = JSON.parse(text) as { first: number; scopes: number; math: number };
      expect(first).toBeCloseTo(0.575, 3);
      expect(scopes).toBe(2);
      expect(math).toBeGreaterThan(5);
    } finally {
      await engine.close();
    }
  });
});
