// The element with its worker and WebAssembly in one file: dist/element.single.js, a classic script, and dist/widget.js, the same
// as a module with the front end of a notebook's widget.
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from '../setup/paths.mjs';
import { insideOptions, NOWHERE } from './inside.mjs';
import { bundleOptions, dist, entries } from './package.mjs';

const element = JSON.stringify(`./${entries.element}`);

/** @type {Record<string, {exports: string} & import('esbuild').BuildOptions>} */
const files = {
  // Module scripts are not loaded from the disk.
  'element.single.js': { exports: `export * from ${element};`, format: 'iife', globalName: 'headscope' },
  'widget.js': { exports: `export { default } from './web/element/embedding/widget.ts';`, format: 'esm' },
};

export async function buildSingleFiles() {
  const options = await insideOptions('headscope.simd.wasm');
  for (const [name, { exports, ...format }] of Object.entries(files)) {
    const contents = `import { configure } from ${element};\n${exports}\nconfigure(${options});\n`;
    await esbuild.build({
      ...bundleOptions(),
      ...format,
      stdin: { contents, resolveDir: root, loader: 'js' },
      outdir: undefined,
      outfile: join(dist, name),
      define: { 'import.meta.url': NOWHERE },
    });
  }
}
