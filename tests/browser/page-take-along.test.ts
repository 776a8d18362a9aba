import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPage, type WatchedPage } from './support/chromium.js';
import { distFolder, repositoryRoot } from './support/paths.js';
import { startStaticServer } from './support/static-server.js';
import { copied, distance, drawnWeights, drawnWhen, openTab, PageUnderTest } from './page-fixture.js';

let under: PageUnderTest;
let folder: string;

beforeAll(async () => {
  under = await PageUnderTest.start();
  // A project of somebody else, with the package installed.
  folder = await mkdtemp(join(tmpdir(), 'headscope-snippet-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(repositoryRoot, join(folder, 'node_modules', 'headscope'), 'dir');
});
afterAll(async () => {
  await under.stop();
  await rm(folder, { recursive: true });
});

async function onPage<T>(body: (page: WatchedPage['page'], watched: WatchedPage) => Promise<T>): Promise<T> {
  const watched = await under.open();
  try {
    const result = await body(watched.page, watched);
    expect(watched.problems).toEqual([]);
    return result;
  } finally {
    await watched.close();
  }
}

let snippets = 0;

/** Runs a copied snippet in Node as it is, and returns its weights. */
async function run(snippet: string): Promise<number[]> {
  const file = join(folder, `snippet-${++snippets}.mjs`);
  const tell = `\nimport { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(`${file}.json`)}, JSON.stringify(weights.flatMap(({ data }) => [...data])));\n`;
  await writeFile(file, snippet + tell);
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  expect(stdout).toContain('head 0');
  return JSON.parse(await readFile(`${file}.json`, 'utf8')) as number[];
}

/** Copies a snippet and runs it; what it gives must be what is drawn, or will be in a moment. */
async function snippetAgrees(page: WatchedPage['page'], shape: string): Promise<string> {
  const snippet = await copied(page, 'copy as a JavaScript program');
  expect(snippet).toMatch(/^import \{ load(, toTensor)? \} from 'headscope';/);
  const weights = await run(snippet);
  await drawnWhen(page, (drawn) => drawn.shape.join() === shape && distance(weights, drawn.weights) < 2e-6);
  return snippet;
}

describe('copied JavaScript, run in Node, gives the weights on the screen', () => {
  test('the first example, with its numbers written out', () =>
    onPage(async (page) => {
      const snippet = await snippetAgrees(page, '1,3,3');
      expect(snippet).toContain('[0, 2, 1]');
    }));

  test('causal, scale, temperature, positions and two heads of typed-in projections', () =>
    onPage(async (page) => {
      await page.getByRole('button', { name: 'colour and shape' }).click();
      await page.getByLabel('positional encoding').check();
      await page.getByLabel('causal').check();
      await page.getByLabel('Scale', { exact: true }).fill('0.9');
      await page.getByLabel('Temperature').focus();
      await page.keyboard.press('ArrowRight');
      await page.getByLabel('red box, number 1').fill('0.1');
      const snippet = await snippetAgrees(page, '2,4,4');
      expect(snippet).toContain('causal: true');
      expect(snippet).toContain('[0.1, 0, 0, 2]');
    }));

  test('random projections', () =>
    onPage(async (page) => {
      await page.getByLabel('Projections').selectOption('random');
      await page.getByRole('spinbutton', { name: 'Heads' }).fill('3');
      await page.getByLabel('Seed').fill('4000000000');
      await drawnWhen(page, ({ shape }) => shape[0] === 3);
      const snippet = await snippetAgrees(page, '3,3,3');
      expect(snippet).toContain('4000000000');
    }));

  test('identity projections shared out over heads', () =>
    onPage(async (page) => {
      await page.getByLabel('Projections').selectOption('identity');
      await page.getByRole('spinbutton', { name: 'Heads' }).fill('2');
      await page.getByLabel('Dimension per head').fill('2');
      await snippetAgrees(page, '2,3,3');
    }));

  test('the text, made again from its words', () =>
    onPage(async (page) => {
      await openTab(page, 'Text');
      const drawn = await drawnWhen(page, ({ shape }) => shape.join() === '6,12,12');
      const snippet = await snippetAgrees(page, drawn.shape.join());
      expect(snippet.length).toBeLessThan(8000);
      await page.getByLabel('positional encoding').uncheck();
      await drawnWhen(page, ({ weights }) => distance(weights, drawn.weights) > 0.1);
      await snippetAgrees(page, drawn.shape.join());
    }));

  test.each([
    ['weights', '1,9,9'],
    ['q, k, v', '3,16,16'],
    ['x and W', '2,7,7'],
  ])('a file: %s', (example, expected) =>
    onPage(async (page) => {
      await openTab(page, 'File');
      await page.locator('hs-file-input').getByRole('button', { name: example }).click();
      const drawn = await drawnWhen(page, ({ shape }) => shape.join() === expected);
      const snippet = await copied(page, 'copy as a JavaScript program');
      expect(distance(await run(snippet), drawn.weights)).toBeLessThan(2e-6);
    }),
  );

  test('a picture, packed', () =>
    onPage(async (page) => {
      await openTab(page, 'Image');
      const drawn = await drawnWhen(page, ({ shape }) => (shape[1] ?? 0) > 12);
      const snippet = await snippetAgrees(page, drawn.shape.join());
      expect(snippet).toContain('unpack(');
    }));
});

test('a copied embed shows the same weights on another page', () =>
  onPage(async (page) => {
    await page.getByLabel('Name of token 1').fill('</script><b>');
    const drawn = await drawnWeights(page);
    await page.getByRole('button', { name: 'Take along' }).click();
    await page.getByRole('button', { name: 'Copy as a script' }).click();
    await page.getByText('Copied.', { exact: true }).waitFor();
    const tag = await page.evaluate(() => navigator.clipboard.readText());
    const server = await startStaticServer({
      folders: { '/headscope/': distFolder },
      files: { '/embed.html': `<!doctype html><html lang="en"><title>embed</title><body>${tag}</body></html>` },
    });
    const other = await openPage(under.browser, `${server.origin}/embed.html`);
    const weights = await other.page
      .waitForFunction(() => {
        const scope = document.querySelector('head-scope') as unknown as {
          result: { weights: { data: Float32Array } } | null;
        };
        return scope.result && [...scope.result.weights.data];
      })
      .then((handle) => handle.jsonValue());
    expect(distance(weights as number[], drawn.weights)).toBeLessThan(1e-6);
    expect(other.problems).toEqual([]);
    await other.close();
    await server.close();
  }));

test('the picture is saved as PNG, the weights as .npy', () =>
  onPage(async (page) => {
    const drawn = await drawnWeights(page);
    await page.getByRole('button', { name: 'Take along' }).click();
    const [picture] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as PNG' }).click(),
    ]);
    expect(picture.suggestedFilename()).toBe('attention.png');
    const png = await readFile(await picture.path());
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'save the weights of all heads' }).click(),
    ]);
    const npy = await readFile(await file.path());
    const start = 10 + npy.readUInt16LE(8);
    expect(npy.subarray(10, start).toString('latin1')).toContain("'shape': (1, 3, 3)");
    const values = Array.from({ length: 9 }, (_, index) => npy.readFloatLE(start + 4 * index));
    expect(distance(values, drawn.weights)).toBe(0);
    expect(npy.length).toBe(start + 36);
  }));

/** What of the picture is turned that could leak into another tab. */
function turned(page: WatchedPage['page']): Promise<unknown> {
  return page.locator('head-scope').evaluate((scope) => {
    const { softcap, hide } = scope as unknown as { softcap: number; hide: readonly number[] };
    return { softcap, hide };
  });
}

describe('the link', () => {
  test('brings back table, controls, head, what was turned in the picture, and the pinned cell', () =>
    onPage(async (page) => {
      await page.getByRole('button', { name: 'colour and shape' }).click();
      await page.getByLabel('red box, number 1').fill('0.25');
      await page.getByLabel('Name of token 2').fill('réd “box” 猫');
      await page.getByLabel('causal').check();
      await page.getByLabel('Scale', { exact: true }).fill('1.5');
      await page.locator('head-scope').getByRole('button', { name: 'More' }).click();
      await page.locator('head-scope').getByLabel('softcap').fill('2');
      await page.locator('head-scope').getByLabel('positions').selectOption('alibi');
      await page.locator('head-scope .heads').getByRole('option').nth(1).click();
      const grid = page.locator('head-scope').getByRole('grid');
      await grid.focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Enter');
      // Looking at another cell does not let go of the pinned one.
      await page.keyboard.press('ArrowRight');
      const drawn = await drawnWhen(page, ({ shape }) => shape[0] === 2);
      const link = await copied(page, 'copy link');
      expect(link).toMatch(/#v1\.[\w-]+$/);
      await expect.poll(() => page.url()).toBe(link);
      const other = await under.open(new URL(link).hash);
      expect(await drawnWhen(other.page, ({ shape }) => shape[0] === 2)).toEqual(drawn);
      await expect.poll(() => other.page.getByLabel('red box, number 1').count()).toBe(0);
      await expect.poll(() => other.page.getByLabel('réd “box” 猫, number 1').inputValue()).toBe('0.25');
      await expect.poll(() => other.page.getByLabel('Scale', { exact: true }).inputValue()).toBe('1.50');
      const selection = await other.page
        .waitForFunction(() => {
          const scope = document.querySelector('hs-page')?.shadowRoot?.querySelector('head-scope');
          return (scope as unknown as { selection: unknown }).selection;
        })
        .then((handle) => handle.jsonValue());
      expect(selection).toEqual({ head: 1, query: 2, key: 0, pinned: true });
      expect(other.problems).toEqual([]);
      await other.close();
    }));

  test('what was turned and pinned belongs to the tab that it was in, and “copied” to the moment', () =>
    onPage(async (page) => {
      await page.locator('head-scope').getByRole('button', { name: 'More' }).click();
      await page.locator('head-scope').getByLabel('hide "cats"').check();
      await page.locator('head-scope').getByLabel('softcap').fill('1');
      const vectors = await drawnWhen(page, ({ weights }) => weights.every((weight) => weight < 0.5));
      await copied(page, 'copy link');
      await page.locator('head-scope').getByRole('grid').focus();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await openTab(page, 'Text');
      await drawnWhen(page, ({ shape }) => shape[1] === 12);
      await expect.poll(() => page.locator('head-scope').getByRole('button', { name: 'Unpin' }).count()).toBe(0);
      await expect.poll(() => page.getByText('link copied.').count()).toBe(0);
      await expect.poll(() => turned(page)).toEqual({ softcap: 0, hide: [] });
      await openTab(page, 'Vectors');
      await drawnWhen(page, ({ weights }) => distance(weights, vectors.weights) === 0);
      await expect.poll(() => turned(page)).toEqual({ softcap: 1, hide: [0] });
      await page.locator('head-scope').getByRole('button', { name: 'Unpin' }).waitFor();
      // Other tokens: the first of them is not hidden.
      await page.getByRole('button', { name: 'compass' }).click();
      await drawnWhen(page, ({ shape }) => shape[1] === 8);
      await expect.poll(() => turned(page)).toEqual({ softcap: 1, hide: [] });
    }));

  test('brings back the text', () =>
    onPage(async (page) => {
      await openTab(page, 'Text');
      await drawnWhen(page, ({ shape }) => shape[1] === 12);
      await page.getByLabel('A sentence').fill('One fish, 两条鱼 😀');
      await page.getByLabel('positional encoding').uncheck();
      await page.getByRole('spinbutton', { name: 'Heads' }).fill('4');
      const drawn = await drawnWhen(page, ({ shape }) => shape.join() === '4,7,7');
      const link = await copied(page, 'copy link');
      const other = await under.open(new URL(link).hash);
      await expect.poll(() => other.page.getByLabel('A sentence').inputValue()).toBe('One fish, 两条鱼 😀');
      expect(await drawnWhen(other.page, ({ shape }) => shape.join() === '4,7,7')).toEqual(drawn);
      await other.close();
    }));

  test('too much text stays out of it, and that is said', () =>
    onPage(async (page) => {
      await openTab(page, 'Text');
      await page.getByLabel('A sentence').fill('word and '.repeat(2000).slice(0, 17_000));
      await page.getByRole('button', { name: 'copy link' }).click();
      await page.getByText('only the settings go along').waitFor();
    }));

  const encode = (value: unknown): string => `#v1.${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
  const content = { tab: 'vectors', head: 0, pin: null, controls: {}, input: null };

  test.each([
    ['noise', '#<img src=x onerror=alert(1)>', 'expected #v1.'],
    ['a version to come', '#v9.e30', 'expected #v1.'],
    ['cut base64', encode(content).slice(0, -9), 'cut off or damaged'],
    ['no JSON', '#v1.AAAA', 'cut off or damaged'],
    ['bytes that are no UTF-8', `#v1.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}`, 'cut off or damaged'],
    ['an unknown tab', encode({ ...content, tab: '__proto__' }), 'names no tab'],
    ['too much of it', `#v1.${'A'.repeat(70_000)}`, 'expected at most 64,000 characters'],
  ])('damaged: %s is left out with a sentence', async (_, hash, said) => {
    const watched = await under.open(hash);
    await expect.poll(() => watched.page.getByRole('alert').innerText()).toContain(said);
    const { shape } = await drawnWeights(watched.page);
    expect(shape).toEqual([1, 3, 3]);
    expect(watched.problems).toEqual([]);
    await watched.close();
  });

  test.each([
    [
      'controls out of range',
      {
        ...content,
        controls: { heads: 1e9, headDim: -1, seed: 'x', scale: '1', temperature: 0, causal: 'yes', projections: 7 },
      },
    ],
    ['a head and a pin that are not there', { ...content, head: 99, pin: [5, 1e7] }],
    [
      'a ragged table',
      { ...content, input: { tokens: ['a', 'b'], cells: [['1'], []], query: [[1]], key: [[1]], value: [[1]] } },
    ],
    [
      'a gigantic table',
      {
        ...content,
        input: { tokens: Array(900).fill('a'), cells: Array(900).fill(['1']), query: [], key: [], value: [] },
      },
    ],
    ['a state of another kind', { ...content, input: 'text' }],
    [
      'wrong things inside the table',
      { ...content, input: { tokens: [{}], cells: [[{}]], query: [[null]], key: [[null]], value: [[null]] } },
    ],
  ])('hostile: %s falls back to what the page can show', async (_, value) => {
    const watched = await under.open(encode(value));
    const { shape } = await drawnWeights(watched.page);
    expect(shape).toEqual([1, 3, 3]);
    expect(watched.problems).toEqual([]);
    await watched.close();
  });
});
