import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gifFile, largePngFile, lyingPngFile, pngFile, turnedJpegFile, type PictureFile } from './image-files.js';
import { distance, openTab, PageUnderTest, writtenLink } from './page-fixture.js';
import { axeViolations } from './support/axe.js';
import { screenshot } from './support/screenshot.js';

let under: PageUnderTest;

beforeAll(async () => {
  under = await PageUnderTest.start();
});
afterAll(() => under.stop());

type OpenOptions = Parameters<PageUnderTest['open']>[1];

/** Opens the image tab, waits for its picture, and checks at the end that nothing went wrong unseen. */
async function onImageTab(body: (page: Page) => Promise<void>, options: OpenOptions = {}, hash = ''): Promise<void> {
  const { page, problems, close } = await under.open(hash, options);
  try {
    await openTab(page, 'Image');
    await drawnPatches(page, 14);
    await body(page);
    expect(problems).toEqual([]);
  } finally {
    await close();
  }
}

/** What is drawn, in short: a sixth of a million weights is too much to carry over for every look. */
interface Seen {
  readonly shape: readonly number[];
  /** A number that another picture would hardly have. */
  readonly print: number;
}

async function seen(page: Page): Promise<Seen> {
  const scope = page.locator('head-scope');
  return scope.evaluate((element) => {
    const { busy, result } = element as unknown as {
      busy: boolean;
      result: { weights: { data: Float32Array; shape: readonly number[] } } | null;
    };
    if (busy || result === null) return { shape: [], print: NaN };
    const { data, shape } = result.weights;
    return { shape: [...shape], print: data.reduce((sum, weight, index) => sum + weight * (index % 9973), 0) };
  });
}

async function seenWhen(page: Page, condition: (now: Seen) => boolean): Promise<Seen> {
  const end = Date.now() + 60_000;
  for (;;) {
    const now = await seen(page);
    if (!Number.isNaN(now.print) && condition(now)) return now;
    if (Date.now() > end) throw new Error(`not drawn within 60 s; last: ${now.shape.join(' x ')}, ${now.print}`);
    await page.waitForTimeout(25);
  }
}

function drawnPatches(page: Page, perSide: number, heads = 6): Promise<Seen> {
  const count = perSide ** 2;
  return seenWhen(page, ({ shape }) => shape.join() === `${heads},${count},${count}`);
}

/** Cuts the picture into so many patches per side. */
async function cut(page: Page, perSide: number): Promise<Seen> {
  await page.getByRole('radio', { name: String(perSide), exact: true }).check();
  return drawnPatches(page, perSide);
}

/** Chooses the file, and waits until its weights are there. */
async function bring(page: Page, file: PictureFile | string): Promise<Seen> {
  const before = await seen(page);
  await page.getByLabel('open a picture').setInputFiles(file);
  return seenWhen(page, ({ print }) => print !== before.print);
}

/** The attention of one patch in one head. */
function row(page: Page, head: number, query: number): Promise<number[]> {
  return page.locator('head-scope').evaluate(
    (element, [index, from]) => {
      const { result } = element as unknown as {
        result: { weights: { data: Float32Array; shape: readonly number[] } } | null;
      };
      if (result === null) throw new Error('nothing is drawn');
      const [, queries = 0, keys = 0] = result.weights.shape;
      const start = (index * queries + from) * keys;
      return [...result.weights.data.subarray(start, start + keys)];
    },
    [head, query] as const,
  );
}

/** Waits for the sentence that says where a patch looks. */
function reading(page: Page, sentence: RegExp) {
  return page.locator('hs-image-input .reading').filter({ hasText: sentence }).waitFor();
}

function grid(page: Page) {
  return page.getByRole('grid', { name: /Picture of|Sheet of/ });
}

/** The middle of a patch on the screen. */
async function middleOf(page: Page, perSide: number, patch: number): Promise<[number, number]> {
  await grid(page).scrollIntoViewIfNeeded();
  const box = await grid(page).boundingBox();
  if (box === null) throw new Error('the picture is not on the screen');
  const column = patch % perSide;
  const line = Math.floor(patch / perSide);
  return [box.x + ((column + 0.5) / perSide) * box.width, box.y + ((line + 0.5) / perSide) * box.height];
}

async function clickPatch(page: Page, perSide: number, patch: number): Promise<void> {
  const [x, y] = await middleOf(page, perSide, patch);
  await page.mouse.click(x, y);
}

/** Colours in the middle of every patch of the picture (copy 0), or of the nth canvas of the copies from 1. */
function patchColours(page: Page, perSide: number, copy = 0): Promise<number[][]> {
  return page.evaluate(
    ([count, index]) => {
      const root = document.querySelector('hs-page')?.shadowRoot?.querySelector('hs-image-input')?.shadowRoot;
      const canvases = [...(root?.querySelectorAll<HTMLCanvasElement>('.board canvas, ol button canvas') ?? [])];
      const canvas = canvases[index];
      const context = canvas?.getContext('2d');
      if (!canvas || !context) throw new Error(`there is no picture ${index}`);
      return Array.from({ length: count * count }, (_, patch) => {
        // Beside the middle: labels of one's own drawing could lie there.
        const x = Math.floor((((patch % count) + 0.3) / count) * canvas.width);
        const y = Math.floor(((Math.floor(patch / count) + 0.3) / count) * canvas.height);
        return [...context.getImageData(x, y, 1, 1).data];
      });
    },
    [perSide, copy] as const,
  );
}

const light = ([red = 0, green = 0, blue = 0]: readonly number[]): number => red + green + blue;

function argmax(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

describe('first sight', () => {
  test('a picture of our own, its patches, and where the sun looks, in every head', () =>
    onImageTab(async (page) => {
      await reading(page, /r5c10 looks mostly at .*itself/);
      // The picture beside it is about the same patch.
      await page
        .locator('head-scope')
        .getByRole('button', { name: /^Unpin "r5c10"/ })
        .waitFor();
      await page.getByText('(r5c10: row 5, column 10, counted from 1)').waitFor();
      for (const name of ['alike', 'colour', 'pattern', 'mirrored', 'fits below', 'fits right']) {
        await page.getByRole('button', { name: new RegExp(`^head \\d ${name} max`) }).waitFor();
      }
      await page.getByText('Layout b p n d = 1 × 64 × 196 × 3').waitFor();
      await screenshot(page, 'image-first-sight');
    }));

  test('axe finds nothing, light and dark, wide and narrow', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await onImageTab(
        async (page) => {
          expect(await axeViolations(page)).toEqual([]);
          await page.getByRole('button', { name: 'draw on it' }).click();
          expect(await axeViolations(page)).toEqual([]);
        },
        { colorScheme },
      );
    }
    await onImageTab(
      async (page) => {
        await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
        expect(await axeViolations(page)).toEqual([]);
        await screenshot(page, 'image-narrow-dark');
      },
      { colorScheme: 'dark', viewport: { width: 360, height: 740 } },
    );
  });

  test('forced colours keep the marks', () =>
    onImageTab(
      async (page) => {
        await grid(page).focus();
        await page.keyboard.press('ArrowDown');
        await screenshot(page, 'image-forced-colours');
        const mark = page.locator('hs-image-input .mark:not(.kept)');
        await expect.poll(() => mark.evaluate((element) => getComputedStyle(element).borderTopWidth)).toBe('2px');
      },
      { forcedColors: 'active' },
    ));
});

describe('attention over the picture', () => {
  test('patches of known colours get the weights that the description promises', () =>
    onImageTab(async (page) => {
      await cut(page, 8);
      // One plain colour per patch: three of them, in a pattern.
      const colours = [
        [255, 0, 0],
        [0, 51, 204],
        [204, 204, 102],
      ] as const;
      const colourOf = (patch: number) => colours[(patch * patch + (patch >> 2)) % 3] ?? colours[0];
      const file = pngFile(64, 64, (x, y) => colourOf(8 * Math.floor(y / 8) + Math.floor(x / 8)));
      await bring(page, file);

      // By hand: less the mean patch, over the root mean square; a score of 7 times the likeness; softmax.
      const patches = Array.from({ length: 64 }, (_, patch) => colourOf(patch).map((value) => value / 255));
      const mean = [0, 1, 2].map((channel) => patches.reduce((sum, patch) => sum + (patch[channel] ?? 0) / 64, 0));
      const tokens = patches.map((patch) => {
        const rest = patch.map((value, channel) => value - (mean[channel] ?? 0));
        const size = Math.sqrt(rest.reduce((sum, value) => sum + value * value, 0) / 3 + 1e-4);
        return rest.map((value) => value / size);
      });
      for (const query of [0, 1, 9, 63]) {
        const powers = tokens.map((key) =>
          Math.exp((7 / 3) * key.reduce((sum, value, channel) => sum + value * (tokens[query]?.[channel] ?? 0), 0)),
        );
        const total = powers.reduce((sum, power) => sum + power, 0);
        const expected = powers.map((power) => power / total);
        await expect.poll(async () => distance(await row(page, 0, query), expected)).toBeLessThan(1e-5);
        // The head that sees mean colours alone agrees where patches are plain.
        await expect.poll(async () => distance(await row(page, 1, query), expected)).toBeLessThan(1e-5);
        // Nothing is drawn within the patches: the head that looks for patterns looks everywhere alike.
        await expect
          .poll(async () => distance(await row(page, 2, query), new Array<number>(64).fill(1 / 64)))
          .toBeLessThan(1e-5);
      }
    }));

  test('a click paints the row of that patch, in every head; hover shows another, Esc lets go', () =>
    onImageTab(async (page) => {
      await page.getByRole('button', { name: 'two faces' }).click();
      await cut(page, 8);
      const eye = 8 + 1;
      await clickPatch(page, 8, eye);
      await page.getByText('r2c2 is kept').waitFor();
      await reading(page, /r2c2 looks mostly at .*r6c6/);
      for (let head = 0; head < 6; head++) {
        const weights = await row(page, head, eye);
        const brightest = (await patchColours(page, 8, 1 + head)).map(light);
        const most = Math.max(...weights);
        // Where the weight is the largest (there are ties) the copy is brightest, up to what shines through the veil.
        expect(weights[argmax(brightest)]).toBeGreaterThan(0.6 * most);
      }
      const colours = await patchColours(page, 8);
      const face = await row(page, 0, eye);
      expect(light(colours[5 * 8 + 5] ?? [])).toBeGreaterThan(2 * light(colours[7] ?? []));
      expect(face[5 * 8 + 5]).toBeGreaterThan(10 * (face[7] ?? 1));
      await screenshot(page, 'image-picked');

      const [x, y] = await middleOf(page, 8, 5 * 8 + 2);
      await page.mouse.move(x, y);
      await reading(page, /r6c3 looks /);
      await page.mouse.move(2, 2);
      await reading(page, /r2c2 looks /);
      await page.keyboard.press('Escape');
      await page.getByText('Point at a patch to see where it looks').waitFor();
      await reading(page, /^\s*$/);
    }));

  test('a copy chooses its head', () =>
    onImageTab(async (page) => {
      await page.getByRole('button', { name: /^head 3 mirrored/ }).click();
      await page.getByText(/attention in head 3/).waitFor();
      await expect.poll(() => page.getByRole('button', { name: /^head 3/ }).getAttribute('aria-pressed')).toBe('true');
      await page.getByText('it looks where its mirror image is').waitFor();
    }));

  test('by keyboard alone', () =>
    onImageTab(async (page) => {
      await page.getByRole('tab', { name: 'Image' }).focus();
      for (let presses = 0; presses < 20; presses++) {
        await page.keyboard.press('Tab');
        if (await grid(page).evaluate((element) => element.matches(':focus-visible'))) break;
      }
      await expect.poll(() => grid(page).getAttribute('aria-activedescendant')).toBe('patch-65');
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('PageDown');
      await page.keyboard.press('ArrowUp');
      await reading(page, /r13c2 looks /);
      await page.keyboard.press('Enter');
      await page.getByText('r13c2 is kept').waitFor();
      await expect
        .poll(() => grid(page).getByRole('gridcell', { selected: true }).getAttribute('aria-label'))
        .toBe('row 13, column 2');
      await page.keyboard.press('Escape');
      await page.getByText('Point at a patch').waitFor();
    }));
});

describe('cutting', () => {
  test('every number of patches, in colour and grey', () =>
    onImageTab(async (page) => {
      for (const perSide of [4, 16, 24, 8]) {
        await cut(page, perSide);
        await page.getByText(`b p n d = 1 × 64 × ${perSide ** 2} × 3`).waitFor();
      }
      const before = await seen(page);
      await page.getByRole('radio', { name: 'grey' }).check();
      await page.getByText('b p n d = 1 × 64 × 64 × 1').waitFor();
      await seenWhen(page, ({ print }) => print !== before.print);
      await page.getByRole('button', { name: /^head 1 brightness/ }).waitFor();
    }));

  test('transparent pictures lie on white, animated ones show their first frame', () =>
    onImageTab(async (page) => {
      await cut(page, 4);
      await bring(
        page,
        pngFile(16, 16, (x) => (x < 8 ? [10, 20, 30, 255] : [10, 20, 30, 0])),
      );
      await page.getByRole('button', { name: 'draw on it' }).click(); // shows the picture as it is
      const halves = await patchColours(page, 4);
      expect(halves[0]).toEqual([10, 20, 30, 255]);
      expect(halves[3]).toEqual([255, 255, 255, 255]);
      await page.getByRole('button', { name: 'stop drawing' }).click();

      await bring(page, gifFile([200, 30, 40], [0, 200, 0]));
      await page.getByText('16 × 16 pixels, its first frame only.').waitFor();
      await page.getByRole('button', { name: 'draw on it' }).click();
      for (const colour of await patchColours(page, 4)) expect(colour).toEqual([200, 30, 40, 255]);
    }));

  test('what is not square is cropped to its middle, and a photograph that lies on its side is turned', () =>
    onImageTab(async (page) => {
      await cut(page, 4);
      // Red, then the middle square of green over blue, then red.
      const wide = pngFile(32, 16, (x, y) => (x < 8 || x >= 24 ? [255, 0, 0] : y < 8 ? [0, 255, 0] : [0, 0, 255]));
      await bring(page, wide);
      await page.getByText('32 × 16 pixels, cropped to the middle 16 × 16.').waitFor();
      await page.getByRole('button', { name: 'draw on it' }).click();
      const green = [0, 255, 0, 255];
      const blue = [0, 0, 255, 255];
      await expect
        .poll(() => patchColours(page, 4))
        .toEqual(Array.from({ length: 16 }, (_, patch) => (patch < 8 ? green : blue)));
      await page.getByRole('button', { name: 'stop drawing' }).click();

      const encoded = await page.evaluate(() => {
        const canvas = document.createElement('canvas');
        canvas.width = 320;
        canvas.height = 160;
        const context = canvas.getContext('2d');
        if (context === null) throw new Error('no canvas');
        context.fillStyle = '#f00';
        context.fillRect(0, 0, 160, 160);
        context.fillStyle = '#00f';
        context.fillRect(160, 0, 160, 160);
        return canvas.toDataURL('image/jpeg', 0.95).split(',')[1] ?? '';
      });
      await bring(page, turnedJpegFile(Buffer.from(encoded, 'base64')));
      await page.getByText('160 × 320 pixels, cropped to the middle 160 × 160.').waitFor();
      await page.getByRole('button', { name: 'draw on it' }).click();
      const turned = await patchColours(page, 4);
      turned.forEach(([red = 0, , blueness = 0], patch) => {
        if (patch < 8) expect(red - blueness).toBeGreaterThan(200);
        else expect(blueness - red).toBeGreaterThan(200);
      });
    }));

  test('16 million pixels are scaled down', () =>
    onImageTab(async (page) => {
      // From the disk: a buffer would be sent through the page by the test itself.
      const path = join(tmpdir(), `headscope-large-${process.pid}.png`);
      await writeFile(path, largePngFile(4000).buffer);
      await page.getByLabel('open a picture').setInputFiles(path);
      await page.getByText('4000 × 4000 pixels, scaled down to 512 × 512.').waitFor();
      await rm(path);
    }));
});

describe('drawing', () => {
  test('a stroke changes the weights at once, undo and clear take it back, a link brings it again', async () => {
    let hash = '';
    let drawnByHand: Seen = { shape: [], print: NaN };
    await onImageTab(async (page) => {
      const before = await seen(page);
      await page.getByRole('button', { name: 'draw on it' }).click();
      await page.getByRole('radio', { name: 'yellow' }).check();
      await page.getByRole('radio', { name: 'broad' }).check();
      const [x, y] = await middleOf(page, 14, 2 * 14 + 2);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 60, y + 20, { steps: 8 });
      await page.mouse.up();
      await seenWhen(page, ({ print }) => print !== before.print);
      await expect.poll(async () => (await patchColours(page, 14))[2 * 14 + 2]).toEqual([0xf2, 0xb6, 0x32, 255]);
      await screenshot(page, 'image-drawing');

      // A dot by keyboard, over it.
      await grid(page).focus();
      await page.getByRole('radio', { name: 'blue' }).check();
      await grid(page).focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('PageUp');
      await page.keyboard.press('Enter');
      await expect.poll(async () => (await patchColours(page, 14))[0]).toEqual([0x2d, 0x62, 0xa8, 255]);
      await page.getByRole('button', { name: 'undo' }).click();
      await expect.poll(async () => (await patchColours(page, 14))[0]).not.toEqual([0x2d, 0x62, 0xa8, 255]);
      await page.getByRole('button', { name: 'stop drawing' }).click();
      hash = await writtenLink(page);
      drawnByHand = await seen(page);

      await page.getByRole('button', { name: 'draw on it' }).click();
      await page.getByRole('button', { name: 'clear' }).click();
      await seenWhen(page, ({ print }) => print === before.print);
      await expect.poll(() => page.getByRole('button', { name: 'undo' }).isDisabled()).toBe(true);
    });
    await onImageTab(
      async (page) => {
        const again = await seenWhen(page, ({ print }) => print === drawnByHand.print);
        expect(again.shape).toEqual(drawnByHand.shape);
      },
      {},
      hash,
    );
  });

  test('a blank sheet is one patch many times, until something is drawn on it', () =>
    onImageTab(async (page) => {
      const before = await seen(page);
      await page.getByRole('button', { name: 'blank sheet' }).click();
      const blank = await seenWhen(page, ({ print }) => print !== before.print);
      for (const patch of [0, 100]) {
        await expect
          .poll(async () => distance(await row(page, 0, patch), new Array<number>(196).fill(1 / 196)))
          .toBeLessThan(1e-6);
      }
      await page.getByText('Draw with the pointer, or move with the arrow keys').waitFor();
      await clickPatch(page, 14, 100);
      await seenWhen(page, ({ print }) => print !== blank.print);
      const dot = await row(page, 0, 100);
      expect(dot[100]).toBeGreaterThan(0.1);
      expect(dot[0]).toBeLessThan(0.01);
    }));
});

describe('bringing a picture', () => {
  /** Fires a drop or a paste that carries a file, as the browser does. */
  function carry(page: Page, event: 'drop' | 'paste', file: PictureFile | null): Promise<void> {
    return page.evaluate(
      ([kind, name, type, content]) => {
        const target = document.querySelector('hs-page')?.shadowRoot?.querySelector('hs-image-input');
        const board = target?.shadowRoot?.querySelector('.grid');
        if (!board) throw new Error('the picture is not there');
        const data = new DataTransfer();
        if (name === '') data.setData('text/plain', 'https://example.org/picture.png');
        else {
          const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
          data.items.add(new File([bytes], name, { type }));
        }
        const options = { bubbles: true, composed: true, cancelable: true };
        board.dispatchEvent(
          kind === 'drop'
            ? new DragEvent('drop', { ...options, dataTransfer: data })
            : new ClipboardEvent('paste', { ...options, clipboardData: data }),
        );
      },
      [event, file?.name ?? '', file?.mimeType ?? '', file?.buffer.toString('base64') ?? ''] as const,
    );
  }

  const stripes = pngFile(32, 32, (x) => (x % 8 < 4 ? [250, 240, 30] : [20, 60, 120]), 'stripes.png');

  test.each(['drop', 'paste'] as const)('by %s', (event) =>
    onImageTab(async (page) => {
      const before = await seen(page);
      await carry(page, event, stripes);
      await seenWhen(page, ({ print }) => print !== before.print);
      // The link cannot hold it: opened again, it says so.
      const hash = await writtenLink(page);
      const again = await under.open(hash);
      await again.page.getByText('A link does not hold your own picture: bring it again.').waitFor();
      expect(again.problems).toEqual([]);
      await again.close();
    }),
  );

  test('something that is no file', () =>
    onImageTab(async (page) => {
      await carry(page, 'drop', null);
      await page.getByRole('alert').getByText('Expected a picture file, got something else').waitFor();
    }));
});

describe('bad input', () => {
  const good = pngFile(16, 16, (x, y) => [x * 16, y * 16, 0]);
  const file = (name: string, mimeType: string, content: string): PictureFile => ({
    name,
    mimeType,
    buffer: Buffer.from(content, 'latin1'),
  });
  const script =
    '<svg xmlns="http://www.w3.org/2000/svg" onload="document.title=1"><script>document.title=1</script></svg>';
  const cases: readonly (readonly [string, PictureFile, string])[] = [
    [
      'text',
      file('notes.txt', 'text/plain', 'hello'),
      '“notes.txt” is not a picture this page can read: expected a PNG, JPEG, WebP, GIF, AVIF or BMP picture, got text/plain.',
    ],
    [
      'text that is called a picture',
      file('fake.png', 'image/png', 'hello'),
      '“fake.png” is not a picture this page can read',
    ],
    ['nothing', file('empty.png', 'image/png', ''), '“empty.png” is empty: expected a PNG'],
    ['one pixel', pngFile(1, 1, () => [0, 0, 0], 'dot.png'), 'has 1 × 1 pixels: expected at least 8 × 8'],
    ['a gigantic size', lyingPngFile(100_000, 100_000), 'says it has 100000 × 100000 pixels: expected at most 64'],
    ['a size that is not there', lyingPngFile(64, 64), 'begins like PNG, but the rest cannot be decoded'],
    ['a header without a size', { ...good, buffer: good.buffer.subarray(0, 12) }, 'ends before its size is given'],
    ['a script in a drawing', file('evil.svg', 'image/svg+xml', script), 'is SVG, a drawing made of code'],
    ['HEIC', file('photo.heic', 'image/heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'), 'is HEIC: expected'],
    ['markup for a name', file('<img src=x onerror=alert(1)>.png', 'image/png', 'x'), '“<img src=x onerror=alert(1)>'],
  ];

  test('each gets a sentence, and the last good picture stays', () =>
    onImageTab(async (page) => {
      const before = await seen(page);
      for (const [what, bad, sentence] of cases) {
        await page.getByLabel('open a picture').setInputFiles(bad);
        const alert = page.getByRole('alert').filter({ hasText: sentence });
        await alert.waitFor().catch(() => {
          throw new Error(`${what}: no sentence with “${sentence}”`);
        });
        await expect.poll(() => alert.textContent()).toContain('Still showing sun over a lake.');
        if (what === 'text') await screenshot(page, 'image-refused');
      }
      await expect.poll(() => page.title()).toMatch(/^headscope/);
      await expect.poll(async () => (await seen(page)).print).toBe(before.print);
      // A good one clears the sentence.
      await bring(page, good);
      await expect.poll(() => page.getByRole('alert').count()).toBe(0);
    }));

  test('a link with a state of no picture says so and shows the first', async () => {
    const content = {
      tab: 'image',
      head: 0,
      pin: null,
      controls: {},
      input: { picture: '<img onerror>', patches: -1 },
    };
    const hash = `#v1.${Buffer.from(JSON.stringify(content)).toString('base64url')}`;
    const { page, problems, close } = await under.open(hash);
    await page.getByRole('alert').getByText('The link does not say which picture').waitFor();
    await drawnPatches(page, 14);
    expect(problems).toEqual([]);
    await close();
  });
});

test('the page has an icon', async () => {
  const { page, problems, close } = await under.open('', {}, false);
  const href = await page.locator('link[rel=icon]').evaluate((link) => (link as HTMLLinkElement).href);
  const answer = await page.request.get(href);
  expect(answer.status()).toBe(200);
  expect(answer.headers()['content-type']).toBe('image/svg+xml');
  expect(problems).toEqual([]);
  await close();
});
