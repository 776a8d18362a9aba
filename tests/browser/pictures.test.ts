/**
 * Pictures of the element beside approved ones, which double as the README's gallery. Letters are those of a font that
 * comes with the tests, so that the same picture can be had on any machine.
 *
 * After a change that is meant: `APPROVE_PICTURES=1 npx vitest run --project browser tests/browser/pictures.test.ts`, and
 * look at every picture that git then calls modified.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pixelmatch from 'pixelmatch';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draw, ElementFixture, elementPage } from './element-fixture.js';
import { arabic, layeredWeights, lineOfWords, longText, sentence, small } from './pictures-scenes.js';
import { repositoryRoot } from './support/paths.js';

const approvedFolder = join(repositoryRoot, 'tests/browser/approved');
const shotFolder = join(repositoryRoot, 'screenshots/pictures');
const fontFolder = join(repositoryRoot, 'node_modules/@fontsource');

/**
 * How different two colours may be, from 0 to 1, and which share of all pixels may differ more: edges of letters do. A
 * ramp the other way round, or anything one CSS pixel farther on, changes more than 0.4 % of every picture.
 */
const COLOUR_TOLERANCE = 0.1;
const PIXEL_TOLERANCE = 0.002;

const face = (family: string, file: string, weight: number): string =>
  `@font-face { font-family: '${family}'; font-weight: ${weight}; src: url('/fonts/${file}-${weight}-normal.woff2'); }`;

const STYLE = `
${[400, 600].map((weight) => face('Test Sans', 'noto-sans/files/noto-sans-latin', weight)).join('\n')}
${face('Test Arabic', 'noto-sans-arabic/files/noto-sans-arabic-arabic', 400)}
body { margin: 0; background: #fff; }
main { padding: 16px; }
h1 { display: none; }
head-scope { --headscope-font: 'Test Sans', 'Test Arabic', sans-serif; }
@media (prefers-color-scheme: dark) { body { background: #14171b; } }
`;

/** Approves a picture, or compares it with the approved one. */
function compare(name: string, bytes: Uint8Array): void {
  const approvedFile = join(approvedFolder, `${name}.png`);
  if (process.env['APPROVE_PICTURES'] !== undefined) {
    mkdirSync(approvedFolder, { recursive: true });
    writeFileSync(
      approvedFile,
      PNG.sync.write(PNG.sync.read(Buffer.from(bytes)), { colorType: 2, deflateLevel: 9, deflateStrategy: 0 }),
    );
    return;
  }
  expect(existsSync(approvedFile), `${approvedFile} exists`).toBe(true);
  expectAlike(name, PNG.sync.read(readFileSync(approvedFile)), bytes);
}

/** Leaves the picture, and where it differs, in screenshots/pictures. */
function expectAlike(name: string, expected: PNG, bytes: Uint8Array): void {
  const { width, height } = expected;
  const got = PNG.sync.read(Buffer.from(bytes));
  mkdirSync(shotFolder, { recursive: true });
  writeFileSync(join(shotFolder, `${name}.png`), bytes);
  expect({ width: got.width, height: got.height }, `size of ${name}`).toEqual({ width, height });
  const difference = new PNG({ width, height });
  const pixels = pixelmatch(expected.data, got.data, difference.data, width, height, { threshold: COLOUR_TOLERANCE });
  if (pixels > 0) writeFileSync(join(shotFolder, `${name}-difference.png`), PNG.sync.write(difference));
  const share = pixels / (width * height);
  expect(share, `share of ${name} that differs; see screenshots/pictures`).toBeLessThan(PIXEL_TOLERANCE);
}

let fixture: ElementFixture;

beforeAll(async () => {
  fixture = await ElementFixture.start(
    {
      '/style.css': STYLE,
      '/controls.html': elementPage('', 'controls'),
      '/rtl.html': elementPage('', 'controls="view"').replace('<html', '<html dir="rtl"'),
    },
    { '/fonts/': fontFolder },
    ['--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb'],
  );
});

afterAll(() => fixture.stop());

interface Scene extends BrowserContextOptions {
  readonly path?: string;
  readonly width?: number;
}

/** Opens a page, has it drawn and pictured. */
async function pictured(
  name: string,
  { path = '/element.html', width = 880, ...options }: Scene,
  properties: Record<string, unknown> | ((page: Page) => Promise<void>),
  then: (page: Page, scope: Locator) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const viewport = { width, height: 900 };
  const { page, problems, close } = await fixture.open({ viewport, deviceScaleFactor: 2, ...options }, path);
  await page.evaluate(() =>
    Promise.all(
      ["400 14px 'Test Sans'", "600 14px 'Test Sans'", "400 14px 'Test Arabic'"].map((font) =>
        document.fonts.load(font, 'aق'),
      ),
    ),
  );
  await (typeof properties === 'function' ? properties(page) : draw(page, properties));
  await then(page, page.locator('head-scope'));
  await page.mouse.move(1, 1);
  await page.evaluate(() => window.harness.painted());
  compare(name, await page.locator('main').screenshot({ animations: 'disabled' }));
  expect(problems).toEqual([]);
  await close();
}

const pin = (page: Page, query: number, key: number | null): Promise<void> =>
  page.evaluate(([query, key]) => window.harness.scope.pin({ query, key }), [query, key] as const);

describe('pictures that were approved', () => {
  it('has a sentence and four heads', () =>
    pictured('matrix', { path: '/controls.html' }, sentence, (page) => pin(page, 7, 1)));

  it('has lines', () => pictured('lines', {}, { ...sentence, view: ['lines'] }, (page) => pin(page, 7, null)));

  it('has text', () => pictured('text', {}, { ...sentence, view: ['text'] }, (page) => pin(page, 10, null)));

  it('has three views of one selection in the dark', () =>
    pictured('dark', { colorScheme: 'dark' }, { ...sentence, view: ['matrix', 'text'], head: 1 }, (page) =>
      pin(page, 5, null),
    ));

  it('has patches over a picture', () =>
    pictured('image', {}, async (page) => {
      await page.evaluate(() => {
        const side = 224;
        const canvas = document.createElement('canvas');
        canvas.width = side;
        canvas.height = side;
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        const rect = (colour: string, x: number, y: number, width: number, height: number): void => {
          context.fillStyle = colour;
          context.fillRect(x, y, width, height);
        };
        rect('#9cc8ee', 0, 0, side, 144);
        rect('#6fae5b', 0, 144, side, 80);
        rect('#f7d04a', 160, 32, 32, 32);
        rect('#b5452f', 48, 80, 80, 32);
        rect('#e8dcc3', 48, 112, 80, 64);
        rect('#5a4636', 80, 144, 16, 32);
        rect('#5a4636', 176, 128, 16, 48);
        rect('#2f6b37', 160, 96, 48, 32);
        const patches = 14;
        const size = side / patches;
        const colours = Array.from({ length: patches * patches }, (_, i) => {
          const x = (i % patches) * size;
          const y = Math.floor(i / patches) * size;
          return Array.from(context.getImageData(x + size / 2, y + size / 2, 1, 1).data).map(
            (value) => value / 128 - 1,
          );
        });
        // Colours that are alike attract each other, and patches that are near.
        const vectors = colours.map(([red = 0, green = 0, blue = 0], i) => {
          const at = [Math.floor(i / patches), i % patches].map((step) => (step / patches) * Math.PI);
          return [4 * red, 4 * green, 4 * blue, ...at.flatMap((angle) => [2 * Math.sin(angle), 2 * Math.cos(angle)])];
        });
        const tensor = { data: vectors.flat(), shape: [vectors.length, 7] };
        return window.harness.draw({
          ...{ query: tensor, key: tensor, image: canvas, patches: { rows: patches, columns: patches } },
          view: ['image'],
        });
      });
      await pin(page, 14 * 6 + 12, null);
    }));

  it('has heads of several layers', () =>
    pictured('layers', {}, { weights: layeredWeights(6, 8, 48), layers: true, head: 18 }));

  it('has two heads and their difference, in three views', () =>
    pictured(
      'compare',
      { width: 1180 },
      { ...sentence, view: ['matrix', 'lines', 'text'], compare: { head: 2 } },
      (page) => pin(page, 7, null),
    ));

  it('has a cell explained', () =>
    pictured('explainer', {}, small, async (page, scope) => {
      await pin(page, 1, 2);
      await scope.getByRole('button', { name: 'Explain' }).click();
      await page.evaluate(() => (window.harness.scope.shadowRoot?.activeElement as HTMLElement | null)?.blur());
      await scope.locator('.explainer').waitFor();
    }));

  it('has the numbers as a table', () =>
    pictured('table', {}, { ...sentence, view: ['text'] }, async (page, scope) => {
      await pin(page, 7, null);
      // Where no focus would be seen.
      await page.evaluate(() => {
        const inside = window.harness.scope.shadowRoot?.querySelector('.summary');
        inside?.dispatchEvent(new KeyboardEvent('keydown', { key: 't', bubbles: true }));
      });
      await scope.locator('.table').waitFor();
    }));

  it('has 4096 tokens', () => pictured('large', {}, { ...longText(4096), colorScale: 'log' }));

  it('has a telephone', () =>
    pictured('narrow', { width: 360, path: '/controls.html' }, sentence, (page) => pin(page, 7, 1)));

  it('has a page from right to left', () =>
    pictured('rtl', { path: '/rtl.html' }, { ...lineOfWords(arabic), view: ['matrix', 'text'] }, (page) =>
      pin(page, 3, 2),
    ));

  it('has masked cells, and some that are no numbers', () => {
    const weights = sentence.weights.data.slice(0, 144).map((value, i) => (i % 12 > Math.floor(i / 12) ? 0 : value));
    weights[5 * 12 + 2] = NaN;
    return pictured(
      'masked',
      {},
      {
        tokens: sentence.tokens,
        weights: { data: weights, shape: [12, 12] },
        causal: true,
        colorScale: 'sqrt',
      },
    );
  });
});

describe('saved pictures', () => {
  it('are the same as PNG and as SVG, and as they were approved', async () => {
    const { page, close } = await fixture.open({
      viewport: { width: 880, height: 900 },
      deviceScaleFactor: 2,
      // The page reads the SVG as markup, as only a test does.
      bypassCSP: true,
    });
    await page.evaluate(() =>
      Promise.all(["400 14px 'Test Sans'", "600 14px 'Test Sans'"].map((font) => document.fonts.load(font))),
    );
    await draw(page, { ...sentence, view: ['matrix', 'lines', 'text'], compare: { head: 1 } });
    const saved = await page.evaluate(async () => {
      const { scope } = window.harness;
      scope.pin({ query: 7, key: null });
      await window.harness.painted();
      const blob = await scope.toBlob();
      const png = await createImageBitmap(blob);
      const svg = await scope.toSVG();
      // In the page, because a file of its own has no font of the page.
      const root = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
      document.body.replaceChildren(document.adoptNode(root));
      return { bytes: Array.from(new Uint8Array(await blob.arrayBuffer())), width: png.width, height: png.height };
    });
    const bytes = Uint8Array.from(saved.bytes);
    compare('saved', bytes);
    await page.setViewportSize({ width: saved.width / 2, height: saved.height / 2 });
    expectAlike('saved-svg', PNG.sync.read(Buffer.from(bytes)), await page.locator('svg').screenshot());
    await close();
  });
});
