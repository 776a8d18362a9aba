import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  attentionByHand,
  distance,
  drawnWeights,
  drawnWhen,
  openTab,
  PageUnderTest,
  writtenLink,
} from './page-fixture.js';
import { axeViolations } from './support/axe.js';
import { openPage, type WatchedPage } from './support/chromium.js';
import { distFolder, repositoryRoot } from './support/paths.js';
import { screenshot } from './support/screenshot.js';

const goldenFiles = join(repositoryRoot, 'tests/golden/files');

interface ManifestTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What NumPy and PyTorch say a tensor of a file holds. */
function golden(file: string, name: string): ManifestTensor {
  const manifest = JSON.parse(readFileSync(join(goldenFiles, 'manifest.json'), 'utf8')) as readonly {
    readonly file: string;
    readonly tensors: readonly ManifestTensor[];
  }[];
  const tensor = manifest.find((entry) => entry.file === file)?.tensors.find((entry) => entry.name === name);
  if (!tensor) throw new Error(`${file} holds no ${name}`);
  return tensor;
}

/** Matrix `index` of those that lie behind each other in a tensor. */
function matrix({ shape, values }: ManifestTensor, index = 0): number[][] {
  const [rows = 0, columns = 0] = shape.slice(-2);
  return Array.from({ length: rows }, (_, row) => {
    const start = (index * rows + row) * columns;
    return values.slice(start, start + columns);
  });
}

function transposed(rows: readonly (readonly number[])[]): number[][] {
  return (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] ?? NaN));
}

/** Attention of queries over keys, as the textbook has it. */
function weightsByHand(query: readonly (readonly number[])[], key: readonly (readonly number[])[]): number[] {
  const scale = 1 / Math.sqrt(query[0]?.length ?? 1);
  return query.flatMap((q) => {
    const scores = key.map((k) => scale * k.reduce((sum, v, i) => sum + v * (q[i] ?? 0), 0));
    const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  });
}

function input(page: Page): Locator {
  return page.locator('hs-file-input');
}

interface MadeFile {
  readonly name: string;
  readonly content: string | Buffer;
}

async function choose(page: Page, ...files: readonly (string | MadeFile)[]): Promise<void> {
  await input(page)
    .locator('input[type=file]')
    .setInputFiles(
      files.map((file) =>
        typeof file === 'string'
          ? { name: file, mimeType: '', buffer: readFileSync(join(goldenFiles, file)) }
          : { name: file.name, mimeType: '', buffer: Buffer.from(file.content) },
      ),
    );
}

let fixture: PageUnderTest;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  fixture = await PageUnderTest.start();
});
afterAll(() => fixture.stop());

/** A page with the File tab open and its first example drawn. */
async function openFileTab(): Promise<void> {
  watched = await fixture.open();
  page = watched.page;
  await openTab(page, 'File');
  await drawnWhen(page, ({ shape }) => shape.join() === '1,9,9');
}

async function closePage(): Promise<void> {
  expect(watched.problems).toEqual([]);
  await watched.close();
}

describe('files of real programs', () => {
  beforeAll(openFileTab);
  afterAll(closePage);

  test('the first example is drawn without a click, with its words at both sides', async () => {
    const { weights } = await drawnWeights(page);
    expect(weights[0]).toBeCloseTo(0.76, 6);
    await input(page).getByText('1 head, 9 queries over 9 keys').waitFor();
    await screenshot(page, 'file-example-weights');
  });

  test('a .npz of q, k and v (C and Fortran order, f4 and f8) is drawn as PyTorch names it', async () => {
    await choose(page, 'qkv_compressed.npz');
    const drawn = await drawnWhen(page, ({ shape }) => shape.join() === '2,3,3');
    const [query, key] = [golden('qkv_compressed.npz', 'query'), golden('qkv_compressed.npz', 'key')];
    const expected = [0, 1].flatMap((head) => weightsByHand(matrix(query, head), matrix(key, head)));
    expect(distance(drawn.weights, expected)).toBeLessThan(1e-6);
    for (const [role, value] of Object.entries({ query: 'query', key: 'key', value: 'value', tokens: 'tokens' })) {
      await expect.poll(() => input(page).locator(`#${role}`).inputValue()).toBe(value);
    }
    await screenshot(page, 'file-qkv');
  });

  test('the choice can be changed: query and key the other way round', async () => {
    await input(page).locator('#query').selectOption('key');
    await input(page).locator('#key').selectOption('query');
    const [query, key] = [golden('qkv_compressed.npz', 'query'), golden('qkv_compressed.npz', 'key')];
    const expected = [0, 1].flatMap((head) => weightsByHand(matrix(key, head), matrix(query, head)));
    await drawnWhen(page, ({ weights }) => distance(weights, expected) < 1e-6);
  });

  test('a role that is taken away gives a sentence, and the last good picture stays', async () => {
    const before = await drawnWeights(page);
    await input(page).locator('#key').selectOption('');
    await input(page).getByRole('alert').waitFor();
    await expect
      .poll(() => input(page).getByRole('alert').textContent())
      .toBe('key: expected one of the file’s tensors, got none.');
    await screenshot(page, 'file-choice-error');
    expect(await drawnWeights(page)).toEqual(before);
    await input(page).locator('#key').selectOption('key');
    await expect.poll(() => input(page).getByRole('alert').count()).toBe(0);
  });

  test('.safetensors with x and the weights of nn.Linear', async () => {
    await choose(page, 'projections.safetensors');
    const file = 'projections.safetensors';
    const query = transposed(matrix(golden(file, 'attn.q_proj.weight')));
    const key = transposed(matrix(golden(file, 'attn.k_proj.weight')));
    const x = matrix(golden(file, 'hidden_states'));
    const expected = attentionByHand(x, query, key, 1 / Math.sqrt(4)).flat();
    await drawnWhen(page, ({ weights }) => distance(weights, expected) < 1e-6);
    await expect.poll(() => input(page).locator('#transposed').inputValue()).toBe('linear');
    await screenshot(page, 'file-projections');
  });

  test('several files dropped at once', async () => {
    const [query, key] = ['f4_big_endian_fortran.npy', 'numpy.csv'].map((file) =>
      readFileSync(join(goldenFiles, file)).toString('base64'),
    );
    const transfer = await page.evaluateHandle(
      ({ files }) => {
        const data = new DataTransfer();
        for (const [name, content] of files) {
          data.items.add(new File([Uint8Array.from(atob(content), (character) => character.charCodeAt(0))], name));
        }
        return data;
      },
      { files: [['q.npy', query ?? ''] as const, ['k.csv', key ?? ''] as const] },
    );
    await input(page).locator('.drop').dispatchEvent('dragover', { dataTransfer: transfer });
    await expect.poll(() => input(page).locator('.drop.over').count()).toBe(1);
    await input(page).locator('.drop').dispatchEvent('drop', { dataTransfer: transfer });
    const expected = weightsByHand(
      matrix(golden('f4_big_endian_fortran.npy', 'f4_big_endian_fortran')),
      matrix(golden('numpy.csv', 'numpy')),
    );
    await drawnWhen(page, ({ shape, weights }) => shape.join() === '1,3,3' && distance(weights, expected) < 1e-5);
    await expect.poll(() => input(page).locator('.drop.over').count()).toBe(0);
  });

  test('the weights of all layers are drawn', async () => {
    const values = [0.25, 0.75, 1, 0, 0.5, 0.5, 0, 1];
    await choose(page, { name: 'attention.json', content: JSON.stringify({ shape: [2, 1, 2, 2], data: values }) });
    await drawnWhen(page, ({ weights }) => distance(weights, values) === 0);
    await expect.poll(() => page.locator('head-scope .facts').textContent()).toMatch(/2 layers × 1 head/);
  });

  test('of several sequences the chosen one is drawn', async () => {
    const query = [1, 2, 3, -1];
    const key = [0.5, -1, 2, 0.25];
    const tensor = (data: readonly number[]): unknown => ({ shape: [2, 1, 2, 1], data });
    const content = JSON.stringify({ query: tensor(query), key: tensor(key) });
    const sequence = (from: number): number[] => {
      const rows = (values: readonly number[]): number[][] => values.slice(from, from + 2).map((value) => [value]);
      return weightsByHand(rows(query), rows(key));
    };
    await choose(page, { name: 'heads.json', content });
    await drawnWhen(page, ({ weights }) => distance(weights, sequence(0)) < 1e-6);
    await input(page).locator('#batch').fill('1');
    await input(page).locator('#batch').press('Enter');
    await drawnWhen(page, ({ weights }) => distance(weights, sequence(2)) < 1e-6);
    await input(page).locator('#batch').fill('7');
    await input(page).locator('#batch').press('Enter');
    await expect
      .poll(() => input(page).getByRole('alert').textContent())
      .toBe('query: expected a sequence 7, counted from 0, got 2 in all.');
  });

  test('the examples show what they say', async () => {
    await input(page).getByRole('button', { name: 'q, k, v' }).click();
    const offsets = await drawnWhen(page, ({ shape }) => shape.join() === '3,16,16');
    // The three heads look 0, 1 and 3 places back, wherever there is such a place.
    [0, 1, 3].forEach((back, head) => {
      for (let row = back; row < 16; row++) {
        const weights = offsets.weights.slice((head * 16 + row) * 16, (head * 16 + row + 1) * 16);
        expect(weights.indexOf(Math.max(...weights)), `head ${head}, row ${row}`).toBe(row - back);
      }
    });
    await screenshot(page, 'file-example-qkv');
    await input(page).getByRole('button', { name: 'x and W' }).click();
    const shapes = await drawnWhen(page, ({ shape }) => shape.join() === '2,7,7');
    // "red circle": head 0 finds the red ones (0, 2, 6), head 1 the circles (0, 3, 4).
    const found = (head: number): number[] =>
      shapes.weights.slice(head * 49, head * 49 + 7).flatMap((weight, key) => (weight > 0.2 ? [key] : []));
    expect([found(0), found(1)]).toEqual([
      [0, 2, 6],
      [0, 3, 4],
    ]);
    await screenshot(page, 'file-example-projections');
  });
});

describe('bad files', () => {
  beforeAll(openFileTab);
  afterAll(closePage);

  const whole = readFileSync(join(goldenFiles, 'f4_c.npy'));
  const cases: readonly (readonly [MadeFile | string, string])[] = [
    [
      { name: 'cut.npy', content: whole.subarray(0, 150) },
      'cut.npy: expected 48 bytes of values, as its header says, got 22 bytes.',
    ],
    [{ name: 'empty.csv', content: '' }, 'empty.csv: expected a file with numbers, got an empty file.'],
    [{ name: 'ragged.csv', content: '1,2,3\n4,5\n' }, 'ragged.csv: expected 3 cells in row 2, as in row 1, got 2.'],
    [{ name: 'words.csv', content: '1,2\n3,four\n' }, 'words.csv: expected a number in row 2, column 2, got "four".'],
    [{ name: 'broken.json', content: '[[1, 2' }, 'broken.json: expected JSON, got text that is none'],
    ['refused_objects.npy', 'got pickled Python objects, which can run code.'],
    [
      'refused_pickle.pt',
      "got a pickled PyTorch file, which can run code: save with safetensors' save_file or numpy.savez.",
    ],
    [{ name: 'notes.docx', content: 'hello' }, 'notes.docx: expected one of .npy,'],
    [
      { name: '<img src=x onerror="window.hit=1">.csv', content: '1,<img src=x onerror="window.hit=1">' },
      'got "<img src=x onerror=',
    ],
  ];
  test.each(cases.map(([file, sentence]) => ({ name: typeof file === 'string' ? file : file.name, file, sentence })))(
    '$name gets a sentence, and the last good picture stays',
    async ({ file, sentence }) => {
      const before = await drawnWeights(page);
      await choose(page, file);
      await expect.poll(() => input(page).getByRole('alert').textContent()).toContain(sentence);
      expect(await drawnWeights(page)).toEqual(before);
      await expect.poll(() => input(page).locator('caption').textContent()).toContain('alignment.csv');
      await screenshot(page, 'file-error');
    },
  );

  test('markup in names and tokens is shown as text', async () => {
    const markup = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>';
    const content = {
      [`${markup}.query`]: [[1, 0]],
      key: [
        [1, 0],
        [0, 1],
      ],
      tokens: [markup],
      key_tokens: [markup, '<b>'],
    };
    await choose(page, { name: `${markup.slice(0, 34)}.json`, content: JSON.stringify(content) });
    await drawnWhen(page, ({ shape }) => shape.join() === '1,1,2');
    await expect.poll(() => input(page).locator('table').textContent()).toContain(markup);
    await expect.poll(() => page.evaluate(() => 'hit' in window)).toBe(false);
    await expect.poll(() => page.locator('img, script:not([src])').count()).toBe(0);
  });

  test('NaN and infinities are no error', async () => {
    await choose(page, { name: 'x.csv', content: 'nan,1\ninf,2\n' });
    await drawnWhen(page, ({ shape }) => shape.join() === '1,2,2');
    await expect.poll(() => input(page).getByRole('alert').count()).toBe(0);
  });

  test('100,000 tokens get a sentence from the page', async () => {
    const header = "{'descr': '|i1', 'fortran_order': False, 'shape': (100000, 2), }".padEnd(117) + '\n';
    const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
    await choose(page, { name: 'x.npy', content: Buffer.concat([start, Buffer.from(header), Buffer.alloc(200_000)]) });
    await expect.poll(() => page.getByRole('alert').allTextContents()).toEqual([expect.stringContaining('100,000')]);
  });
});

describe('large files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'headscope-large-'));
    await openFileTab();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await closePage();
  });

  /** Chooses a file of so many float32 zeros: all header and a hole, so that it costs the test nothing. */
  async function chooseLarge(rows: number, columns: number): Promise<void> {
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117) + '\n';
    const path = join(folder, 'large.npy');
    writeFileSync(path, Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(header.length)}\0${header}`, 'latin1'));
    truncateSync(path, 10 + header.length + 4 * rows * columns);
    await input(page).locator('input[type=file]').setInputFiles(path);
  }

  test('200 MB are read, and the page says how far it is', async () => {
    await page.evaluate(() => {
      const state = window as unknown as { seen: string[] };
      state.seen = [];
      const root = document.querySelector('hs-page')?.shadowRoot?.querySelector('hs-file-input')?.shadowRoot;
      if (!root) throw new Error('no File tab');
      new MutationObserver(() => {
        const text = root.querySelector('#progress-text')?.textContent;
        if (text) state.seen.push(text);
      }).observe(root, { subtree: true, childList: true, characterData: true });
    });
    await chooseLarge(50_000, 1000);
    await expect.poll(() => input(page).locator('caption').textContent()).toContain('large.npy');
    await expect.poll(() => page.getByRole('alert').count()).toBe(1);
    const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
    expect(seen.some((text) => /^Reading large\.npy: \d+ %$/.test(text))).toBe(true);
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('50,000');
  });

  test('reading can be cancelled', async () => {
    await input(page).getByRole('button', { name: 'weights', exact: true }).click();
    await expect.poll(() => input(page).locator('caption').textContent()).toContain('alignment.csv');
    // Clicked by the page itself as soon as it is there: on a fast machine the file may be read before a message comes.
    const cancelled = page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const root = document.querySelector('hs-page')?.shadowRoot?.querySelector('hs-file-input')?.shadowRoot;
          if (!root) throw new Error('no File tab');
          new MutationObserver((_, observer) => {
            const button = root.querySelector<HTMLButtonElement>('.progress button');
            if (!button) return;
            observer.disconnect();
            button.click();
            resolve(button.textContent.trim());
          }).observe(root, { subtree: true, childList: true });
        }),
    );
    await chooseLarge(200_000, 1000);
    expect(await cancelled).toBe('cancel');
    await expect.poll(() => input(page).locator('progress').count()).toBe(0);
    await page.waitForTimeout(300);
    await expect.poll(() => input(page).locator('caption').textContent()).toContain('alignment.csv');
    await expect.poll(() => input(page).getByRole('alert').count()).toBe(0);
  });

  test('more than 1 GiB is refused by its size', async () => {
    await chooseLarge(300_000, 1000);
    await expect
      .poll(() => input(page).getByRole('alert').textContent())
      .toBe('Expected at most 1 GiB in all, got 1.1 GiB.');
  });
});

describe('reach', () => {
  beforeAll(openFileTab);
  afterAll(closePage);

  test('axe finds nothing, in light and dark, wide and narrow', async () => {
    expect(await axeViolations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await axeViolations(page)).toEqual([]);
    await screenshot(page, 'file-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 375, height: 800 });
    expect(await axeViolations(page)).toEqual([]);
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    await screenshot(page, 'file-narrow');
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test('the keyboard opens the file dialogue and an example', async () => {
    // Listening makes the browser hand the dialogue over instead of opening it: from before the next answer of the page on.
    const opened = page.waitForEvent('filechooser');
    await page.getByRole('tab', { name: 'File' }).focus();
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        let element = document.activeElement;
        while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
        return element?.textContent.trim() ?? '';
      });
    for (let presses = 0; presses < 5 && (await focused()) !== 'Choose files…'; presses++)
      await page.keyboard.press('Tab');
    await expect.poll(() => focused()).toBe('Choose files…');
    await page.keyboard.press('Enter');
    const chooser = await opened;
    expect(chooser.isMultiple()).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await drawnWhen(page, ({ shape }) => shape.join() === '3,16,16');
  });

  test('a link brings an example back as it was changed', async () => {
    // Another example first: the test before may have left this one on the screen.
    await input(page).getByRole('button', { name: 'weights', exact: true }).click();
    await drawnWhen(page, ({ shape }) => shape.join() === '1,9,9');
    await input(page).getByRole('button', { name: 'q, k, v' }).click();
    await drawnWhen(page, ({ shape }) => shape.join() === '3,16,16');
    await input(page).locator('#query').selectOption('value');
    const before = await drawnWhen(page, ({ weights }) => (weights[0] ?? 0) > 0.9 && (weights[2 * 256] ?? 0) > 0.9);
    const again = await fixture.open(await writtenLink(page), {}, true);
    await drawnWhen(again.page, ({ weights }) => distance(weights, before.weights) === 0);
    await expect.poll(() => input(again.page).locator('#query').inputValue()).toBe('value');
    expect(again.problems).toEqual([]);
    await again.close();
  });

  test('a link to a file of the visitor says so, and takes the choice up when the file is chosen again', async () => {
    await choose(page, 'qkv_stored.npz');
    await drawnWhen(page, ({ shape }) => shape.join() === '2,3,3');
    await input(page).locator('#key').selectOption('query');
    const again = await fixture.open(await writtenLink(page), {}, false);
    const note = input(again.page).getByRole('status').first();
    await note.waitFor();
    await expect
      .poll(() => note.textContent())
      .toBe('This link was made with qkv_stored.npz. A link cannot hold a file: choose it again to see the same.');
    await choose(again.page, 'qkv_stored.npz');
    await drawnWhen(again.page, ({ shape }) => shape.join() === '2,3,3');
    await expect.poll(() => input(again.page).locator('#key').inputValue()).toBe('query');
    expect(again.problems).toEqual([]);
    await again.close();
  });
});

test('the page in one file reads files too, from the disk', async () => {
  const oneFile = join(distFolder, 'headscope.html');
  expect(existsSync(oneFile), 'npm run build').toBe(true);
  const disk = await openPage(fixture.browser, pathToFileURL(oneFile).href);
  await openTab(disk.page, 'File');
  await drawnWhen(disk.page, ({ shape }) => shape.join() === '1,9,9');
  await choose(disk.page, 'qkv_compressed.npz');
  await drawnWhen(disk.page, ({ shape }) => shape.join() === '2,3,3');
  expect(disk.problems).toEqual([]);
  await disk.close();
});
