// The longest task on the main thread while something large is shown: what is over 50 ms, a visitor feels.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { zipSync } from 'fflate';
import { picturesModule } from './site.mjs';

const heads = 12;
const length = 1024;
/** The page's chapters, by their addresses. */
const chapters = ['self-attention', 'multi-head', 'projections', 'patches', 'transformer'];
/** Milliseconds without anything to load after which a page has been drawn. */
const settled = 1000;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} origin
 * @param {number} rounds
 * @returns {Promise<{work: string, times: number[]}[]>} Milliseconds in each round; 0 where no task was long, which is over 50 ms
 */
export async function longTasks(browser, origin, rounds) {
  const { largePngFile } = await import(pathToFileURL(picturesModule).href);
  const folder = mkdtempSync(join(tmpdir(), 'headscope-bench-'));
  try {
    const results = [];
    for (const [work, path, prepare, show] of works(folder, largePngFile(4000).buffer)) {
      const times = [];
      for (let round = 0; round < rounds; ++round) {
        const page = await browser.newPage();
        await page.goto(origin + path);
        await prepare(page);
        times.push(await longestWhile(page, () => show(page)));
        await page.close();
      }
      results.push({ work, times });
    }
    for (const chapter of chapters) {
      const times = [];
      for (let round = 0; round < rounds; ++round) {
        times.push(await longestAtOpening(browser, `${origin}/dist/page/index.html?chapter=${chapter}`));
      }
      results.push({ work: `the page: opening the chapter ${chapter}`, times });
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function longestWhile(page, show) {
  await page.evaluate(() => {
    globalThis.longest = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
    });
    // What came before is reported late.
    return new Promise((resolve) => setTimeout(resolve, 300)).then(() => observer.observe({ type: 'longtask' }));
  });
  await show();
  await page.waitForTimeout(300);
  return page.evaluate(() => globalThis.longest);
}

/** From navigation on. */
async function longestAtOpening(browser, url) {
  const page = await browser.newPage();
  await page.addInitScript(() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
    }).observe({ type: 'longtask' });
  });
  await page.goto(url);
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(settled);
  const longest = await page.evaluate(() => globalThis.longest);
  await page.close();
  return longest;
}

/** What is shown: its name, the page, what comes before it, and how it is shown. */
function works(folder, largePng) {
  const picture = join(folder, 'large.png');
  writeFileSync(picture, largePng);
  const file = join(folder, 'large.npz');
  // Deflated, but not well.
  writeFileSync(file, zipSync({ 'weights.npy': uniformWeights() }, { level: 1 }));
  return [
    ['`<head-scope>`: 12 heads x 1024 tokens, computed and drawn', '/element.html', prepare('vectors'), draw],
    ['`<head-scope>`: the same of ready weights', '/element.html', prepare('weights'), draw],
    [
      'the page: a picture of 16 megapixels',
      '/dist/page/index.html',
      (page) => openTab(page, 'Image', ',196,196'),
      async (page) => {
        await page.getByLabel('open a picture').setInputFiles(picture);
        await page.getByText('4000 × 4000 pixels').waitFor();
      },
    ],
    [
      'the page: a .npz of 48 MB',
      '/dist/page/index.html',
      (page) => openTab(page, 'File', ',9,9'),
      async (page) => {
        await page.locator('hs-file-input input[type=file]').setInputFiles(file);
        await drawn(page, `${heads},${length},${length}`);
      },
    ],
  ];
}

/** Weights that are the same for each key, as a .npy. */
function uniformWeights() {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${heads}, ${length}, ${length}), }`.padEnd(117);
  const start = Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(118)}\0${header}\n`, 'latin1');
  const values = new Float32Array(heads * length * length).fill(1 / length);
  return Buffer.concat([start, Buffer.from(values.buffer)]);
}

async function openTab(page, name, shape) {
  await page.getByRole('tab', { name }).click();
  await drawn(page, shape);
}

const drawn = (page, shape) =>
  page.waitForFunction((wanted) => {
    const scope = globalThis.document.querySelector('hs-page')?.shadowRoot?.querySelector('head-scope');
    return scope && !scope.busy && scope.result?.weights.shape.join().endsWith(wanted);
  }, shape);

/** The workers and their WebAssembly are there, as they are once a page has shown anything, and so is what is to be shown. */
const prepare = (made) => (page) =>
  page.evaluate(
    async ([made, heads, length]) => {
      const random = () => ({
        data: Float32Array.from({ length: heads * length * 64 }, () => 4 * Math.random() - 2),
        shape: [heads, length, 64],
      });
      const weights = () => ({
        data: new Float32Array(heads * length ** 2).fill(1 / length),
        shape: [heads, length, length],
      });
      globalThis.made = made === 'weights' ? { weights: weights() } : { query: random(), key: random() };
      const scope = globalThis.document.querySelector('head-scope');
      globalThis.draw = async (properties) => {
        const ready = new Promise((resolve) => scope.addEventListener('headscope-ready', resolve, { once: true }));
        Object.assign(scope, properties);
        await ready;
        await new Promise((resolve) =>
          globalThis.requestAnimationFrame(() => globalThis.requestAnimationFrame(resolve)),
        );
      };
      await globalThis.customElements.whenDefined('head-scope');
      await globalThis.draw({ weights: [[1]] });
      if (made !== 'weights') await globalThis.draw({ weights: undefined, query: [[1]], key: [[1]] });
    },
    [made, heads, length],
  );

const draw = (page) => page.evaluate(() => globalThis.draw(globalThis.made));
