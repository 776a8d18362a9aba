// The benchmark's pages: bundled into build/bench/site, and served with or without the headers that shared memory asks for.
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from '../setup/paths.mjs';

const source = join(root, 'tests', 'bench');
const built = join(root, 'build', 'bench', 'site');

const folders = [
  ['/built/', built],
  ['/dist/', join(root, 'dist')],
  ['/node_modules/', join(source, 'node_modules')],
  ['/', source],
];

const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Pages with one contestant each, for the time to the first result: where it is, and how it is made. */
const alone = {
  headscope: ['./headscope.js', 'headscopeArrays()'],
  'plain JavaScript': ['./peers/plain-javascript.js', 'plainJavaScript()'],
  'tfjs-backend-wasm': ['./peers/tfjs.js', 'tfjs(1)'],
  'LiteRT.js': ['./peers/litert.js', 'litert(1)'],
  'onnxruntime-web': ['./peers/onnxruntime.js', 'onnxRuntime(1)'],
};
export const contestantsAlone = Object.keys(alone);
export const pageAlone = (name) => `/${encodeURIComponent(name)}.html`;

/** What a page of a contestant's own says; the import map tells where the package is that is measured, as it is shipped. */
const html = (script) =>
  '<!doctype html><meta charset="utf-8" /><script type="importmap">{ "imports": { "headscope": "/dist/headscope.js", "headscope/layers": "/dist/layers.js", "headscope/pool": "/dist/pool.js" } }</script>' +
  `<script type="module" src="/built/${script}.js"></script>`;
const pages = new Map([
  ['/', html('main')],
  [
    '/element.html',
    '<!doctype html><meta charset="utf-8" /><script type="module" src="/dist/element.js"></script><head-scope></head-scope>',
  ],
  ...contestantsAlone.map((name) => [pageAlone(name), html(encodeURIComponent(name))]),
]);

/** Makes picture files, for the page to open. */
export const picturesModule = join(built, 'image-files.mjs');

export async function bundle() {
  const pictures = join(root, 'tests', 'browser', 'image-files.ts');
  await esbuild.build({
    entryPoints: [pictures],
    outfile: picturesModule,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  const options = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['headscope', 'headscope/layers', 'headscope/pool'],
    tsconfig: join(root, 'tsconfig.json'),
    conditions: ['onnxruntime-web-use-extern-wasm'],
    logLevel: 'warning',
  };
  await esbuild.build({ ...options, entryPoints: [join(source, 'main.ts')], outdir: built });
  for (const [name, [module, made]] of Object.entries(alone)) {
    const contents = `
      import * as contestant from '${module}';
      import { measureFirstResult } from './first-result.js';
      void measureFirstResult(() => contestant.${made});`;
    const stdin = { contents, resolveDir: source, loader: 'ts' };
    await esbuild.build({ ...options, stdin, outfile: join(built, `${name}.js`) });
  }
}

/** The file behind a path of a page, if there is one. */
export function fileOf(path) {
  const [prefix, folder] = folders.find(([start]) => path.startsWith(start));
  const file = join(folder, normalize(decodeURIComponent(path.slice(prefix.length))));
  return file.startsWith(folder) && statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

/** @returns {Promise<{origin: string, close(): void}>} */
export async function serve({ isolated = false } = {}) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const page = pages.get(path);
    const file = page === undefined ? fileOf(path) : undefined;
    if (page === undefined && file === undefined) return response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
    const headers = { 'Content-Type': types[file ? extname(file) : '.html'] ?? 'application/octet-stream' };
    response.writeHead(200, { ...headers, 'Cache-Control': 'no-store', ...(isolated && isolation) });
    response.end(page ?? readFileSync(file));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
