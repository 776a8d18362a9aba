import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { loadLayers } from 'headscope/layers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { numbersOf, tryThis } from './chapters-fixture.js';
import { attentionByHand, distance, PageUnderTest, type Matrix } from './page-fixture.js';
import { axeViolations } from './support/axe.js';
import { latinProse } from './support/latin.js';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

async function open(options: BrowserContextOptions = {}, query = ''): Promise<WatchedPage> {
  const watched = await under.open(`?chapter=projections${query}`, options, false);
  await watched.page.locator('hs-matrix.branches').waitFor();
  await watched.page.locator('.separate hs-matrix.weights').waitFor();
  return watched;
}

async function inside(act: (page: Page) => Promise<void>): Promise<void> {
  const watched = await open();
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
    await screenshot(page, `chapter-projections-${look}`);
    expect(await axeViolations(page)).toEqual([]);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(wide).toBeLessThanOrEqual(room ?? 0);
    await expect.poll(() => page.locator('header').count()).toBe(look === 'embedded' ? 0 : 1);
    expect(problems).toEqual([]);
    await close();
  },
);

/** Names that the chapter's Chinese has in Latin letters. */
const NAMES = /\b(spatial_shift[12]|SplitAttention|MLP|Yu|Xavier|max|W_[QKV])\b/g;

test('in Chinese nothing is left in English', async () => {
  const { page, close } = await open({}, '&lang=zh');
  const left = async (): Promise<string[]> =>
    (await latinProse(page)).filter((text) =>
      /[A-Za-z]{3}/.test(text.replace(NAMES, '').replace(/GELU|softmax|headscope|JavaScript|English/g, '')),
    );
  await expect.poll(() => left()).toEqual([]);
  for (const group of ['.ways-tried', '.shift-tried', '.s2-tried']) {
    for (const button of await page.locator(`${group} button`).all()) {
      await button.click();
      await expect.poll(() => left()).toEqual([]);
    }
  }
  await page.locator('hs-number.channels input').fill('0');
  await expect.poll(() => left()).toEqual([]);
  await close();
});

const UNIT: Matrix = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

describe('separate and shared projections', () => {
  const rows = (flat: readonly number[]): number[][] => [0, 1, 2, 3].map((row) => flat.slice(4 * row, 4 * row + 4));

  test('agree with attention by hand, also after a number of X and one of W_Q were changed', () =>
    inside(async (page) => {
      await page.locator('hs-matrix.x input').nth(6).fill('0.5');
      await page.locator('hs-matrix.query input').nth(3).fill('-2');
      const given = async (name: string): Promise<Matrix> => rows(await numbersOf(page.locator(`hs-matrix.${name}`)));
      const [x, wq, wk] = await Promise.all([given('x'), given('query'), given('key')]);
      expect([x[1]?.[2], wq[0]?.[3]]).toEqual([0.5, -2]);
      for (const [way, query] of [
        ['separate', wq],
        ['shared', wk],
        ['equal', wk],
      ] as const) {
        const shown = await numbersOf(page.locator(`.${way} hs-matrix.weights`));
        expect(distance(shown, attentionByHand(x, query, wk, 0.5).flat())).toBeLessThan(1e-3);
      }
      const times = (a: Matrix, b: Matrix): number[][] =>
        a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, v, k) => sum + v * (b[k]?.[j] ?? 0), 0)));
      const q = times(x, wq);
      const k = times(x, wk);
      const s = q.map((row) => k.map((other) => row.reduce((sum, v, i) => sum + v * (other[i] ?? 0), 0) / 2));
      const most = Math.max(...s.flatMap((row, i) => row.map((v, j) => Math.abs(v - (s[j]?.[i] ?? 0)))));
      await expect
        .poll(async () => distance(await numbersOf(page.locator('.separate hs-matrix.scores')), s.flat()))
        .toBeLessThan(1e-2);
      const said = await page.locator('.separate .asymmetry').textContent();
      expect(Number(/= (.*)/.exec(said ?? '')?.[1])).toBeCloseTo(most, 2);
      await expect.poll(() => page.locator('.shared .asymmetry').textContent()).toContain('symmetric');
    }));

  test('what is tried shows what it says', () =>
    inside(async (page) => {
      expect(UNIT).toEqual(rows(await numbersOf(page.locator('hs-matrix.x'))));
      const noun = await tryThis(page, 'Let the noun look for its verb');
      expect(noun).toContain('goes from 0 to 3, and the verb’s score for the noun stays 3');
      await expect.poll(async () => (await numbersOf(page.locator('.separate hs-matrix.scores')))[6]).toBe(3);
      await expect.poll(async () => (await numbersOf(page.locator('.shared hs-matrix.scores')))[6]).toBe(0);
      const drawn = await tryThis(page, 'Random features');
      const [, separate, shared] = /is ([\d.]+) with three matrices and ([\d.]+) with/.exec(drawn) ?? [];
      expect(Number(separate)).toBeGreaterThan(0.1);
      expect(Number(shared)).toBe(0);
      expect(drawn).toMatch(/, [34] of 4 with a shared one/);
      await tryThis(page, /Start again/);
      await expect.poll(async () => rows(await numbersOf(page.locator('hs-matrix.x')))).toEqual(UNIT);
    }));

  test('the code is that of the way that was chosen', () =>
    inside(async (page) => {
      const code = page.locator('hs-equation-code pre').first();
      await expect.poll(() => code.textContent()).toContain('query: wQ, key: wK, value: wV');
      await page.locator('.equal button').click();
      await expect.poll(() => code.textContent()).toContain('query: wK, key: wK, value: wK');
      await page.getByRole('tab', { name: 'C++' }).first().click();
      await expect.poll(() => code.textContent()).toContain('.value = view(w_key)');
    }));
});

function valuesOf(pixels: Locator): Promise<{ data: number[]; shape: number[] }> {
  return pixels.evaluate((element) => {
    const { values } = element as unknown as { values: { data: Float32Array; shape: number[] } };
    return { data: [...values.data], shape: [...values.shape] };
  });
}

/** One group of a shift: along rows or columns, up or down the axis. */
function moved(picture: number[][], alongRows: boolean, step: 1 | -1, inPlace: boolean): number[][] {
  const copy = picture.map((row) => [...row]);
  const from = inPlace ? copy : picture;
  const [rows, columns] = [picture.length, picture[0]?.length ?? 0];
  const last = (alongRows ? rows : columns) - 1;
  // As `x[1:] = x[:-1]` and `x[:-1] = x[1:]`, in ascending order.
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = alongRows ? i : j;
      if (step === 1 ? at === 0 : at === last) continue;
      (copy[i] as number[])[j] = (alongRows ? from[i - step]?.[j] : from[i]?.[j - step]) ?? NaN;
    }
  }
  return copy;
}

describe('the spatial shift', () => {
  test('is what a loop gives, in place and not, for both shifts and a picture that is not square', () =>
    inside(async (page) => {
      await page.locator('hs-number.width input').fill('5');
      await page.locator('hs-number.height input').fill('7');
      await page.locator('hs-select.drawing select').selectOption('noise');
      const { data, shape } = await valuesOf(page.locator('hs-pixels.canvas'));
      expect(shape).toEqual([5, 7]);
      const picture = [0, 1, 2, 3, 4].map((row) => data.slice(7 * row, 7 * row + 7));
      for (const shift of ['1', '2']) {
        await page.locator('hs-select.which select').selectOption(shift);
        for (const [index, inPlace] of [false, true].entries()) {
          const row = page.locator('.bench tbody tr').nth(index).locator('hs-pixels');
          for (let group = 0; group < 4; group++) {
            const alongRows = group < 2 === (shift === '1');
            const expected = moved(picture, alongRows, group % 2 === 0 ? 1 : -1, inPlace);
            await expect.poll(async () => (await valuesOf(row.nth(group))).data).toEqual(expected.flat());
          }
        }
      }
    }));

  test('what is tried shows what it says', () =>
    inside(async (page) => {
      const inPlace = await tryThis(page, 'An arrow, shifted in place');
      const differences = await Promise.all(
        [0, 1, 2, 3].map(async (group) => {
          const { data } = await valuesOf(page.locator('.bench tbody tr').nth(2).locator('hs-pixels').nth(group));
          return 2 * data.filter((value) => value !== 0).length;
        }),
      );
      expect(inPlace).toContain(`${differences.reduce((sum, each) => sum + each, 0)} of 512`);
      expect(differences.map((each) => each > 0)).toEqual([true, false, true, false]);
      expect(await tryThis(page, 'Ten channels')).toContain('2, 3, 2, 3 channels');
      expect(await tryThis(page, 'A picture of one pixel')).toContain(': 0 values differ');
      await expect.poll(async () => (await valuesOf(page.locator('hs-pixels.canvas'))).shape).toEqual([1, 1]);
    }));

  test('fewer than four channels leave groups empty', () =>
    inside(async (page) => {
      await page.locator('hs-number.channels input').fill('1');
      await expect.poll(() => page.locator('.bench tbody tr').first().getByText('no channel').count()).toBe(3);
    }));

  test('a size that cannot be is told beside its field, and the picture stays', () =>
    inside(async (page) => {
      const before = await valuesOf(page.locator('hs-pixels.canvas'));
      for (const [name, bad] of [
        ['width', '0'],
        ['height', '4000'],
        ['channels', '2.5'],
      ] as const) {
        const field = page.locator(`hs-number.${name}`);
        await field.locator('input').fill(bad);
        await expect.poll(() => field.getByRole('alert').textContent()).toContain('A whole number from 1 to 32');
        await expect.poll(() => field.locator('input').inputValue()).toBe(bad);
      }
      await expect.poll(() => valuesOf(page.locator('hs-pixels.canvas'))).toEqual(before);
      await page.locator('hs-number.channels input').fill('5');
      await expect.poll(() => page.locator('hs-number.channels').getByRole('alert').count()).toBe(0);
    }));

  test('a pixel is inverted by keyboard and by a click', () =>
    inside(async (page) => {
      const canvas = page.locator('hs-pixels.canvas');
      const before = (await valuesOf(canvas)).data;
      await canvas.getByRole('application').focus();
      for (const key of ['ArrowUp', 'ArrowLeft', ' ']) await page.keyboard.press(key);
      const changed = (now: number[]): number[] => now.flatMap((value, i) => (value === before[i] ? [] : [i]));
      await expect.poll(async () => changed((await valuesOf(canvas)).data)).toEqual([3 * 8 + 3]);
      const box = await canvas.boundingBox();
      await page.mouse.click((box?.x ?? 0) + 4, (box?.y ?? 0) + 4);
      await expect.poll(async () => changed((await valuesOf(canvas)).data)).toEqual([0, 27]);
    }));
});

/** exact to 1e-7: the series of the error function */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 60; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return Math.abs(x) > 4 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * sum;
}

describe('S² attention', () => {
  test('weighs the branches as a computation by hand does, with five channels on 3 x 4', async () => {
    const engine = await loadLayers();
    const c = 5;
    const shapes = {
      'mlp1.weight': [3 * c, c],
      'mlp1.bias': [3 * c],
      'mlp2.weight': [c, c],
      'mlp2.bias': [c],
      'split_attention.mlp1.weight': [c, c],
      'split_attention.mlp2.weight': [3 * c, c],
    };
    const tensors = engine.initialise(shapes, { seed: 7 });
    const product = (name: string, x: readonly number[]): number[] => {
      const { data } = tensors[`${name}.weight`] as { data: Float32Array };
      const bias = tensors[`${name}.bias`]?.data;
      return Array.from({ length: data.length / x.length }, (_, row) =>
        x.reduce((sum, value, i) => sum + value * (data[row * x.length + i] ?? NaN), bias?.[row] ?? 0),
      );
    };
    await inside(async (page) => {
      await page.locator('hs-number.width input').fill('3');
      await page.locator('hs-number.height input').fill('4');
      await page.locator('hs-number.channels input').fill('5');
      const { data } = await valuesOf(page.locator('hs-pixels.canvas'));
      const places = data.map((ink) => product('mlp1', Array<number>(c).fill(ink))); // (12, 15)
      const branch = (k: number): number[][][] =>
        Array.from({ length: c }, (_, channel) => {
          const map = [0, 1, 2].map((i) => [0, 1, 2, 3].map((j) => places[4 * i + j]?.[k * c + channel] ?? NaN));
          const group = [0, 1, 2, 3].findLast((each) => channel >= Math.floor((each * c) / 4)) ?? 0;
          return k === 2 ? map : moved(map, group < 2 === (k === 0), group % 2 === 0 ? 1 : -1, false);
        });
      const branches = [0, 1, 2].map(branch);
      const sums = Array.from({ length: c }, (_, channel) =>
        branches.flatMap((each) => each[channel]?.flat() ?? []).reduce((sum, value) => sum + value, 0),
      );
      const hidden = product('split_attention.mlp1', sums).map((x) => 0.5 * x * (1 + erf(x / Math.SQRT2)));
      const scores = product('split_attention.mlp2', hidden);
      const expected = [0, 1, 2].map((k) =>
        sums.map((_, channel) => {
          const powers = [0, 1, 2].map((each) => Math.exp(scores[each * c + channel] ?? NaN));
          return (powers[k] ?? NaN) / powers.reduce((sum, power) => sum + power, 0);
        }),
      );
      await expect
        .poll(async () => distance(await numbersOf(page.locator('hs-matrix.branches')), expected.flat()))
        .toBeLessThan(1e-3);
      const mixed = (i: number, j: number): number[] =>
        sums.map((_, channel) =>
          expected.reduce((sum, row, k) => sum + (row[channel] ?? 0) * (branches[k]?.[channel]?.[i]?.[j] ?? 0), 0),
        );
      const output = [0, 1, 2].flatMap((i) => [0, 1, 2, 3].map((j) => product('mlp2', mixed(i, j))));
      for (let channel = 0; channel < c; channel++) {
        const shown = await valuesOf(page.locator('.outputs hs-pixels').nth(channel));
        expect(
          distance(
            shown.data,
            output.map((each) => each[channel] ?? NaN),
          ),
        ).toBeLessThan(1e-4);
      }
    });
  });

  test('what is tried shows what it says', () =>
    inside(async (page) => {
      const largest = async (name: string): Promise<number> => {
        const said = await tryThis(page, name);
        const weights = await numbersOf(page.locator('hs-matrix.branches'));
        const winners = Array.from({ length: 8 }, (_, i) =>
          Math.max(...[0, 8, 16].map((row) => weights[row + i] ?? NaN)),
        );
        const mean = winners.reduce((sum, each) => sum + each, 0) / 8;
        expect(Number(/is ([\d.]+) on average/.exec(said)?.[1])).toBeCloseTo(mean, 2);
        return mean;
      };
      const small = await largest('A small picture');
      expect(await largest('A large picture')).toBeGreaterThan(small);
      expect(await tryThis(page, 'Five channels')).toContain('220 parameters');
      await expect.poll(async () => (await numbersOf(page.locator('hs-matrix.branches'))).length).toBe(15);
      await page.getByRole('button', { name: 'draw the weights again' }).click();
      await expect.poll(() => page.getByText('seed 8').count()).toBe(1);
    }));
});
