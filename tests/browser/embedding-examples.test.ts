import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { softmaxWeights } from './element-fixture.js';
import { axeViolations } from './support/axe.js';
import { launchChromium, openPage, type WatchedPage } from './support/chromium.js';
import { distFolder, repositoryRoot } from './support/paths.js';
import { screenshot } from './support/screenshot.js';
import { startStaticServer, STRICT_CSP, type StaticServer } from './support/static-server.js';

let browser: Browser;
/** Serves the examples under the strict policy. */
let strict: StaticServer;
/** Without a policy, as other people's libraries need it; another origin than `strict`. */
let open: StaticServer;

beforeAll(async () => {
  // As somebody's bundler does it, but for the element, which comes from where this server has it.
  const react = await build({
    entryPoints: [join(repositoryRoot, 'web/examples/react/main.jsx')],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      {
        name: 'element',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^headscope\/element$/ }, () => ({ path: '/dist/element.js', external: true })),
      },
    ],
  });
  const folders = {
    '/dist/': distFolder,
    '/web/': join(repositoryRoot, 'web'),
    '/node_modules/': join(repositoryRoot, 'node_modules'),
  };
  const files = {
    '/web/examples/react/main.js': react.outputFiles[0]?.text ?? '',
    '/notebook.html':
      '<!doctype html><title>notebook</title><div id="cell"></div><script type="module" src="/notebook.js"></script>',
    '/notebook.js': `import widget from '/dist/widget.js'; window.widget = widget;`,
  };
  [browser, strict, open] = await Promise.all([
    launchChromium(),
    startStaticServer({ folders, files, csp: STRICT_CSP }),
    startStaticServer({ folders, files }),
  ]);
});
afterAll(async () => {
  await browser.close();
  await Promise.all([strict.close(), open.close()]);
});

/** The weights that an element shows, as soon as it shows any. */
async function weightsOf(page: Page | Frame, selector = 'head-scope'): Promise<number[]> {
  const handle = await page.waitForFunction((wanted) => {
    const scope = document.querySelector(wanted) as { result?: { weights: { data: Float32Array } } | null } | null;
    return scope?.result ? [...scope.result.weights.data] : null;
  }, selector);
  return (await handle.jsonValue()) as number[];
}

function near(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 6));
}

async function onExample(
  path: string,
  body: (watched: WatchedPage) => Promise<void>,
  server = strict,
  options: Parameters<typeof openPage>[2] = {},
): Promise<void> {
  const watched = await openPage(browser, `${server.origin}/web/examples/${path}`, options);
  try {
    await body(watched);
    expect(watched.problems).toEqual([]);
  } finally {
    await watched.close();
  }
}

/** Clicks the middle of a cell of a matrix with so many rows and columns. */
async function clickCell(
  page: Page,
  cells: ReturnType<Page['locator']>,
  [query, key]: readonly [number, number],
  [rows, columns]: readonly [number, number],
): Promise<void> {
  await cells.scrollIntoViewIfNeeded();
  const box = await cells.boundingBox();
  if (box === null) throw new Error('no cells');
  await page.mouse.click(box.x + ((key + 0.5) * box.width) / columns, box.y + ((query + 0.5) * box.height) / rows);
}

const COLOUR = [
  [2, 0],
  [2, 0],
  [0, 2],
  [0, 2],
];
const SHAPE = [
  [2, 0],
  [0, 2],
  [2, 0],
  [0, 2],
];
const TWO_HEADS = [COLOUR, SHAPE].flatMap((x) => softmaxWeights(x, x, Math.SQRT1_2).flat());

describe('data in the markup', () => {
  test('is a table where there are no scripts', () =>
    onExample(
      'fallback/',
      async ({ page }) => {
        await expect.poll(() => page.locator('#table table').isVisible()).toBe(true);
        await expect
          .poll(() => page.locator('#table td').allInnerTexts())
          .toEqual(['0.7', '0.2', '0.1', '0.25', '0.5', '0.25', '5 %', '80 %', '15 %']);
        await expect.poll(() => page.locator('#json p').isVisible()).toBe(true);
      },
      strict,
      { javaScriptEnabled: false },
    ));

  test('is drawn where there are', () =>
    onExample('fallback/', async ({ page }) => {
      near(await weightsOf(page, '#table'), [0.7, 0.2, 0.1, 0.25, 0.5, 0.25, 0.05, 0.8, 0.15]);
      await page.locator('#table').getByRole('grid').waitFor();
      await expect.poll(() => page.locator('#table table').isVisible()).toBe(false);
      await expect
        .poll(() => page.locator('#table .row-labels .label').allTextContents())
        .toEqual(['the', 'cat', 'sat']);
      await page.locator('#json').scrollIntoViewIfNeeded();
      near(await weightsOf(page, '#json'), TWO_HEADS);
      await expect
        .poll(() =>
          page.evaluate(() => (document.getElementById('json') as HTMLElement & { selection: unknown }).selection),
        )
        .toEqual({ head: 1, query: 0, key: 2, pinned: true });
      expect(await axeViolations(page)).toEqual([]);
      await screenshot(page, 'example-fallback');
    }));
});

test('one classic script draws on a page from the disk, offline', async () => {
  const address = pathToFileURL(join(repositoryRoot, 'web/examples/single-file/index.html')).href;
  const { page, problems, close } = await openPage(browser, address, { offline: true });
  const query = [
    [1, 0],
    [0, 1],
    [1, 1],
  ];
  const key = [
    [2, 0],
    [0, 2],
    [1, 1],
  ];
  near(await weightsOf(page), softmaxWeights(query, key, Math.SQRT1_2).flat());
  await expect
    .poll(() =>
      page.evaluate(() => typeof (globalThis as { headscope?: { configure?: unknown } }).headscope?.configure),
    )
    .toBe('function');
  await close();
  expect(problems).toEqual([]);
});

describe('the iframe', () => {
  const host = (): string => `iframe/?frame=${encodeURIComponent(`${strict.origin}/web/examples/iframe/frame.html`)}`;

  test('takes weights from the page around it, and tells it what is pinned', () =>
    onExample(
      host(),
      async ({ page }) => {
        const frame = page.frames().find((one) => one.url().startsWith(strict.origin)) as Frame;
        near(await weightsOf(frame), [0.75, 0.25, 0.5, 0.5]);
        await page.getByRole('button', { name: 'Show other weights' }).click();
        await expect.poll(() => weightsOf(frame)).toEqual([0, 1, 1, 0]);
        const grid = frame.getByRole('grid').first();
        await grid.focus();
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('Enter');
        await page.getByText('Pinned: query 0, key 1.').waitFor();
        const height = await page.locator('#frame').evaluate((one: HTMLElement) => one.offsetHeight);
        const inside = await frame.evaluate(() => document.documentElement.scrollHeight);
        expect(Math.abs(height - inside)).toBeLessThan(40);
      },
      open,
    ));

  test('listens to no other origin, to no other window, and to nothing malformed', () =>
    onExample(
      host(),
      async ({ page }) => {
        const frame = page.frames().find((one) => one.url().startsWith(strict.origin)) as Frame;
        const first = await weightsOf(frame);
        // From a window of the frame's own origin, and from itself.
        await frame.evaluate(() =>
          window.postMessage(
            {
              type: 'headscope-set',
              weights: [
                [1, 0],
                [0, 1],
              ],
            },
            '*',
          ),
        );
        // From another window of the right origin.
        await page.evaluate(() =>
          document.body.append(Object.assign(document.createElement('iframe'), { name: 'other' })),
        );
        await page.frame('other')?.evaluate(() => {
          const { contentWindow } = parent.document.getElementById('frame') as HTMLIFrameElement;
          contentWindow?.postMessage(
            {
              type: 'headscope-set',
              weights: [
                [1, 0],
                [0, 1],
              ],
            },
            '*',
          );
        });
        // From the page around it: what is no object, of no known type, too large, a list that holds itself.
        const said = await page.evaluate(async () => {
          const { contentWindow } = document.getElementById('frame') as HTMLIFrameElement;
          const heard: string[] = [];
          addEventListener('message', ({ data }: MessageEvent<{ type: string; detail: { message: string } }>) => {
            if (data.type === 'headscope-error') heard.push(data.detail.message);
          });
          const endless: unknown[] = [];
          endless[0] = endless;
          for (const message of [
            null,
            'headscope-set',
            { type: 'headscope-eval', code: 'alert(1)' },
            { type: 'headscope-step', step: '0; alert(1)' },
            { type: 'headscope-set', weights: { shape: [1e5, 1e5], float32: 'AAAA' } },
            { type: 'headscope-set', weights: { shape: [1e9], data: new Float32Array(2 ** 24 + 1) } },
            { type: 'headscope-set', weights: endless },
          ]) {
            contentWindow?.postMessage(message, '*');
          }
          for (let i = 0; i < 100 && heard.length < 3; ++i) await new Promise((resolve) => setTimeout(resolve, 50));
          return heard;
        });
        expect(said).toHaveLength(3);
        expect(said.some((message) => message.includes('at most 16777216 numbers'))).toBe(true);
        await expect.poll(() => weightsOf(frame)).toEqual(first);
      },
      open,
    ));

  test('says nothing to a page that it was not told of', () =>
    onExample(
      `iframe/?frame=${encodeURIComponent(`${strict.origin}/web/examples/iframe/frame.html`)}`,
      async ({ page }) => {
        const frame = page.frames().find((one) => one.url().startsWith(strict.origin)) as Frame;
        await weightsOf(frame);
        // The same frame, told of another origin.
        await page.evaluate(() => {
          const frame = document.getElementById('frame') as HTMLIFrameElement;
          const address = new URL(frame.src);
          address.searchParams.set('origin', 'https://example.org');
          address.hash = '#headscope=1&t=%3Cb%3E&t=b&weights=2.2*AACAPwAAAAAAAAAAAACAPw';
          addEventListener('message', ({ data }) => document.body.append(`heard ${JSON.stringify(data)}`));
          frame.src = address.href;
        });
        const other = await expect
          .poll(() => page.frames().find((one) => one.url().includes('example.org')))
          .toBeDefined()
          .then(() => page.frames().find((one) => one.url().includes('example.org')) as Frame);
        // A permalink needs no messages.
        await expect.poll(() => weightsOf(other)).toEqual([1, 0, 0, 1]);
        await expect.poll(() => other.locator('.row-labels .label').allTextContents()).toEqual(['<b>', 'b']);
        await page.getByRole('button', { name: 'Show other weights' }).click();
        await page.waitForTimeout(200);
        await expect.poll(() => weightsOf(other)).toEqual([1, 0, 0, 1]);
        await expect.poll(() => page.getByText('heard').count()).toBe(0);
      },
      open,
    ));
});

test('a page of a Markdown site, under the policy in its head', () =>
  onExample(
    'markdown-site/',
    async ({ page }) => {
      near(await weightsOf(page), [0.9, 0.1, 0.4, 0.6]);
      await page.locator('head-scope').getByRole('grid').waitFor();
      expect(await axeViolations(page)).toEqual([]);
    },
    open,
  ));

test('React sets properties and hears events', () =>
  onExample('react/', async ({ page }) => {
    const unit = [
      [1, 0],
      [0, 1],
    ];
    near(await weightsOf(page), softmaxWeights(unit, unit, Math.SQRT1_2).flat());
    await clickCell(page, page.locator('head-scope .cells'), [1, 0], [2, 2]);
    await page.getByText('Pinned: query 1, key 0.').waitFor();
  }));

test('slides: drawn when its slide is shown, pinned by a click where the slide is scaled', () =>
  onExample(
    'reveal/',
    async ({ page }) => {
      await page.waitForFunction(() => document.querySelector('.reveal.ready') !== null);
      await page.keyboard.press('ArrowRight');
      near(await weightsOf(page), [0.9, 0.1, 0.4, 0.6]);
      const cells = page.locator('head-scope .cells');
      await cells.waitFor();
      await clickCell(page, cells, [1, 1], [2, 2]);
      const pinned = () =>
        page.evaluate(() => (document.querySelector('head-scope') as unknown as { selection: unknown }).selection);
      await expect.poll(() => pinned()).toEqual({ head: 0, query: 1, key: 1, pinned: true });
      // Its arrow keys are its own.
      const at = page.url();
      await page.locator('head-scope').getByRole('grid').focus();
      await page.keyboard.press('ArrowLeft');
      expect(page.url()).toBe(at);
      await screenshot(page, 'example-reveal');
    },
    open,
    { viewport: { width: 1600, height: 1000 } },
  ));

test('a notebook: the widget draws what its model says, and tells it what the reader does', async () => {
  const { page, problems, close } = await openPage(browser, `${open.origin}/notebook.html`);
  await page.waitForFunction(() => 'widget' in window);
  await page.evaluate(() => {
    const { widget } = window as unknown as { widget: { render(context: unknown): () => void } };
    // Bytes as a kernel sends them: they begin anywhere in a buffer.
    const bytes = (numbers: number[]): DataView => {
      const buffer = new Uint8Array(3 + 4 * numbers.length);
      buffer.set(new Uint8Array(Float32Array.from(numbers).buffer), 3);
      return new DataView(buffer.buffer, 3);
    };
    const listeners = new Map<string, () => void>();
    const traits: Record<string, unknown> = {
      state: {
        query: { shape: [2, 1], data: bytes([1, 2]) },
        key: { shape: [2, 1], data: bytes([0, 1]) },
        tokens: ['a', 'b'],
      },
    };
    const model = {
      get: (name: string) => traits[name],
      set: (name: string, value: unknown) => (traits[name] = value),
      save_changes: () => (traits['saved'] = true),
      on: (event: string, callback: () => void) => listeners.set(event, callback),
      off: (event: string) => listeners.delete(event),
    };
    const leave = widget.render({ model, el: document.getElementById('cell') });
    Object.assign(window, { traits, listeners, leave });
  });
  near(await weightsOf(page), softmaxWeights([[1], [2]], [[0], [1]], 1).flat());
  await clickCell(page, page.locator('head-scope .cells'), [1, 0], [2, 2]);
  type Notebook = { traits: Record<string, unknown>; listeners: Map<string, () => void>; leave: () => void };
  const trait = (name: string) => page.evaluate((wanted) => (window as unknown as Notebook).traits[wanted], name);
  await expect.poll(() => trait('pin')).toEqual({ queries: [1], keys: [0] });
  await expect.poll(() => trait('saved')).toBe(true);
  await page.evaluate(() => {
    const { traits, listeners } = window as unknown as Notebook;
    traits['state'] = { weights: [[0.25, 0.75]] };
    listeners.get('change:state')?.();
  });
  await expect.poll(() => weightsOf(page)).toEqual([0.25, 0.75]);
  await expect
    .poll(() =>
      page.evaluate(() => ((window as unknown as Notebook).leave(), (window as unknown as Notebook).listeners.size)),
    )
    .toBe(0);
  await expect.poll(() => page.locator('head-scope').count()).toBe(0);
  await close();
  expect(problems).toEqual([]);
});

describe('the story', () => {
  interface Story extends HTMLElement {
    readonly head: number;
    readonly pins: unknown;
  }
  const shown = (page: Page, id: string) =>
    page.evaluate((name) => {
      const { head, pins } = document.getElementById(name) as Story;
      return { head, pins };
    }, id);

  test('goes on by buttons, with a caption, and takes the other element along', () =>
    onExample('story/', async ({ page }) => {
      near(await weightsOf(page, '#picture'), TWO_HEADS);
      await weightsOf(page, '#text');
      const steps: unknown[] = [];
      await page.exposeFunction('heard', (detail: unknown) => steps.push(detail));
      await page.evaluate(() => {
        for (const type of ['step', 'select', 'head']) {
          document.addEventListener(`headscope-${type}`, (event) => {
            const id = (event.target as HTMLElement).id;
            void (window as unknown as { heard(detail: unknown): void }).heard([type, id]);
          });
        }
      });
      await page.getByRole('button', { name: 'One cell' }).click();
      await expect.poll(() => shown(page, 'text')).toEqual({ head: 1, pins: { queries: [0], keys: [2] } });
      await expect.poll(() => shown(page, 'picture')).toEqual({ head: 1, pins: { queries: [0], keys: [2] } });
      await expect
        .poll(() => page.locator('#picture .caption').innerText())
        .toBe('The red ring looks at the blue ring.');
      await expect.poll(() => page.getByRole('button', { name: 'One cell' }).getAttribute('aria-current')).toBe('step');
      // Each step begins where the story began: nothing is pinned any more.
      await page.getByRole('button', { name: 'Colour' }).click();
      await expect.poll(() => shown(page, 'text')).toEqual({ head: 0, pins: null });
      await expect.poll(() => page.locator('button[aria-current]').allInnerTexts()).toEqual(['Colour']);
      // Only the element that the buttons are for speaks.
      expect(steps).toEqual([
        ['step', 'picture'],
        ['step', 'picture'],
      ]);
      expect(await axeViolations(page)).toEqual([]);
      await screenshot(page, 'example-story');
    }));

  test('goes on by scrolling', () =>
    onExample('story/', async ({ page }) => {
      await weightsOf(page, '#picture');
      await page.locator('section[data-headscope-step="1"]').evaluate((one) => one.scrollIntoView({ block: 'center' }));
      await expect.poll(() => shown(page, 'picture')).toEqual({ head: 1, pins: null });
      await page.locator('section[data-headscope-step="2"]').evaluate((one) => one.scrollIntoView({ block: 'center' }));
      await expect.poll(() => shown(page, 'picture')).toEqual({ head: 1, pins: { queries: [0], keys: [2] } });
      await expect.poll(() => page.locator('section[aria-current=step] h2').innerText()).toBe('One cell');
    }));

  test('what the reader chooses in one element is chosen in the other, hovering too', () =>
    onExample('story/', async ({ page }) => {
      await weightsOf(page, '#picture');
      await weightsOf(page, '#text');
      const selection = (id: string) =>
        page.evaluate((name) => (document.getElementById(name) as HTMLElement & { selection: unknown }).selection, id);
      const cells = page.locator('#picture .cells');
      await clickCell(page, cells, [1, 3], [4, 4]);
      await page.mouse.move(2, 2);
      await expect.poll(() => selection('text')).toEqual({ head: 0, query: 1, key: 3, pinned: true });
      const box = await cells.boundingBox();
      if (box === null) throw new Error('no cells');
      await page.mouse.move(box.x + box.width / 8, box.y + box.height / 8);
      await expect.poll(() => selection('text')).toEqual({ head: 0, query: 0, key: 0, pinned: false });
      await page.mouse.move(2, 2);
      await expect.poll(() => selection('text')).toEqual({ head: 0, query: 1, key: 3, pinned: true });
    }));
});
