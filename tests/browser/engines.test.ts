import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openChromium, openFirefox, openWebKit, type Engine } from './conformance/drivers.js';
import type { Verdict } from './conformance/verdict.js';
import { distFolder, repositoryRoot } from './support/paths.js';
import { startStaticServer, STRICT_CSP, type StaticServer } from './support/static-server.js';

const folder = join(repositoryRoot, 'tests/browser/conformance');

/** The ONNX operators' own cases, which the repository does not hold; tested where they are at hand. */
const onnxFolder = join(repositoryRoot, '../shared/conformance/onnx');

/** Does what the protocol asks for once, and dies. */
const DYING_WORKER = `
onmessage = ({ data }) => {
  if (data.type === 'load') postMessage({ type: 'loaded', compiled: { flavour: 'simd' } });
  else setTimeout(() => { throw new Error('gone'); }, 50);
};`;

/** The scripts of the pages, which import the package from where it is served. */
async function scripts(): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    entryPoints: ['conformance', 'element-smoke', 'module-worker'].map((name) => join(folder, `${name}.ts`)),
    outdir: '/pages',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    plugins: [
      {
        name: 'package-as-served',
        setup({ onResolve }) {
          onResolve({ filter: /^headscope(\/\w+)?$/ }, ({ path }) => ({
            path: `/dist/${path.replace('headscope/', '')}.js`,
            external: true,
          }));
        },
      },
    ],
  });
  return Object.fromEntries(outputFiles.map(({ path, text }) => [path, text]));
}

let server: StaticServer;

beforeAll(async () => {
  server = await startStaticServer({
    folders: {
      '/pages/': folder,
      '/dist/': distFolder,
      '/golden/': join(repositoryRoot, 'tests/golden'),
      ...(existsSync(onnxFolder) && { '/onnx/': onnxFolder }),
    },
    files: {
      ...(await scripts()),
      '/pages/dead-worker.js': 'throw new Error("dead from the start");',
      '/pages/dying-worker.js': DYING_WORKER,
    },
    csp: STRICT_CSP,
  });
});

afterAll(() => server.close());

describe.each([
  ['Chromium', openChromium],
  ['Firefox', openFirefox],
  ['WebKitGTK', openWebKit],
] as const)('%s, under a policy that allows nothing but scripts of its own and WebAssembly', (name, open) => {
  let engine: Engine;

  beforeAll(async () => {
    engine = await open();
  });

  afterAll(() => engine.close());

  async function verdictOf(page: string): Promise<Verdict> {
    const text = await engine.textOf(
      `${server.origin}/pages/${page}`,
      '#verdict',
      `engines-${name}-${page}`.toLowerCase(),
    );
    return JSON.parse(text) as Verdict;
  }

  it('passes every golden case, and those of ONNX where they are at hand, in the page, and works in workers', async () => {
    const { problems, checks, flavour } = await verdictOf('index.html');
    expect(problems).toEqual([]);
    expect(checks).toBeGreaterThan(existsSync(onnxFolder) ? 400 : 300);
    expect(flavour).toBe(engine.relaxed ? 'relaxed' : 'simd');
  });

  it('draws with the element', async () => {
    const { problems, checks } = await verdictOf('element.html');
    expect(problems).toEqual([]);
    expect(checks).toBe(5);
  });
});

/** The package on an origin of its own, as a CDN has it. */
async function startCdn(): Promise<{ origin: string; close: () => Promise<void> }> {
  const types: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm' };
  const cdn = createServer((request, response) => {
    const name = basename(request.url ?? '');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Content-Type', types[extname(name)] ?? 'text/plain');
    readFile(join(distFolder, name)).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => cdn.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(cdn.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => void cdn.close(() => resolve()).closeAllConnections()),
  };
}

describe.each([
  ['Chromium', openChromium],
  ['Firefox', openFirefox],
  ['WebKitGTK', openWebKit],
] as const)('%s, with the package on another origin', (name, open) => {
  it('starts a worker all the same', async () => {
    const cdn = await startCdn();
    const script = `
      import { AttentionPool } from '${cdn.origin}/pool.js';
      const done = (text) => { document.body.innerHTML = '<p id="verdict">' + text + '</p>'; };
      new AttentionPool().sinusoidalPositions(1, 2).then(({ data }) => done(data.join()), (error) => done(error.message));`;
    const page = await startStaticServer({
      folders: {},
      files: { '/cdn.html': `<!doctype html><script type="module">${script}</script>` },
    });
    const engine = await open();
    try {
      expect(await engine.textOf(`${page.origin}/cdn.html`, '#verdict', `engines-${name}-cdn`.toLowerCase())).toBe(
        '0,1',
      );
    } finally {
      await Promise.all([engine.close(), page.close(), cdn.close()]);
    }
  });
});
