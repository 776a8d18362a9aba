// The package: one ES module per entry, with its declarations, beside the .wasm files. Each is self-contained, but for the element,
// which brings what it seldom or never needs late: dist/element-*.js.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import * as esbuild from 'esbuild';
import { run } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';
import { litOnServers } from './lit-on-servers.mjs';

export const dist = join(root, 'dist');

export const entries = {
  headscope: 'wasm-bindings/js/index.ts',
  layers: 'wasm-bindings/js/layers/index.ts',
  pool: 'wasm-bindings/js/worker/index.ts',
  worker: 'wasm-bindings/js/worker/worker.ts',
  element: 'web/element/define.ts',
  frame: 'web/element/embedding/frame-messages.ts',
  readers: 'web/readers/index.ts',
};

/** @returns {import('esbuild').BuildOptions[]} */
export function bundles() {
  const { element, ...others } = entries;
  return [
    { ...bundleOptions(), entryPoints: others },
    {
      ...bundleOptions(),
      entryPoints: { element },
      splitting: true,
      chunkNames: 'element-[name]-[hash]',
      plugins: [litOnServers, onePiece(join(root, element))],
    },
  ];
}

/**
 * esbuild makes a file of its own for every set of late pieces that have some modules in common with the first script. Because each
 * of them imports the entry, what the entry needs is common to all, and so becomes one file.
 * @returns {import('esbuild').Plugin}
 */
function onePiece(entry) {
  const late = new Set();
  return {
    name: 'one-piece',
    setup(build) {
      build.onResolve({ filter: /^\./ }, async ({ path, kind, ...rest }) => {
        if (kind !== 'dynamic-import') return undefined;
        const found = await build.resolve(path, { ...rest, kind: 'import-statement' });
        late.add(found.path);
        return found;
      });
      build.onLoad({ filter: /\.ts$/ }, ({ path }) =>
        late.has(path)
          ? { contents: `${readFileSync(path, 'utf8')}\nimport ${JSON.stringify(entry)};\n`, loader: 'ts' }
          : undefined,
      );
    },
  };
}

/** @returns {import('esbuild').BuildOptions} */
export function bundleOptions() {
  return {
    absWorkingDir: root,
    outdir: dist,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: ['node:*'],
    target: 'es2022',
    minify: true,
    // Lit's and fflate's licences ask to be kept.
    legalComments: 'eof',
    logLevel: 'warning',
    plugins: [litOnServers],
    tsconfig: join(root, 'tsconfig.json'),
  };
}

export async function buildPackage() {
  const before = elementPieces();
  const written = [];
  for (const options of bundles()) {
    const { metafile } = await esbuild.build({ ...options, metafile: true });
    written.push(...Object.keys(metafile.outputs).map((path) => basename(path)));
  }
  // Names tell contents, so those of the build before would stay.
  for (const name of before.filter((name) => !written.includes(name))) rmSync(join(dist, name));
}

/** Names of the files that belong to element.js. */
export function elementPieces() {
  if (!existsSync(dist)) return [];
  return readdirSync(dist).filter((name) => /^element-.+\.js$/.test(name));
}

/** Declarations are a tree like the sources'; each entry's file passes on what its source exports. */
export async function buildDeclarations() {
  const types = join(dist, 'types');
  rmSync(types, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  await run('tsc', ['-p', 'tsconfig.types.json'], { cwd: root });
  withoutLit(types);
  for (const [name, source] of Object.entries(entries)) {
    const path = `./types/${source.replace(/\.ts$/, '.js')}`;
    writeFileSync(join(dist, `${name}.d.ts`), name === 'worker' ? 'export {};\n' : `export * from '${path}';\n`);
  }
}

/** Lit is bundled: declarations that name it would ask a user of the package for one more. */
function withoutLit(types) {
  const standIn = join(types, 'lit.d.ts');
  copyFileSync(join(root, 'tools', 'build', 'lit.d.ts'), standIn);
  for (const entry of readdirSync(types, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, 'utf8');
    const path = relative(dirname(file), standIn).replace(/\.d\.ts$/, '.js');
    const changed = text.replace(
      /(from |import\()(['"])lit\2/g,
      (_match, before) => `${before}'${path.startsWith('.') ? path : `./${path}`}'`,
    );
    if (changed !== text) writeFileSync(file, changed);
  }
}
