// The element with its worker and WebAssembly in one classic script: dist/element.single.js.
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { root } from '../setup/paths.mjs';
import { insideOptions, NOWHERE } from './inside.mjs';
import { bundleOptions, dist, entries } from './package.mjs';

export async function buildSingleFile() {
  const element = JSON.stringify(`./${entries.element}`);
  const contents = `
import { configure } from ${element};
export * from ${element};
configure(${await insideOptions('headscope.simd.wasm')});
`;
  await esbuild.build({
    ...bundleOptions(),
    outdir: undefined,
    stdin: { contents, resolveDir: root, loader: 'js' },
    outfile: join(dist, 'element.single.js'),
    // Module scripts are not loaded from the disk.
    format: 'iife',
    globalName: 'headscope',
    define: { 'import.meta.url': NOWHERE },
  });
}
