import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WatchedPage } from './support/chromium.js';
import { screenshot } from './support/screenshot.js';
import { distance, drawnWeights, drawnWhen, openTab, PageUnderTest, type Drawn } from './page-fixture.js';

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

const EXAMPLE = 'The cat sat on the mat because the cat was tired.';
const TOKENS = ['The', 'cat', 'sat', 'on', 'the', 'mat', 'because', 'the', 'cat', 'was', 'tired', '.'];

async function onText<T>(body: (page: WatchedPage['page'], first: Drawn) => Promise<T>): Promise<T> {
  const watched = await under.open();
  try {
    await openTab(watched.page, 'Text');
    const first = await drawnWhen(watched.page, ({ shape }) => shape.join() === '6,12,12');
    const result = await body(watched.page, first);
    expect(watched.problems).toEqual([]);
    return result;
  } finally {
    await watched.close();
  }
}

function weight(
  { shape: [, queries = 0, keys = 0], weights }: Drawn,
  head: number,
  query: number,
  key: number,
): number {
  return weights[(head * queries + query) * keys + key] ?? NaN;
}

describe('constructed heads do what they say', () => {
  test('same token: a word finds itself and its repetitions', () =>
    onText((page, drawn) => {
      for (const [query, token] of TOKENS.entries()) {
        const same = TOKENS.map((other) => other.toLowerCase() === token.toLowerCase());
        const together = same.reduce((sum, is, key) => sum + (is ? weight(drawn, 0, query, key) : 0), 0);
        expect(together).toBeGreaterThan(0.99);
      }
      return screenshot(page, 'page-text');
    }));

  test('previous token, and first token', () =>
    onText((page, drawn) => {
      for (let query = 0; query < TOKENS.length; query++) {
        expect(weight(drawn, 1, query, Math.max(0, query - 1))).toBeGreaterThan(0.95);
        expect(weight(drawn, 2, query, 0)).toBeGreaterThan(0.95);
      }
      return page.getByText('Built, not learned').waitFor();
    }));

  test('each says how it is built, and random ones say that they are random', () =>
    onText(async (page) => {
      await page.getByRole('button', { name: '1 previous token' }).click();
      await page.getByText('the query is the token’s place turned back by one').waitFor();
      await page.locator('head-scope .heads').getByRole('option').nth(4).click();
      await page.getByText('Head 4: Random projections (seed 7)').waitFor();
    }));
});

test('without positions no head can tell places apart', () =>
  onText(async (page, before) => {
    await page.getByLabel('positional encoding').uncheck();
    const after = await drawnWhen(page, ({ weights }) => distance(weights, before.weights) > 0.1);
    for (let query = 0; query < TOKENS.length; query++) {
      for (const head of [1, 2]) expect(weight(after, head, query, 3)).toBeCloseTo(1 / TOKENS.length, 5);
      // The two words "cat" are now the same to every head.
      for (let head = 0; head < 6; head++) {
        expect(weight(after, head, query, 1)).toBeCloseTo(weight(after, head, query, 8), 6);
      }
    }
    await page.getByText('No head can tell places apart now.').waitFor();
    await page.getByLabel('positional encoding').check();
    await drawnWhen(page, ({ weights }) => distance(weights, before.weights) === 0);
  }));

test('Hebrew runs from the right, in its tokens, too', () =>
  onText(async (page) => {
    const direction = (selector: string): Promise<string> =>
      page.locator(`hs-text-input ${selector}`).evaluate((element) => getComputedStyle(element).direction);
    expect([await direction('textarea'), await direction('.tokens')]).toEqual(['ltr', 'ltr']);
    await page.getByLabel('A sentence').fill('שלום עולם, C++');
    await expect.poll(() => direction('textarea')).toBe('rtl');
    await expect.poll(() => direction('.tokens')).toBe('rtl');
    await screenshot(page, 'page-text-hebrew');
  }));

test('causal: nothing looks ahead', () =>
  onText(async (page) => {
    await page.getByLabel('causal').check();
    const drawn = await drawnWhen(page, (now) => weight(now, 0, 0, 4) === 0);
    for (let head = 0; head < 6; head++) {
      for (let query = 0; query < 12; query++) {
        for (let key = query + 1; key < 12; key++) expect(weight(drawn, head, query, key)).toBe(0);
      }
    }
  }));

test('the seed decides the random heads and nothing else', () =>
  onText(async (page, before) => {
    await page.getByLabel('Seed').fill('11');
    const after = await drawnWhen(page, ({ weights }) => distance(weights, before.weights) > 1e-3);
    const built = 3 * 144;
    expect(distance(after.weights.slice(0, built), before.weights.slice(0, built))).toBe(0);
    await page.getByText('random projections (seed 11)').waitFor();
  }));

test.each([
  [
    'words, marks, numbers',
    'Don’t panic: 3.5 well-made cats!',
    ['Don’t', 'panic', ':', '3.5', 'well-made', 'cats', '!'],
  ],
  ['Chinese by character', '猫喜欢我。', ['猫', '喜', '欢', '我', '。']],
  ['an emoji of several code points', 'ok 👩‍🚀.', ['ok', '👩‍🚀', '.']],
  ['accents and other alphabets', 'Привет, café', ['Привет', ',', 'café']],
])('tokens: %s', (_, text, tokens) =>
  onText(async (page) => {
    await page.getByLabel('A sentence').fill(text);
    await drawnWhen(page, ({ shape }) => shape.join() === `6,${tokens.length},${tokens.length}`);
    await expect.poll(() => page.locator('hs-text-input .tokens bdi').allInnerTexts()).toEqual(tokens);
  }),
);

describe('bad and large texts', () => {
  test.each([
    ['no word at all', '   ', 'Text: expected at least one word, got none.'],
    ['100,000 tokens', 'a '.repeat(100_000), 'Text: expected at most 8,192 tokens, got 100,000.'],
    [
      'more than a million characters',
      'a'.repeat(1_000_001),
      'Text: expected at most 1,000,000 characters, got 1,000,001.',
    ],
  ])('%s: a sentence, and the picture stays', (_, text, said) =>
    onText(async (page, before) => {
      await page.getByLabel('A sentence').fill(text);
      await expect.poll(() => page.getByRole('alert').innerText()).toContain(said);
      expect(await drawnWeights(page)).toEqual(before);
      await page.getByLabel('A sentence').fill('back again');
      await drawnWhen(page, ({ shape }) => shape.join() === '6,2,2');
      await expect.poll(() => page.getByRole('alert').count()).toBe(0);
    }),
  );

  test('more weights than can be computed in a while: a sentence', () =>
    onText(async (page) => {
      await page.getByRole('spinbutton', { name: 'Heads' }).fill('64');
      await drawnWhen(page, ({ shape }) => shape[0] === 64);
      await page.getByLabel('A sentence').fill('a '.repeat(8000));
      await expect
        .poll(() => page.getByRole('alert').innerText())
        .toContain('64 heads of 8,000 × 8,000 tokens are 4,096,000,000 weights');
    }));

  test('12 heads x 1024 tokens are drawn', async () => {
    const watched = await under.open();
    const { page } = watched;
    await openTab(page, 'Text');
    await drawnWhen(page, ({ shape }) => shape[1] === 12);
    await page.getByRole('spinbutton', { name: 'Heads' }).fill('12');
    await drawnWhen(page, ({ shape }) => shape[0] === 12);
    const words = EXAMPLE.replaceAll('.', '').split(' ');
    const text = Array.from({ length: 1024 }, (_, index) => words[(index * 7) % words.length]).join(' ');
    await page.getByLabel('A sentence').fill(text);
    await page.waitForFunction(() => {
      const scope = document.querySelector('hs-page')?.shadowRoot?.querySelector('head-scope') as unknown as {
        busy: boolean;
        result: { weights: { shape: number[] } };
      };
      return scope.result.weights.shape.join() === '12,1024,1024' && !scope.busy;
    });
    await screenshot(page, 'page-text-1024');
    expect(watched.problems).toEqual([]);
    await watched.close();
  });
});
