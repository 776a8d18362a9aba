import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { HeadScopeElement } from '../../web/element/head-scope.js';
import { launchChromium, openPage, type WatchedPage } from './support/chromium.js';
import { distFolder } from './support/paths.js';
import { startStaticServer, STRICT_CSP, type StaticServer } from './support/static-server.js';

/** What the page's own script offers to tests. */
export interface Harness {
  /** Every event of the element so far. */
  readonly log: { type: string; detail: Record<string, unknown> }[];
  readonly scope: HeadScopeElement;
  /** Sets properties and waits until all heads are drawn. */
  draw(properties: Record<string, unknown>): Promise<void>;
  /** Seeded normal numbers as query and key: two tensors of shape (heads, length, depth). */
  vectors(heads: number, queries: number, keys: number, depth: number): Record<'query' | 'key', unknown>;
  /** Waits until what was asked for is painted. */
  painted(): Promise<void>;
}

declare global {
  interface Window {
    harness: Harness;
  }
}

const HARNESS = `
const scope = document.querySelector('head-scope');
const log = [];
for (const type of ['ready', 'hover', 'select', 'head', 'viewchange', 'edit', 'step', 'progress', 'error']) {
  document.addEventListener('headscope-' + type, (event) => log.push({ type, detail: event.detail }));
}
const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
// Views whose code comes when they are first shown.
const late = ['lines', 'text', 'image'];
async function painted() {
  await scope.updateComplete;
  await frame();
  const one = (selector) => scope.shadowRoot.querySelector(selector);
  const missing = () =>
    (one('.cells > canvas')?.width ?? 2) <= 1 ||
    (scope.result !== null && scope.view.some((name) => late.includes(name) && one('.' + name) === null));
  for (const end = performance.now() + 30000; missing() && performance.now() < end; ) await frame();
  await frame();
}
function normal(count, seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float32Array.from({ length: count }, () =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
}
window.harness = {
  log,
  scope,
  painted,
  vectors: (heads, queries, keys, depth) => ({
    query: { data: normal(heads * queries * depth, 1).map((x) => 1.4 * x), shape: [heads, queries, depth] },
    key: { data: normal(heads * keys * depth, 2).map((x) => 1.4 * x), shape: [heads, keys, depth] },
  }),
  async draw(properties) {
    const ready = new Promise((resolve) => scope.addEventListener('headscope-ready', resolve, { once: true }));
    Object.assign(scope, properties);
    await ready;
    await painted();
  },
};
`;

const STYLE = `
body { margin: 16px; font: 14px/20px system-ui, sans-serif; background: #fff; color: #1c2127; }
@media (prefers-color-scheme: dark) { body { background: #14171b; color: #e6e8eb; } }
`;

/** A page with nothing but a <head-scope>, served under the strict policy. */
export function elementPage(inside = '', attributes = ''): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>head-scope</title>
    <link rel="stylesheet" href="/style.css">
    <script type="module" src="/dist/element.js"></script>
    <script type="module" src="/harness.js"></script>
  </head>
  <body>
    <main>
      <h1>One element</h1>
      <head-scope ${attributes}>${inside}</head-scope>
    </main>
  </body>
</html>`;
}

/** A Chromium and a server for the tests of one file. */
export class ElementFixture {
  private constructor(
    readonly browser: Browser,
    readonly server: StaticServer,
  ) {}

  /**
   * @param files made up, by URL path
   * @param folders served besides, by URL prefix
   * @param browserArguments of Chromium
   */
  static async start(
    files: Readonly<Record<string, string>> = {},
    folders: Readonly<Record<string, string>> = {},
    browserArguments: readonly string[] = [],
  ): Promise<ElementFixture> {
    const server = await startStaticServer({
      folders: { '/dist/': distFolder, ...folders },
      files: { '/element.html': elementPage(), '/harness.js': HARNESS, '/style.css': STYLE, ...files },
      csp: STRICT_CSP,
    });
    return new ElementFixture(await launchChromium(browserArguments), server);
  }

  async open(options: BrowserContextOptions = {}, path = '/element.html'): Promise<WatchedPage> {
    const watched = await openPage(this.browser, this.server.origin + path, options);
    await watched.page.waitForFunction(() => 'harness' in window);
    return watched;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }
}

/** Sets properties of the element and waits until all heads are drawn. */
export async function draw(page: Page, properties: Record<string, unknown>): Promise<void> {
  await page.evaluate((given) => window.harness.draw(given), properties);
}

/** Draws seeded vectors with these extents. */
export async function drawVectors(
  page: Page,
  [heads, queries, keys, depth]: readonly [number, number, number, number],
  properties: Record<string, unknown> = {},
): Promise<void> {
  await page.evaluate(
    ([extents, given]) => {
      const { harness } = window;
      return harness.draw({ ...harness.vectors(...extents), ...given });
    },
    [[heads, queries, keys, depth], properties] as const,
  );
}

/** The text of a part of the element, its blanks all ordinary and single. */
export async function text(page: Page, selector: string): Promise<string> {
  const content = await page.locator(`head-scope ${selector}`).first().textContent();
  return (content ?? '').replace(/\s+/g, ' ').trim();
}

/** The numbers of the read-out by their names. */
export async function readout(page: Page): Promise<Record<string, string>> {
  // Both at once, so that they are of the same moment.
  const parts = await page
    .locator('head-scope .numbers :is(dt, dd)')
    .evaluateAll((all) => all.map((part) => [part.localName, part.textContent ?? ''] as const));
  const texts = (kind: string): string[] => parts.flatMap(([name, content]) => (name === kind ? [content] : []));
  const values = texts('dd');
  return Object.fromEntries(texts('dt').map((name, i) => [name, (values[i] ?? '').replace(/\s+/g, ' ').trim()]));
}

/** Middle of a cell on the page, once the cells stand still. */
export async function cellCentre(page: Page, query: number, key: number): Promise<{ x: number; y: number }> {
  return page.locator('head-scope .cells').evaluate(
    async (cells, [query, key]) => {
      const place = (): string => JSON.stringify(cells.getBoundingClientRect());
      for (let before = ''; before !== place();) {
        before = place();
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      }
      const { x, y, width, height } = cells.getBoundingClientRect();
      const grid = cells.querySelector('.grid');
      const cellsAlong = (name: string): number => Number(grid?.getAttribute(name)) - 1;
      return {
        x: x + ((key + 0.5) * width) / cellsAlong('aria-colcount'),
        y: y + ((query + 0.5) * height) / cellsAlong('aria-rowcount'),
      };
    },
    [query, key] as const,
  );
}

/** Details of the events of one type since the page was opened. */
export function events(page: Page, type: string): Promise<Record<string, unknown>[]> {
  return page.evaluate(
    (wanted) => window.harness.log.filter((event) => event.type === wanted).map(({ detail }) => detail),
    type,
  );
}

/** softmax(scale·QKᵀ) of one head in double, as a textbook writes it. */
export function softmaxWeights(query: number[][], key: number[][], scale: number, causal = false): number[][] {
  return query.map((q, i) => {
    const scores = key.map((k, j) =>
      causal && j > i ? -Infinity : scale * q.reduce((sum, value, d) => sum + value * (k[d] ?? 0), 0),
    );
    const most = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - most));
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  });
}
