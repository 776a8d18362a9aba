// README.md's code does what it says: JavaScript runs in Node against the packed package, or in a page where it speaks of one; HTML is
// opened as a page beside which the package's files lie.
import { createServer } from 'node:http';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPackage, runModule } from './support/installed-package.mjs';
import { read } from './support/repository.mjs';

/** The fenced blocks of a language, each with the line it starts at. */
function blocks(language) {
  const found = [];
  for (const match of read('README.md').matchAll(/^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)) {
    const line = match.input.slice(0, match.index).split('\n').length;
    if (match[1] === language) found.push({ line, code: match[2] });
  }
  return found;
}

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

let installed;
let server;
let browser;
beforeAll(async () => {
  installed = installPackage();
  // "Copy dist/ beside your page as headscope/" is what the page's own snippets say too.
  cpSync(join(installed.folder, 'node_modules/headscope/dist'), join(installed.folder, 'headscope'), {
    recursive: true,
  });
  server = createServer((request, response) => {
    const file = join(installed.folder, new URL(request.url, 'http://localhost').pathname);
    if (file.endsWith('/favicon.ico')) return response.writeHead(204).end();
    if (!existsSync(file)) return response.writeHead(404).end();
    response
      .writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
      .end(readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
  });
});
afterAll(async () => {
  await browser.close();
  server.close();
  installed.remove();
});

/** Opens HTML as a page; gives everything that went wrong on it, and what it drew. */
async function openPage(name, html) {
  writeFileSync(join(installed.folder, name), html);
  const page = await browser.newPage();
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('response', (response) => response.status() >= 400 && wrong.push(`${response.status()} ${response.url()}`));
  await page.addInitScript(() => {
    globalThis.headscopeEvents = [];
    for (const name of ['headscope-ready', 'headscope-error']) {
      globalThis.addEventListener(name, (event) =>
        globalThis.headscopeEvents.push(`${name} ${event.detail?.message ?? ''}`.trim()),
      );
    }
  });
  await page.goto(`http://127.0.0.1:${server.address().port}/${name}`);
  let events = [];
  if (await page.evaluate(() => globalThis.document.querySelector('head-scope') !== null)) {
    await page.waitForFunction(() => globalThis.headscopeEvents.length > 0, undefined, { timeout: 20_000 });
    events = await page.evaluate(() => globalThis.headscopeEvents);
  } else {
    await page.waitForTimeout(500);
  }
  await page.close();
  return { wrong, events };
}

const importMap = `<script type="importmap">{"imports": {"headscope": "./headscope/headscope.js", "headscope/element": "./headscope/element.js", "headscope/readers": "./headscope/readers.js"}}</script>`;
const javascript = blocks('js');
const html = blocks('html');

test('README.md shows JavaScript and a tag to paste', () => {
  expect(javascript.length).toBeGreaterThan(0);
  expect(html.length).toBeGreaterThan(0);
});

test.each(javascript)('the JavaScript at line $line runs', async ({ line, code }) => {
  if (!/\bdocument\b/.test(code)) {
    runModule(installed.folder, `line-${line}.mjs`, code);
    return;
  }
  const page = `<!doctype html>${importMap}<head-scope></head-scope><script type="module">import 'headscope/element';\n${code}</script>`;
  const { wrong, events } = await openPage(`line-${line}.html`, page);
  expect(wrong).toEqual([]);
  expectDrawn(events);
});

test.each(html)('the HTML at line $line draws', async ({ line, code }) => {
  const { wrong, events } = await openPage(`line-${line}.html`, `<!doctype html><meta charset="utf-8">${code}`);
  expect(wrong).toEqual([]);
  expectDrawn(events);
});

function expectDrawn(events) {
  expect(events).toContain('headscope-ready');
  expect(events.filter((event) => event.startsWith('headscope-error'))).toEqual([]);
}
