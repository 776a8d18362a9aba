import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { numbersOf, openChapter, pictures, tryThis, weightsOf } from './chapters-fixture.js';
import { distance, PageUnderTest } from './page-fixture.js';
import { axeViolations } from './support/axe.js';
import { openPage, type WatchedPage } from './support/chromium.js';
import { latinProse } from './support/latin.js';
import { distFolder, repositoryRoot } from './support/paths.js';
import { screenshot } from './support/screenshot.js';

/** What PyTorch wrote down while training: inputs with outputs, some with logits and weights. */
interface Example {
  readonly input: string;
  readonly output: string;
  readonly next: string;
  readonly logits?: readonly (readonly number[])[];
}
type Cube = readonly (readonly (readonly number[])[])[];

interface Model {
  readonly examples: readonly (Example & Readonly<Record<string, unknown>>)[];
  readonly accuracy: Readonly<Record<string, number>>;
  readonly previousToken: readonly (readonly number[])[];
  readonly afterLastOccurrence: readonly (readonly number[])[];
}

function model(name: string): Model {
  const read = (file: string): object =>
    JSON.parse(readFileSync(join(repositoryRoot, 'web', 'models', file), 'utf8')) as object;
  return { ...read(`${name}.json`), ...read(`${name}.examples.json`) } as Model;
}

const dates = model('dates');
const induction = model('induction');
const sorting = model('sorting');

const CROSS = 'decoder.layers.0.multihead_attn.weights';

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

/** Opens the chapter with all its parts, does something there, and makes sure that nothing was printed. */
async function inside(act: Act, options: BrowserContextOptions = {}, query = ''): Promise<void> {
  const watched = await openChapter(under, 'transformer', options, query);
  const { page } = watched;
  const printed: string[] = [];
  page.on('console', (message) => printed.push(message.text()));
  await complete(page);
  await act(page);
  expect(printed).toEqual([]);
  expect(watched.problems).toEqual([]);
  await watched.close();
}

type Act = (page: Page) => Promise<void>;

/** One page for tests that each set what they need, and make sure that nothing was printed. */
function together(): (act: Act) => Promise<void> {
  let watched: WatchedPage;
  const printed: string[] = [];
  beforeAll(async () => {
    watched = await openChapter(under, 'transformer');
    watched.page.on('console', (message) => printed.push(message.text()));
    await complete(watched.page);
  });
  afterAll(() => watched.close());
  return async (act) => {
    await act(watched.page);
    expect(printed).toEqual([]);
    expect(watched.problems).toEqual([]);
  };
}

/** Waits until the last part has its numbers. */
async function complete(page: Page): Promise<void> {
  await page.locator('hs-sorting hs-matrix td').first().waitFor();
  await pictures(page);
}

const part = (page: Page, name: 'date-reader' | 'transformer-anatomy' | 'induction' | 'sorting'): Locator =>
  page.locator(`hs-${name}`);

const dateField = (page: Page): Locator => part(page, 'date-reader').locator('input').first();

/** What is written, as the buttons show it. */
async function written(page: Page): Promise<string[]> {
  const texts = await part(page, 'date-reader').locator('.output button').allTextContents();
  return texts.map((text) => text.trim());
}

/** From now on time passes in the page only as it is told to. */
async function holdTime(page: Page): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 60_000);
}

const LOOKS: Record<string, readonly [BrowserContextOptions, string]> = {
  light: [{ viewport: { width: 1280, height: 800 } }, ''],
  dark: [{ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' }, ''],
  phone: [{ viewport: { width: 360, height: 720 }, hasTouch: true }, ''],
  forced: [{ viewport: { width: 1280, height: 800 }, forcedColors: 'active', reducedMotion: 'reduce' }, ''],
  chinese: [{ viewport: { width: 1280, height: 800 } }, '&lang=zh'],
  embedded: [{ viewport: { width: 720, height: 800 } }, '&embed'],
};

test.each(Object.entries(LOOKS))('%s: axe finds nothing, nothing sticks out', (look, [options, query]) =>
  inside(
    async (page) => {
      await part(page, 'sorting').locator('summary').click();
      await screenshot(page, `chapter-transformer-${look}`);
      expect(await axeViolations(page)).toEqual([]);
      const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      expect(wide).toBeLessThanOrEqual(room ?? 0);
      await expect.poll(() => page.locator('header').count()).toBe(look === 'embedded' ? 0 : 1);
    },
    options,
    query,
  ),
);

test('no more than 1 MB is loaded', () =>
  inside(async (page) => {
    const bytes = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).decodedBodySize, 0),
    );
    expect(bytes).toBeLessThan(1e6);
  }));

test('in the page in one file, from the disk, offline', async () => {
  const file = pathToFileURL(join(distFolder, 'headscope.html'));
  file.search = '?chapter=transformer';
  const watched = await openPage(under.browser, file.href, { offline: true });
  await complete(watched.page);
  await expect.poll(async () => (await written(watched.page)).join('')).toBe('2021-03-03end');
  expect(watched.problems).toEqual([]);
  await watched.close();
});

describe('dates', () => {
  const here = together();

  test('every date is written as PyTorch wrote it', () =>
    here(async (page) => {
      for (const { input, output } of dates.examples) {
        await dateField(page).fill(input);
        await expect.poll(async () => (await written(page)).join('')).toBe(`${output}end`);
      }
    }));

  test('cross-attention and probabilities are those of PyTorch', () =>
    here(async (page) => {
      for (const example of dates.examples.filter(({ logits }) => logits)) {
        await dateField(page).fill(example.input);
        const expected = (example[CROSS] as Cube).flat(2);
        await expect
          .poll(async () => distance(await weightsOf(part(page, 'date-reader').locator('head-scope')), expected))
          .toBeLessThan(1e-5);
        const shown = await part(page, 'date-reader')
          .locator('hs-probabilities')
          .evaluate((element) => [...(element as unknown as { readonly values: readonly number[] }).values]);
        const powers = (example.logits?.[6] ?? []).map((logit) => Math.exp(logit));
        const sum = powers.reduce((total, power) => total + power, 0);
        expect(
          distance(
            shown,
            powers.map((power) => power / sum),
          ),
        ).toBeLessThan(1e-5);
      }
    }));

  test('the coloured text, the sentence and the matrix show the chosen character and the chosen head', () =>
    inside(async (page) => {
      const reader = part(page, 'date-reader');
      const [example] = dates.examples;
      await dateField(page).fill(example?.input ?? '');
      const rows = example?.[CROSS] as Cube;
      const shown = (): Promise<number[]> =>
        reader
          .locator('hs-token-line')
          .evaluate((element) => [...(element as unknown as { readonly weights: readonly number[] }).weights]);
      const of = (head: number, step: number): number[] => [...(rows[head]?.[step] ?? [])];
      await expect.poll(async () => distance(await shown(), of(0, 6))).toBeLessThan(1e-5);
      await reader.getByText('the decoder looks mostly at “m”, character 8 of the text').waitFor();
      await reader.getByRole('button', { name: 'Character 10: 3' }).click();
      await expect.poll(async () => distance(await shown(), of(0, 9))).toBeLessThan(1e-5);
      await reader.getByText('the decoder looks mostly at “3”, character 1 of the text').waitFor();
      const selection = (): Promise<unknown> =>
        reader.locator('head-scope').evaluate((element) => (element as HTMLElementTagNameMap['head-scope']).selection);
      await expect.poll(selection).toEqual({ head: 0, query: 9, key: 1, pinned: true });
      await reader.getByRole('option', { name: /head 3/i }).click();
      await expect.poll(async () => distance(await shown(), of(3, 9))).toBeLessThan(1e-5);
      const coloured = await reader
        .locator('hs-token-line span')
        .evaluateAll((spans) => spans.map((span) => getComputedStyle(span).backgroundColor));
      expect(new Set(coloured).size).toBeGreaterThan(3);
    }));

  test('characters are written one by one, forwards and backwards, by buttons, slider and keys', () =>
    inside(async (page) => {
      const reader = part(page, 'date-reader');
      const slider = reader.getByLabel('step');
      await holdTime(page);
      await slider.focus();
      await page.keyboard.press('Home');
      await expect.poll(() => written(page)).toEqual(['2', ...Array<string>(10).fill('·')]);
      await page.keyboard.press('ArrowRight');
      await expect.poll(async () => (await written(page)).join('')).toBe('20·········');
      await reader.getByRole('button', { name: 'forward' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(async () => (await written(page)).join('')).toBe('202········');
      await reader.getByRole('button', { name: 'back' }).click();
      await expect.poll(async () => (await written(page)).join('')).toBe('20·········');
      await expect.poll(() => reader.getByRole('button', { name: 'Character 3: not written yet' }).count()).toBe(1);
      await page.clock.runFor(10_000);
      await expect.poll(async () => (await written(page)).join('')).toBe('20·········');
    }));

  test('play writes to the end, and can be paused; under reduced motion it is there at once', async () => {
    await inside(async (page) => {
      const reader = part(page, 'date-reader');
      await holdTime(page);
      await reader.getByRole('button', { name: 'play' }).click();
      await expect.poll(async () => (await written(page)).join('')).toBe('2··········');
      await page.clock.runFor(1000);
      await expect.poll(async () => (await written(page)).join('')).toBe('20·········');
      await reader.getByRole('button', { name: 'pause' }).click();
      await page.clock.runFor(10_000);
      await expect.poll(async () => (await written(page)).join('')).toBe('20·········');
      await reader.getByRole('button', { name: 'play' }).click();
      await page.clock.runFor(10_000);
      await expect.poll(async () => (await written(page)).join('')).toBe('2021-03-03end');
      await reader.getByRole('button', { name: 'play' }).waitFor();
    });
    await inside(
      async (page) => {
        const slider = part(page, 'date-reader').getByLabel('step');
        await slider.focus();
        await page.keyboard.press('Home');
        await part(page, 'date-reader').getByRole('button', { name: 'play' }).click();
        await expect.poll(async () => (await written(page)).join('')).toBe('2021-03-03end');
      },
      { reducedMotion: 'reduce' },
    );
  });

  test('self-attention of encoder and decoder can be looked at, the decoder’s is causal', () =>
    inside(async (page) => {
      const reader = part(page, 'date-reader');
      const scope = reader.locator('head-scope');
      const choose = (label: string): Promise<unknown> =>
        reader.getByLabel('Attention', { exact: true }).selectOption({ label });
      for (const layer of [0, 1]) {
        await choose(`input to itself, encoder layer ${layer}`);
        await expect.poll(async () => (await weightsOf(scope)).length).toBe(4 * 19 * 19);
      }
      await choose('output to itself (causal)');
      await expect.poll(async () => (await weightsOf(scope)).length).toBe(4 * 11 * 11);
      const weights = await weightsOf(scope);
      for (let row = 0; row < 44; row++) {
        const own = weights.slice(11 * row, 11 * row + 11);
        expect(own.slice((row % 11) + 1)).toEqual(Array<number>(10 - (row % 11)).fill(0));
        expect(own.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      }
    }));

  test('a beam lists its candidates, the best first, and each can be looked at', () =>
    inside(async (page) => {
      const reader = part(page, 'date-reader');
      await reader.getByLabel('beam width').focus();
      for (let width = 1; width < 4; width++) await page.keyboard.press('ArrowRight');
      await dateField(page).fill('2021');
      // What PyTorch gives the likeliest continuation: see also web/models/train/dates.py.
      const items = reader.locator('ol > li', { has: page.locator('button.plain') });
      await expect.poll(() => items.count()).toBe(4);
      const shares = (await items.allTextContents()).map((text) => Number(/([\d.]+)\s*%/.exec(text)?.[1]));
      expect(shares).toEqual([...shares].sort((a, b) => b - a));
      expect(shares[0]).toBeCloseTo(64.3, 0);
      await items.nth(1).getByRole('button').click();
      const second = ((await items.nth(1).getByRole('button').textContent()) ?? '').trim();
      await expect.poll(async () => (await written(page)).join('')).toBe(`${second}end`);
      await expect.poll(() => reader.locator('.about').textContent()).toContain(`${shares[1]?.toFixed(1)}\u00a0%`);
    }));

  test('what cannot be read is told in a sentence, and the last picture stays', () =>
    inside(async (page) => {
      const reader = part(page, 'date-reader');
      const before = await weightsOf(reader.locator('head-scope'));
      const errors: readonly (readonly [string, string])[] = [
        ['', 'Type a date: there is nothing to read.'],
        ['3 márz 2021 €', 'The model has no token for “á” “z” “€”'],
        ['1 '.repeat(30), 'This has 59 characters; the model was trained on at most'],
      ];
      for (const [text, sentence] of errors) {
        await dateField(page).fill(text);
        await reader.getByRole('alert').getByText(sentence).waitFor();
        await reader.getByText('Below is still “\u20683rd of March 2021\u2069”').waitFor();
        await expect.poll(() => weightsOf(reader.locator('head-scope'))).toEqual(before);
      }
      expect(await axeViolations(page)).toEqual([]);
      await reader.getByRole('button', { name: '03.03.21' }).click();
      await expect.poll(() => reader.getByRole('alert').count()).toBe(0);
    }));

  test('dates that are none: it answers, and the page says how sure it is and what the calendar says', () =>
    here(async (page) => {
      const about = part(page, 'date-reader').locator('.about');
      await dateField(page).fill('30 february 2021');
      await about.getByText('The calendar has no such day. The model copies what it reads').waitFor();
      await dateField(page).fill('hello');
      await about.getByText('The calendar has no such day, and the model is unsure').waitFor();
      await dateField(page).fill('the first of may');
      await about.getByText('It is unsure').waitFor();
      await dateField(page).fill('february 29, 2024');
      await expect
        .poll(() => about.textContent())
        .toMatch(/becomes 2024-02-29, with a probability of >\s99\.9\s%\.\s*$/);
    }));

  test('try this', () =>
    here(async (page) => {
      expect(await tryThis(page, 'Slashes or dots')).toContain('becomes 2005-03-04, “03.04.05” 2005-04-03');
      const weekday = await tryThis(page, 'The weekday is noise');
      expect(weekday.match(/2021-03-03/g)?.length).toBe(2);
      expect(Number(/Only ([\d.]+)\s%/.exec(weekday)?.[1])).toBeLessThan(10);
      expect(await tryThis(page, 'A day that there is not')).toMatch(/writes 2021-02-30 and is sure of it: >\s99\.9/);
      const [, first, second] = /with ([\d.]+)\s%.*has ([\d.]+)\s%/.exec(await tryThis(page, 'No date at all')) ?? [];
      expect(Number(first)).toBeLessThan(50);
      expect(Number(second)).toBeLessThan(Number(first));
    }));
});

describe('the machine', () => {
  const here = together();
  test('everything that is computed can be opened, with its shape', () =>
    here(async (page) => {
      const anatomy = part(page, 'transformer-anatomy');
      const buttons = anatomy.locator('.block button');
      const names = await buttons.evaluateAll((all) => all.map((button) => button.getAttribute('title') ?? ''));
      for (const layer of ['encoder.layers.0', 'encoder.layers.1', 'decoder.layers.0']) {
        for (const what of ['query', 'key', 'value', 'weights']) expect(names).toContain(`${layer}.self_attn.${what}`);
      }
      expect(names).toContain(CROSS);
      for (const [index, name] of names.entries()) {
        await buttons.nth(index).click();
        const [line] = await anatomy.locator('.opened p').allTextContents();
        expect(line).toContain(name);
        const heads = /_attn\.(query|key|value|weights)$/.test(name);
        expect(line).toMatch(heads ? /\(1, 4, \d+, \d+\)/ : /\(1, \d+, \d+\)/);
      }
      await anatomy.locator(`button[title="${CROSS}"]`).click();
      await anatomy.getByText('(1, 4, 11, 19)').waitFor();
      const slider = anatomy.getByLabel('head');
      await slider.focus();
      await page.keyboard.press('End');
      const values = await anatomy
        .locator('.opened hs-heatmap')
        .evaluate((element) => [
          ...(element as unknown as { readonly values: { readonly data: Float32Array } }).values.data,
        ]);
      const expected = (dates.examples[0]?.[CROSS] as Cube)[3]?.flat() ?? [];
      expect(distance(values, expected)).toBeLessThan(1e-5);
    }));

  test('try this: positions, and the mask', () =>
    here(async (page) => {
      const off = await tryThis(page, 'Switch the input’s positions off');
      expect(off).toContain('becomes 2021-03-03 with positions');
      expect(off).not.toMatch(/“2021-03-03” without/);
      const exchanged = await tryThis(page, 'Exchange day and year');
      expect(exchanged).toContain('03.04.05 becomes 2005-04-03 and 05.04.03 becomes 2003-04-05');
      const [, one, other] = /become “(.*?)” and “(.*?)”/.exec(exchanged) ?? [];
      expect(one).toBe(other);
      const [, masked, open] = /change by (\S+): .* up to (\S+)\.$/.exec(await tryThis(page, 'Lift the mask')) ?? [];
      expect(Number(masked)).toBe(0);
      expect(Number(open)).toBeGreaterThan(0.1);
    }));
});

describe('induction', () => {
  const here = together();
  const field = (page: Page): Locator => page.getByLabel('Letters');

  test('weights, scores and the next letter are those of PyTorch; heads have the names that their scores earn', () =>
    here(async (page) => {
      const section = part(page, 'induction');
      const [example] = induction.examples;
      await field(page).fill(example?.input ?? '');
      const expected = [0, 1].flatMap((layer) => (example?.[`layers.${layer}.self_attn.weights`] as Cube).flat(2));
      await expect
        .poll(async () => distance(await weightsOf(section.locator('head-scope')), expected))
        .toBeLessThan(1e-5);
      for (const { input, next } of induction.examples) {
        await field(page).fill(input);
        await section.getByText(`continues with “${next.at(-1)}”`).waitFor();
      }
      const rows = await section
        .locator('tbody tr')
        .evaluateAll((all) =>
          all
            .filter((row) => row.querySelector('.role'))
            .map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent.trim())),
        );
      const percent = (share = NaN): string => `${(100 * share).toFixed(1)}\u00a0%`;
      const measured = [0, 1].flatMap((layer) =>
        [0, 1].map((head) => [
          percent(induction.previousToken[layer]?.[head]),
          percent(induction.afterLastOccurrence[layer]?.[head]),
        ]),
      );
      expect(rows.map((row) => row.slice(1, 3))).toEqual(measured);
      expect(rows.map(([name]) => name)).toEqual([
        'previous-token head',
        'partly a previous-token head',
        'induction head',
        'induction head',
      ]);
    }));

  test('a head is chosen in the table; the likeliest letter can be written', () =>
    here(async (page) => {
      const section = part(page, 'induction');
      await field(page).fill('headscopeheadsc');
      await section.getByRole('button', { name: '0, 0' }).click();
      await expect
        .poll(() =>
          section.locator('head-scope').evaluate((element) => (element as HTMLElementTagNameMap['head-scope']).head),
        )
        .toBe(0);
      for (const letter of 'ope') {
        await section.getByText(`continues with “${letter}”`).waitFor();
        await section.getByRole('button', { name: 'write the likeliest letter' }).click();
      }
      await expect.poll(() => field(page).inputValue()).toBe('headscopeheadscope');
    }));

  test('what it does not know is told, and the last picture stays', () =>
    here(async (page) => {
      const section = part(page, 'induction');
      const before = await weightsOf(section.locator('head-scope'));
      for (const [text, sentence] of [
        ['', 'Type some letters'],
        ['abc 123', 'not “ ” “1” “2” “3”'],
        ['ab'.repeat(40), 'These are 80 letters; the model was trained on at most 64.'],
      ] as const) {
        await field(page).fill(text);
        await section.getByRole('alert').getByText(sentence).waitFor();
        await expect.poll(() => weightsOf(section.locator('head-scope'))).toEqual(before);
      }
      await field(page).fill('a');
      await section.getByText('“a” has not been there before').waitFor();
    }));

  test('try this', () =>
    here(async (page) => {
      const idle = await tryThis(page, 'Take the repeats away');
      expect(idle).toContain('The induction heads have nothing to find');
      const scores = await part(page, 'induction').locator('tbody tr td:last-child').allTextContents();
      expect(scores.map((text) => text.trim()).filter((text) => text === '–').length).toBe(4);
      expect(await tryThis(page, 'A piece that no language has')).toMatch(/comes “k” \(9\d\.\d\s%\)/);
      expect(await tryThis(page, 'Two that contradict each other')).toMatch(/continues with “p” \(9\d\.\d\s%\)/);
    }));
});

describe('sorting', () => {
  const here = together();
  const field = (page: Page): Locator => page.getByLabel('Five digits');

  test('digits are sorted as PyTorch sorted them, with its weights and logits', () =>
    here(async (page) => {
      const section = part(page, 'sorting');
      for (const example of sorting.examples) {
        await field(page).fill(example.input);
        await section.locator('.answer b').getByText(example.output).waitFor();
        const { logits } = example;
        if (!logits) continue;
        const values = (label: string): Promise<number[]> =>
          section
            .locator('hs-matrix')
            .filter({ has: page.getByRole('table', { name: label, exact: true }) })
            .evaluate((element) => [
              ...(element as unknown as { readonly values: { readonly data: Float32Array } }).values.data,
            ]);
        const weights = example['layer.self_attn.weights'] as Cube;
        for (const head of [0, 1]) {
          const own = await values(`Head ${head}: weights`);
          expect(distance(own, weights[head]?.flat() ?? [])).toBeLessThan(1e-5);
          // Softmax of the scores beside them.
          const scores = await values(`Head ${head}: scores q·k / √6`);
          const softmax = Array.from({ length: 5 }, (_, row) => {
            const powers = scores.slice(5 * row, 5 * row + 5).map((score) => Math.exp(score));
            const sum = powers.reduce((total, power) => total + power, 0);
            return powers.map((power) => power / sum);
          });
          expect(distance(softmax.flat(), own)).toBeLessThan(1e-5);
        }
        await expect.poll(async () => distance(await values('Logits'), logits.flat())).toBeLessThan(1e-2);
      }
    }));

  test('every number between is there: the output is the input with what both sublayers added', () =>
    here(async (page) => {
      const section = part(page, 'sorting');
      await expect.poll(() => section.locator('hs-matrix').count()).toBe(5);
      await section.locator('summary').click();
      await expect.poll(() => section.locator('hs-matrix').count()).toBe(19);
      const shown = (start: string): Promise<number[]> =>
        numbersOf(section.locator('hs-matrix').filter({ has: page.locator(`table[aria-label^="${start}"]`) }));
      const [input, attended, fed, output] = await Promise.all(
        ['Embedding of the digit', 'Output of the attention', 'Second linear layer', 'Output of the layer'].map(shown),
      );
      const sum = input?.map((value, index) => value + (attended?.[index] ?? NaN) + (fed?.[index] ?? NaN)) ?? [];
      const most = Math.max(...(output ?? []).map((value) => Math.abs(value)));
      expect(distance(sum, output ?? []) / most).toBeLessThan(0.02);
    }));

  test('anything but five digits is told, and the last numbers stay', () =>
    here(async (page) => {
      const section = part(page, 'sorting');
      await field(page).fill('31415');
      await section.locator('.answer b').getByText('11345').waitFor();
      for (const text of ['', '1234', '123456', '12a45', '１２３４５']) {
        await field(page).fill(text);
        await section.getByRole('alert').getByText('Type exactly five digits').waitFor();
        await section.getByText('Below are still the numbers of 31415.').waitFor();
      }
      await field(page).fill('50505');
      await section.locator('.answer b').getByText('00555').waitFor();
      await expect.poll(() => section.getByRole('alert').count()).toBe(0);
    }));

  test('try this', () =>
    here(async (page) => {
      const moved = await tryThis(page, 'Move the smallest digit');
      expect(moved).toContain('looks at place 1 of 13579');
      // 35791: the smallest is the last.
      expect(moved).toContain('at place 5 of 35791');
      expect(await tryThis(page, 'Turn the digits round')).toContain('31415 becomes 11345, 51413 becomes 11345');
      expect(await tryThis(page, 'Five times the same')).toContain('It writes 77777.');
    }));
});

test('the code of every part runs, and gives what the page shows', () =>
  inside(async (page) => {
    const programs = await page.locator('hs-equation-code pre').allTextContents();
    expect(programs.length).toBe(4);
    const lines: string[] = [];
    vi.stubGlobal('fetch', (name: string) =>
      Promise.resolve(new Response(readFileSync(join(repositoryRoot, 'web', 'models', name)))),
    );
    const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      lines.push(values.map(String).join(' '));
    });
    try {
      for (const program of programs) {
        const code = program.replace(/from 'headscope\/(\w+)'/g, (_, entry: string) => {
          return `from '${pathToFileURL(join(distFolder, `${entry}.js`)).href}'`;
        });
        await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(code)}`);
      }
    } finally {
      log.mockRestore();
      vi.unstubAllGlobals();
    }
    const written = lines.filter((line) => line.includes(' looks at ')).map((line) => line[0]);
    expect(written.join('')).toBe('2021-03-03');
    expect(lines).toContain('o');
    expect(lines).toContain('11345');
    expect(lines).toContain(`${CROSS} 1,4,11,10`);
  }));

test('keyboard only: every part is reached', () =>
  inside(async (page) => {
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        let active: Element | null = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        const label = active instanceof HTMLInputElement ? active.labels?.[0]?.textContent : null;
        return (active?.getAttribute('aria-label') ?? label ?? active?.textContent ?? '').trim();
      });
    const seen: string[] = [];
    for (let presses = 0; presses < 200 && !seen.includes('Five times the same'); presses++) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
    }
    for (const stop of ['A date', 'Character 7: 3', 'play', 'Letters', 'Take the repeats away', 'Five digits']) {
      expect(seen).toContain(stop);
    }
    expect(seen.filter((label) => label.startsWith('Attention weights of')).length).toBe(2);
  }));

test('in Chinese nothing is left in English, whatever is tried', () =>
  inside(
    async (page) => {
      expect(await latinProse(page)).toEqual([]);
      const buttons = page.locator('hs-try-this button');
      for (let index = 0; index < (await buttons.count()); index++) {
        await buttons.nth(index).click();
        expect(await latinProse(page)).toEqual([]);
      }
      const opened = page.locator('hs-transformer-anatomy .block button');
      for (let index = 0; index < (await opened.count()); index++) await opened.nth(index).click();
      await page.locator('hs-sorting summary').click();
      await page.getByRole('textbox', { name: '日期' }).fill('x');
      await page.getByRole('textbox', { name: '字母' }).fill('');
      await page.getByLabel('五个数字').fill('1');
      await expect.poll(() => page.getByRole('alert').count()).toBe(3);
      expect(await latinProse(page)).toEqual([]);
      await page.getByRole('textbox', { name: '日期' }).fill('2021年3月3日');
      await expect.poll(async () => (await written(page)).join('')).toBe('2021-03-03结束');
    },
    {},
    '&lang=zh',
  ));
