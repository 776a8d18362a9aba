import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';
import {
  attentionByHand,
  distance,
  drawnWeights,
  drawnWhen,
  PageUnderTest,
  paste,
  type Matrix,
} from './page-fixture.js';

// The example that a first visitor sees, as the page's presets have it.
const X: Matrix = [
  [0, 2, 1],
  [2, 1, 0],
  [2, 0, 1],
];
const WQ: Matrix = [
  [0, 1, 0],
  [0, 0, 1],
  [1, 0, 0],
];
const WK: Matrix = [
  [0, 0, 1],
  [1, 0, 0],
  [0, 1, 0],
];
const SCALE = 1 / Math.sqrt(3);

let under: PageUnderTest;
let watched: WatchedPage;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

async function fresh<T>(body: (page: WatchedPage['page']) => Promise<T>): Promise<T> {
  watched = await under.open();
  try {
    const result = await body(watched.page);
    expect(watched.problems).toEqual([]);
    return result;
  } finally {
    await watched.close();
  }
}

describe('first sight', () => {
  test('the example is computed and drawn, with its steps and the line that invites', () =>
    fresh(async (page) => {
      const { shape, weights } = await drawnWeights(page);
      expect(shape).toEqual([1, 3, 3]);
      expect(distance(weights, attentionByHand(X, WQ, WK, SCALE).flat())).toBeLessThan(1e-6);
      await page
        .getByText('Three tokens, three numbers each. Change any number and watch where each token looks.')
        .waitFor();
      for (const caption of ['scores = Q Kᵀ × 0.577', 'weights = softmax of each row', 'output = weights × V']) {
        await page.getByText(caption).waitFor();
      }
      await screenshot(page, 'page-first-sight');
    }));

  test('nothing moves while it loads', async () => {
    const context = await under.browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as PerformanceEntry & { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(under.server.origin);
    await drawnWeights(page);
    await page.waitForTimeout(500);
    const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
    await context.close();
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.02);
  });
});

describe('typing', () => {
  test('a changed number changes the picture and every step at once', () =>
    fresh(async (page) => {
      await page.getByLabel('cats, number 1').fill('3');
      const changed = [[3, 2, 1], ...X.slice(1)];
      const expected = attentionByHand(changed, WQ, WK, SCALE);
      await drawnWhen(page, ({ weights }) => distance(weights, expected.flat()) < 1e-6);
      // Q = X Wq: number 2 of cats is now 3 (it was 0), and the steps say so.
      const q = page.locator('hs-steps figure').filter({ hasText: 'query' }).locator('tr').first().locator('td');
      await expect.poll(() => q.allInnerTexts()).toEqual(['1', '3', '2']);
    }));

  test('a projection can be typed in, too', () =>
    fresh(async (page) => {
      await page.getByLabel('W Q, row 1, column 1').fill('-1.5');
      const wq = [[-1.5, 1, 0], ...WQ.slice(1)];
      await drawnWhen(page, ({ weights }) => distance(weights, attentionByHand(X, wq, WK, SCALE).flat()) < 1e-6);
    }));

  test('a word where a number belongs is marked and said; the picture stays', () =>
    fresh(async (page) => {
      const before = await drawnWeights(page);
      const cell = page.getByLabel('drink, number 2');
      await cell.fill('two');
      const alert = page.getByRole('alert');
      await expect.poll(() => alert.innerText()).toContain('Row “drink”, number 2: expected a number, got “two”.');
      await expect.poll(() => cell.getAttribute('aria-invalid')).toBe('true');
      expect(await drawnWeights(page)).toEqual(before);
      await screenshot(page, 'page-word-for-number');
      await cell.fill('1');
      await expect.poll(() => alert.count()).toBe(0);
    }));

  test('a half-typed number is not an error before the cell is left', () =>
    fresh(async (page) => {
      await page.getByLabel('drink, number 2').fill('-');
      await expect.poll(() => page.getByRole('alert').count()).toBe(0);
      await page.getByLabel('milk, number 2').focus();
      await expect.poll(() => page.getByRole('alert').innerText()).toContain('got “-”');
    }));

  test('a markup-laden token name stays text', () =>
    fresh(async (page) => {
      const name = '<img src=x onerror=alert(1)>';
      await page.getByLabel('Name of token 1').fill(name);
      await expect.poll(() => page.locator('head-scope').getByText(name).count()).toBeGreaterThan(0);
      await expect.poll(() => page.locator('img[src=x]').count()).toBe(0);
    }));
});

describe('pasting', () => {
  test('a block from a spreadsheet makes the table larger; names and a header row are understood', () =>
    fresh(async (page) => {
      await page.getByLabel('cats, number 1').focus();
      await paste(page, 'who\ta\tb\tc\td\nann\t1\t0\t0\t1\nbob\t0\t1\t0\t0\ncy\t0,5\t0\t1\t0\ndee\t1\t1\t0\t0\n');
      const x = [
        [1, 0, 0, 1],
        [0, 1, 0, 0],
        [0.5, 0, 1, 0],
        [1, 1, 0, 0],
      ];
      // Rows that the projections did not have are filled with zeros.
      const wq = [...WQ, [0, 0, 0]];
      const wk = [...WK, [0, 0, 0]];
      await drawnWhen(page, ({ weights }) => distance(weights, attentionByHand(x, wq, wk, SCALE).flat()) < 1e-6);
      await expect.poll(() => page.getByLabel('Name of token 3').inputValue()).toBe('cy');
      await page.getByText('The first row was read as column names.').waitFor();
    }));

  test('a ragged block is shown, its gap marked and said; the picture stays', () =>
    fresh(async (page) => {
      const before = await drawnWeights(page);
      await page.getByLabel('cats, number 1').focus();
      await paste(page, '1,2,3\n4,5\n7,8,9');
      await expect
        .poll(() => page.getByRole('alert').innerText())
        .toContain('Row “drink”, number 3: expected a number, got nothing.');
      await expect.poll(() => page.getByLabel('drink, number 3').getAttribute('aria-invalid')).toBe('true');
      expect(await drawnWeights(page)).toEqual(before);
      await screenshot(page, 'page-ragged-paste');
      await page.getByLabel('drink, number 3').fill('6');
      const x = [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ];
      await drawnWhen(page, ({ weights }) => distance(weights, attentionByHand(x, WQ, WK, SCALE).flat()) < 1e-6);
    }));

  test.each([
    ['100 rows', Array(100).fill('1,2,3').join('\n'), 'got 100 rows of 3'],
    ['a gigantic text', '1,2\n'.repeat(500_000), 'got 2,000,000 characters'],
  ])('%s are refused with a sentence', (_, text, said) =>
    fresh(async (page) => {
      const before = await drawnWeights(page);
      await page.getByLabel('cats, number 1').focus();
      await paste(page, text);
      await expect.poll(() => page.getByRole('alert').innerText()).toContain(said);
      await expect.poll(() => page.getByRole('alert').innerText()).toContain('expected at most 64 rows of 16 numbers');
      expect(await drawnWeights(page)).toEqual(before);
    }),
  );
});

describe('rows, columns, heads', () => {
  test('rows and columns come and go', () =>
    fresh(async (page) => {
      await page.getByRole('button', { name: 'add row' }).click();
      await drawnWhen(page, ({ shape }) => shape.join() === '1,4,4');
      await page.getByRole('button', { name: 'add column' }).click();
      const x = [...X.map((row) => [...row, 0]), [1, 1, 1, 0]];
      const zero = [0, 0, 0];
      const expected = attentionByHand(x, [...WQ, zero], [...WK, zero], SCALE);
      await drawnWhen(page, ({ weights }) => distance(weights, expected.flat()) < 1e-6);
      await page.getByRole('button', { name: 'Remove row drink' }).click();
      await page.getByRole('button', { name: 'Remove column 2' }).click();
      const without = x.filter((_, row) => row !== 1).map((row) => row.filter((__, column) => column !== 1));
      const drop = (matrix: Matrix): Matrix => [...matrix, zero].filter((_, row) => row !== 1);
      const left = attentionByHand(without, drop(WQ), drop(WK), SCALE);
      await drawnWhen(page, ({ weights }) => distance(weights, left.flat()) < 1e-6);
    }));

  test('an edit shows in all heads', () =>
    fresh(async (page) => {
      await page.getByRole('button', { name: 'colour and shape' }).click();
      const x = [
        [2, 0, 2, 0],
        [2, 0, 0, 2],
        [0, 2, 2, 0],
        [0, 2, 0, 2],
      ];
      const halves = (rows: Matrix): number[] =>
        [0, 2].flatMap((first) => {
          const half = rows.map((row) => row.slice(first, first + 2));
          const unit = [
            [1, 0],
            [0, 1],
          ];
          return attentionByHand(half, unit, unit, 1 / Math.sqrt(2)).flat();
        });
      await drawnWhen(page, ({ shape, weights }) => shape.join() === '2,4,4' && distance(weights, halves(x)) < 1e-6);
      await page.getByLabel('red box, number 1').fill('0');
      await page.getByLabel('red box, number 4').fill('5');
      const edited = [[2, 0, 2, 0], [0, 0, 0, 5], ...x.slice(2)];
      await drawnWhen(page, ({ weights }) => distance(weights, halves(edited)) < 1e-6);
    }));

  test('more heads, narrower heads: the old columns stay, no error on the way', () =>
    fresh(async (page) => {
      const before = await drawnWeights(page);
      await page.evaluate(() => {
        const seen: string[] = [];
        Object.assign(window, { seen });
        const root = document.querySelector('hs-page')?.shadowRoot;
        if (!root) throw new Error('no page');
        new MutationObserver(() => {
          for (const alert of root.querySelectorAll('[role=alert]')) seen.push(alert.textContent ?? '');
        }).observe(root, { childList: true, subtree: true });
      });
      await page.getByRole('spinbutton', { name: 'Heads' }).fill('3');
      const three = await drawnWhen(page, ({ shape }) => shape.join() === '3,3,3');
      expect(distance(three.weights.slice(0, 9), before.weights)).toBe(0);
      await page.getByLabel('Dimension per head').fill('1');
      // Head h sees column h of what is left: the first three of each projection.
      const columns = [0, 1, 2].flatMap((head) => {
        const one = (matrix: Matrix): Matrix => matrix.map((row) => [row[head] ?? NaN]);
        return attentionByHand(X, one(WQ), one(WK), 1).flat();
      });
      await drawnWhen(page, ({ weights }) => distance(weights, columns) < 1e-6);
      await page.getByText('= 1/√1').waitFor();
      await expect.poll(() => page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
    }));

  test('scale, temperature and causal do what they say', () =>
    fresh(async (page) => {
      await page.getByLabel('Scale', { exact: true }).fill('0.25');
      await drawnWhen(page, ({ weights }) => distance(weights, attentionByHand(X, WQ, WK, 0.25).flat()) < 1e-6);
      await page.getByLabel('Temperature').focus();
      await page.keyboard.press('Home'); // the coldest, 0.1
      await drawnWhen(page, ({ weights }) => distance(weights, attentionByHand(X, WQ, WK, 2.5).flat()) < 1e-6);
      await page.getByLabel('causal').check();
      const causal = await drawnWhen(page, ({ weights }) => weights[1] === 0 && weights[2] === 0 && weights[5] === 0);
      expect(distance(causal.weights, attentionByHand(X, WQ, WK, 2.5, true).flat())).toBeLessThan(1e-6);
      await screenshot(page, 'page-causal');
      await page.getByRole('button', { name: 'back to 1/√3' }).click();
      await drawnWhen(
        page,
        ({ weights }) => distance(weights, attentionByHand(X, WQ, WK, 10 * SCALE, true).flat()) < 1e-6,
      );
    }));

  test('random projections follow their seed', () =>
    fresh(async (page) => {
      await page.getByLabel('Projections').selectOption('random');
      const seven = await drawnWhen(
        page,
        ({ weights }) => distance(weights, attentionByHand(X, WQ, WK, SCALE).flat()) > 1e-3,
      );
      await page.getByText('Random projections (seed 7)').waitFor();
      await page.getByLabel('Seed').fill('8');
      const eight = await drawnWhen(page, ({ weights }) => distance(weights, seven.weights) > 1e-3);
      await page.getByLabel('Seed').fill('7');
      await drawnWhen(page, ({ weights }) => distance(weights, seven.weights) === 0);
      expect(distance(eight.weights, seven.weights)).toBeGreaterThan(1e-3);
      await page.getByRole('spinbutton', { name: 'Heads' }).fill('0');
      await expect
        .poll(() => page.getByRole('alert').innerText())
        .toBe('Heads: expected a whole number from 1 to 64, got 0.');
    }));

  test('identity projections compare the vectors themselves', () =>
    fresh(async (page) => {
      await page.getByLabel('Projections').selectOption('identity');
      const unit = [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ];
      await drawnWhen(page, ({ weights }) => distance(weights, attentionByHand(X, unit, unit, SCALE).flat()) < 1e-6);
    }));
});

describe('the steps', () => {
  test('a number under the pointer lights what made it, with the sum in words', () =>
    fresh(async (page) => {
      const output = page.locator('hs-steps figure').filter({ hasText: 'output' });
      await output.locator('td').first().hover();
      await expect.poll(() => page.locator('hs-steps td.part').count()).toBe(6);
      await page.locator('hs-steps .sum').getByText('0.102·1 + 0.575·2 + 0.323·3 = 2.22', { exact: false }).waitFor();
      await page.locator('hs-steps figure').filter({ hasText: 'weights = softmax' }).locator('td').nth(1).hover();
      await page.locator('hs-steps .sum').getByText('Weight of “cats” on “drink”').waitFor();
      await screenshot(page, 'page-steps-hover');
    }));

  test('they follow what is turned and typed in the picture, and say what they cannot', () =>
    fresh(async (page) => {
      const scope = page.locator('head-scope');
      const agree = async (weights: readonly number[]): Promise<void> => {
        await drawnWhen(page, (drawn) => distance(drawn.weights, weights) < 1e-3);
        const cells = page.locator('hs-steps hs-matrix[data-id=weights] td');
        await expect.poll(async () => distance((await cells.allInnerTexts()).map(Number), weights)).toBeLessThan(1e-3);
      };
      await scope.getByRole('button', { name: 'More' }).click();
      // 1·tanh(q·k / √3) of "cats": q·k is 2, 5 and 4.
      await scope.getByLabel('softcap').fill('1');
      const row = (...scores: number[]): number[] => {
        const powers = scores.map((score) => Math.exp(Math.tanh(score * SCALE)));
        return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
      };
      const [cats, drink, milk] = [row(2, 5, 4), row(2, 2, 4), row(4, 1, 2)];
      await agree([...cats, ...drink, ...milk]);
      await page.locator('hs-steps').getByText('softcap 1').waitFor();
      await page.locator('hs-matrix[data-id=scores] td').nth(1).hover();
      await page.locator('hs-steps .sum').getByText('Softcap: 1·tanh(2.89 ÷ 1) = 0.994.').waitFor();

      await scope.getByLabel('window').fill('0');
      await agree([1, 0, 0, 0, 1, 0, 0, 0, 1]);
      await page.locator('hs-matrix[data-id=weights] td').nth(2).hover();
      await page.locator('hs-steps .sum').getByText('“milk” is outside of the window').waitFor();
      await scope.getByRole('button', { name: 'Reset' }).click();

      // The explainer: number 1 of the query of "cats" is 4 instead of 1, so that q·k is 8, 8 and 4.
      await scope.getByRole('grid').focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.keyboard.press('e');
      await scope.locator('[part=explainer] input').first().fill('4');
      const [one, other] = [Math.exp(8 * SCALE), Math.exp(4 * SCALE)];
      const edited = [one, one, other].map((power) => power / (2 * one + other));
      await agree([...edited, ...attentionByHand(X, WQ, WK, SCALE).slice(1).flat()]);
      await page.locator('hs-steps').getByText('with your changes').waitFor();

      await scope.getByLabel('top-k').fill('1');
      await page.getByText('In the picture, but not in these steps: top-k 1.').waitFor();
      await screenshot(page, 'page-steps-turned');
    }));

  test('they fit the page at 1280 and at 360 pixels, side by side or below each other', () =>
    fresh(async (page) => {
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        // No matrix is cut off.
        await expect
          .poll(() =>
            page.locator('hs-steps hs-matrix').evaluateAll((matrices, room) => {
              const edges = matrices.map((matrix) => matrix.getBoundingClientRect().right);
              return Math.max(...edges) <= room;
            }, width),
          )
          .toBe(true);
      }
    }));

  test('the cell chosen in the picture is lit in the steps', () =>
    fresh(async (page) => {
      await page.locator('head-scope').getByRole('grid').focus();
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => page.locator('hs-steps td.chosen').count()).toBe(1);
      await page.locator('hs-steps .sum').getByText('Weight of “cats” on', { exact: false }).waitFor();
    }));
});

test('keyboard only: tabs, cells, projections, picture', () =>
  fresh(async (page) => {
    await page.keyboard.press('Tab');
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        let active: Element | null = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        return active?.getAttribute('aria-label') ?? active?.id ?? '';
      });
    await expect.poll(() => focused()).toBe('tab-vectors');
    // Chapters, language, colours.
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Tab');
    await expect.poll(() => focused()).toContain('Colours');
    await page.keyboard.press('Tab');
    await expect.poll(() => focused()).toBe('Name of token 1');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => focused()).toBe('cats, number 1');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => focused()).toBe('drink, number 2');
    await page.keyboard.type('4');
    await page.keyboard.press('Enter');
    await expect.poll(() => focused()).toBe('milk, number 2');
    const changed = [X[0] ?? [], [2, 4, 0], X[2] ?? []];
    await drawnWhen(page, ({ weights }) => distance(weights, attentionByHand(changed, WQ, WK, SCALE).flat()) < 1e-6);
    const seen = new Set<string>();
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      seen.add(await focused());
      if (seen.has('W V, row 1, column 1')) break;
    }
    for (const stop of [
      'projections',
      'heads',
      'headDim',
      'scale',
      'temperature',
      'causal',
      'positions',
      'W Q, row 1, column 1',
    ]) {
      expect(seen).toContain(stop);
    }
    expect([...seen].some((label) => label.startsWith('Attention weights of'))).toBe(true);
  }));
