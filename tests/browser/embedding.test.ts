import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HeadScopeElement } from '../../web/element/head-scope.js';
import type { Edit } from '../../web/element/panels/panel.js';
import { elementPage, ElementFixture, softmaxWeights, text } from './element-fixture.js';
import { axeViolations } from './support/axe.js';
import { openPage, type WatchedPage } from './support/chromium.js';

const page = (body: string): string => `<!doctype html>
  <html lang="en"><head><title>embedding</title><link rel="stylesheet" href="/style.css">
  <script type="module" src="/dist/element.js"></script></head><body>${body}</body></html>`;

const json = (value: unknown): string =>
  `<script type="application/json">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;

const bare = (body: string): string =>
  `<!doctype html><html lang="en"><title>copied</title><body>${body}</body></html>`;

let fixture: ElementFixture;

beforeAll(async () => {
  fixture = await ElementFixture.start({
    '/style.css': '.tall { height: 4000px }',
    '/below.html': page(`<h1>Below</h1><div class="tall"></div>
      <head-scope id="lazy">${json({ query: [[1], [2]], key: [[0], [1]] })}</head-scope>
      <div class="tall"></div>
      <head-scope id="eager" loading="eager">${json({ weights: [[0.25, 0.75]] })}</head-scope>
      <div class="tall"></div>
      <head-scope id="printed">${json({ weights: [[0.5, 0.5]] })}</head-scope>`),
    '/hostile.html': page(`<main><h1>Hostile</h1>
      <head-scope id="tokens">${json({
        weights: [
          [1, 0],
          [0, 1],
        ],
        tokens: ['<img src=x onerror="document.title=1">', '</script><script>document.title=2</script>'],
        onclick: 'document.title=3',
        innerHTML: '<b>bold</b>',
        theme: 'dark',
        __proto__x: { polluted: 1 },
      })}</head-scope>
      <head-scope id="cut"><script type="application/json">{ "weights": [[1, </script></head-scope>
      <head-scope id="large">${json({ weights: { shape: [1e5, 1e5], data: [1] } })}</head-scope>
      <head-scope id="ragged">${json({ weights: [[1, 2], [3]] })}</head-scope>
      <head-scope id="cells"><table><tr><th><th><b>a</b><th>b<tr><th>x<td>none<td></table></head-scope></main>`),
    '/early.html': `<!doctype html><html lang="en"><title>early</title><script src="/dist/element.single.js"></script>
      <head-scope id="early">${json({ weights: [[0.125, 0.875]] })}</head-scope></html>`,
    '/two.html': elementPage('', 'loading="eager"'),
  });
});
afterAll(() => fixture.stop());

const open = (path: string): Promise<WatchedPage> => openPage(fixture.browser, fixture.server.origin + path);

type Scope = HeadScopeElement;

const weightsOf = (page: Page, id: string): Promise<number[] | null> =>
  page.evaluate((name) => {
    const data = (document.getElementById(name) as Scope | null)?.result?.weights.data;
    return data === undefined ? null : [...data];
  }, id);

describe('loading', () => {
  test('waits until the reader comes near, unless told not to', async () => {
    const { page, problems, close } = await open('/below.html');
    const pieces = (): Promise<number> =>
      page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /worker/.test(name)).length);
    await expect.poll(() => weightsOf(page, 'eager')).toEqual([0.25, 0.75]);
    await page.waitForTimeout(200);
    await expect.poll(() => weightsOf(page, 'lazy')).toBeNull();
    // Neither the engine's code nor its workers.
    await expect.poll(() => pieces()).toBe(0);
    await page.locator('#lazy').scrollIntoViewIfNeeded();
    await expect
      .poll(async () => (await weightsOf(page, 'lazy'))?.map((weight) => weight.toFixed(6)))
      .toEqual(
        softmaxWeights([[1], [2]], [[0], [1]], 1)
          .flat()
          .map((weight) => weight.toFixed(6)),
      );
    await expect.poll(() => pieces()).toBeGreaterThan(0);
    // On paper everything is seen.
    await expect.poll(() => weightsOf(page, 'printed')).toBeNull();
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await expect.poll(() => weightsOf(page, 'printed')).toEqual([0.5, 0.5]);
    await close();
    expect(problems).toEqual([]);
  });

  test('keeps room for what it is going to draw', async () => {
    const { page, close } = await open('/below.html');
    await page.waitForFunction(() => (document.getElementById('lazy') as Scope | null)?.query !== undefined);
    await expect
      .poll(() => page.locator('#lazy').evaluate((one: HTMLElement) => one.offsetHeight))
      .toBeGreaterThan(300);
    await close();
  });
});

describe('children', () => {
  test('are text and numbers, whatever they say', async () => {
    const { page, problems, close } = await open('/hostile.html');
    const label = page.locator('#tokens .row-labels .label').first();
    await label.waitFor();
    await expect.poll(() => label.textContent()).toMatch(/^<img src=x onerror="document/);
    const after = await page.evaluate(() => {
      const scope = document.getElementById('tokens') as Scope;
      return { title: document.title, theme: scope.theme, inner: scope.querySelector('b'), click: scope.onclick };
    });
    expect(after).toEqual({ title: 'embedding', theme: 'auto', inner: null, click: null });
    const errors: Record<string, RegExp> = {
      cut: /^script: expected JSON, got SyntaxError/,
      large: /^weights: expected 10000000000 elements, as the shape says, got 1\.$/,
      ragged: /^weights: expected rows of 2, got 1 at \[1\]\.$/,
    };
    for (const [id, said] of Object.entries(errors)) {
      const scope = page.locator(`#${id}`);
      await scope.scrollIntoViewIfNeeded();
      await scope.locator('.error').waitFor();
      await expect.poll(async () => (await scope.locator('.error').innerText()).trim()).toMatch(said);
    }
    await page.locator('#cells').scrollIntoViewIfNeeded();
    // What is no number is marked as such; an empty cell is 0.
    await expect.poll(() => weightsOf(page, 'cells')).toEqual([NaN, 0]);
    await expect.poll(() => page.locator('#cells .column-labels .label').allTextContents()).toEqual(['a', 'b']);
    expect(await axeViolations(page)).toEqual([]);
    await close();
    expect(problems).toEqual([]);
  });

  test('are read when they come late, and where the element is defined before them', async () => {
    const { page, problems, close } = await open('/two.html');
    await page.evaluate(() => {
      const table = document.createElement('table');
      table.insertRow().insertCell().textContent = '0.5';
      table.rows[0]?.insertCell().append('0.5');
      const scope = document.querySelector('head-scope') as Scope;
      scope.id = 'late';
      scope.append(table);
    });
    await expect.poll(() => weightsOf(page, 'late')).toEqual([0.5, 0.5]);
    expect(problems).toEqual([]);
    await page.goto(`${fixture.server.origin}/early.html`);
    await expect.poll(() => weightsOf(page, 'early')).toEqual([0.125, 0.875]);
    await close();
  });

  test('count less than properties and attributes', async () => {
    const { page, close } = await open('/two.html');
    await page.evaluate(() => {
      const scope = document.createElement('head-scope');
      scope.id = 'mine';
      scope.setAttribute('top-k', '2');
      scope.weights = [[1, 0]];
      const script = document.createElement('script');
      script.type = 'application/json';
      script.append('{ "weights": [[0.5, 0.5]], "topK": 1, "mass": 0.5 }');
      scope.append(script);
      document.body.prepend(scope);
    });
    await expect.poll(() => weightsOf(page, 'mine')).toEqual([1, 0]);
    await expect
      .poll(() =>
        page.evaluate(() => {
          const { topK, mass } = document.getElementById('mine') as Scope;
          return { topK, mass };
        }),
      )
      .toEqual({ topK: 2, mass: 0.5 });
    await close();
  });
});

describe('taken along', () => {
  test('a permalink brings back what was shown', async () => {
    const { page, problems, close } = await open('/two.html');
    const link = await page.evaluate(async () => {
      const scope = document.querySelector('head-scope') as Scope;
      scope.id = 'one';
      const ready = new Promise((resolve) => scope.addEventListener('headscope-ready', resolve, { once: true }));
      Object.assign(scope, {
        query: [
          [[1], [2]],
          [[0.1], [3]],
        ],
        key: [
          [[0], [1]],
          [[1], [1]],
        ],
        tokens: ['a&b', '<b>'],
        causal: true,
      });
      Object.assign(scope, { head: 1, colorScale: 'sqrt', temperature: 2 });
      await ready;
      scope.pin({ query: 1, key: 0 });
      return scope.permalink();
    });
    expect(link.whole).toBe(true);
    expect(link.text).toMatch(/^headscope=1&temperature=2&causal=&head=1&color-scale=sqrt&pin=1\*0&query=/);
    const first = await weightsOf(page, 'one');
    const restored = await page.evaluate(async (text) => {
      const scope = document.createElement('head-scope');
      scope.id = 'other';
      document.body.prepend(scope);
      const ready = new Promise((resolve) => scope.addEventListener('headscope-ready', resolve, { once: true }));
      const read = [await scope.restore('#nothing'), await scope.restore(`#${text}`)];
      await ready;
      return { read, selection: scope.selection, tokens: scope.tokens, scale: scope.colorScale };
    }, link.text);
    expect(restored).toEqual({
      read: [false, true],
      selection: { head: 1, query: 1, key: 0, pinned: true },
      tokens: ['a&b', '<b>'],
      scale: 'sqrt',
    });
    await expect.poll(() => weightsOf(page, 'other')).toEqual(first);
    await close();
    expect(problems).toEqual([]);
  });

  test('a permalink carries what it is compared with, and what the reader changed; nonsense is refused in words', async () => {
    const { page, problems, close } = await open('/two.html');
    const query = [
      [1, 0],
      [0, 2],
    ];
    const key = [
      [2, 1],
      [1, 0],
    ];
    const edit = { tensor: 'query', head: 0, index: 1, component: 0, value: 3 };
    const shown = await page.evaluate(
      async ([query, key, edit]) => {
        const scope = document.querySelector('head-scope') as Scope;
        const ready = (): Promise<unknown> =>
          new Promise((resolve) => scope.addEventListener('headscope-ready', resolve, { once: true }));
        const first = ready();
        Object.assign(scope, { query, key, causal: true, compare: { temperature: 2, causal: false } });
        await first;
        const second = ready();
        scope.show({ edits: [edit] });
        await second;
        return { link: await scope.permalink(), state: scope.state, row: [...(await scope.getRow(0, 1))] };
      },
      [query, key, edit as Edit] as const,
    );
    const changed = [query[0] ?? [], [3, 2]];
    softmaxWeights(changed, key, Math.SQRT1_2)[1]?.forEach((weight, k) => expect(shown.row[k]).toBeCloseTo(weight, 5));
    expect(shown.link.whole).toBe(true);
    expect(shown.state).toMatchObject({ compare: { temperature: 2, causal: false }, edits: [edit] });
    const again = await page.evaluate(async (text) => {
      const scope = document.createElement('head-scope');
      // What a link does not say is as it is by itself, whatever the page says.
      scope.setAttribute('temperature', '5');
      document.body.prepend(scope);
      const ready = new Promise((resolve) => scope.addEventListener('headscope-ready', resolve, { once: true }));
      await scope.restore(text);
      await ready;
      const { compare, edits, settings } = scope.state;
      return { compare, edits, temperature: settings.temperature, row: [...(await scope.getRow(0, 1))] };
    }, shown.link.text);
    expect(again).toEqual({
      compare: { temperature: 2, causal: false },
      edits: [edit],
      temperature: 1,
      row: shown.row,
    });
    const refused = await page.evaluate(async (text) => {
      const scope = document.querySelector('head-scope') as Scope;
      const failed = new Promise<string>((resolve) =>
        scope.addEventListener('headscope-error', ({ detail }) => resolve(detail.message), { once: true }),
      );
      await scope.restore(text.replace('edit=q0.1.0', 'edit=q0.1.2'));
      return failed;
    }, shown.link.text);
    expect(refused).toBe('edits: expected a component of 1 heads × 2 × 2, got query 0 × 1 × 2');
    await close();
    expect(problems).toEqual([]);
  });

  test('each copied text shows the same weights on another page', async () => {
    const { page, close } = await open('/two.html');
    const texts = await page.evaluate(async () => {
      const scope = document.querySelector('head-scope') as Scope;
      const ready = new Promise((resolve) => scope.addEventListener('headscope-ready', resolve, { once: true }));
      Object.assign(scope, {
        weights: [
          [
            [0.1, 0.9],
            [1, 0],
          ],
          [
            [0, 1],
            [0.3, 0.7],
          ],
        ],
        tokens: ['</script>', 'b'],
        head: 1,
      });
      await ready;
      scope.pin({ query: 1, key: 1 });
      return scope.embedTexts({ src: '/dist/element.js', frame: '/frame.html' });
    });
    await close();
    const other = await ElementFixture.start({
      '/tag.html': bare(texts.tag),
      // Scripts in the page are not for a strict policy; this one is moved into a file.
      '/script.html': bare(
        texts.script.replace(
          /<script type="module">[^]*<\/script>/,
          '<script type="module" src="/script.js"></script>',
        ),
      ),
      '/script.js': /<script type="module">([^]*)<\/script>/.exec(texts.script)?.[1] ?? '',
    });
    for (const path of ['/tag.html', '/script.html']) {
      const { page, problems, close } = await openPage(other.browser, other.server.origin + path);
      await page.locator('head-scope').evaluate((scope) => (scope.id = 'copied'));
      await expect
        .poll(async () => (await weightsOf(page, 'copied'))?.map((weight) => Math.fround(weight)))
        .toEqual([0.1, 0.9, 1, 0, 0, 1, 0.3, 0.7].map(Math.fround));
      await expect
        .poll(() => page.evaluate(() => (document.getElementById('copied') as Scope).selection))
        .toEqual({ head: 1, query: 1, key: 1, pinned: true });
      await page.locator('head-scope .row-labels .label').first().waitFor();
      await expect.poll(() => text(page, '.row-labels .label')).toBe('</script>');
      await close();
      expect(problems).toEqual([]);
    }
    await other.stop();
  });
});
