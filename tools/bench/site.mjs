// The benchmark's pages: bundled into build/bench/site, and served with or without the headers that shared memory asks for.
import { createReadStream, existsSync, statSync } from 'node:fs';
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
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export async function bundle() {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: { main: join(source, 'main.ts') },
    outdir: built,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    // The page's import map says where it is: what is measured is the package as it is shipped.
    external: ['headscope'],
    tsconfig: join(root, 'tsconfig.json'),
    conditions: ['onnxruntime-web-use-extern-wasm'],
    logLevel: 'warning',
  });
}

/** @returns {Promise<{origin: string, close(): void}>} */
export async function serve({ isolated = false } = {}) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    const [prefix, folder] = folders.find(([start]) => path.startsWith(start));
    let file = join(folder, path.slice(prefix.length));
    if (existsSync(file) && statSync(file).isDirectory()) file = join(file, 'index.html');
    if (!existsSync(file)) return response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
    response.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Content-Length': statSync(file).size,
      'Cache-Control': 'no-store',
      ...(isolated && isolation),
    });
    createReadStream(file).pipe(response);
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
