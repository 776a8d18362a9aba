// What the package fetches beside its scripts, as code that has it inside: for pages that may load nothing, such as those of file://
// addresses.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { dist } from './package.mjs';

/** Stands for import.meta.url where nothing is to be followed from there. */
export const NOWHERE = '"file:///"';

/**
 * An expression for the options of configure(): the worker is a string, the WebAssembly one that is decoded.
 * @param {string} module file name of the WebAssembly in dist
 */
export async function insideOptions(module) {
  const wasm = readFileSync(join(dist, module)).toString('base64');
  return `{
  workerScript: ${JSON.stringify(await workerScript())},
  load: { flavour: 'simd', wasmBinary: Uint8Array.from(atob('${wasm}'), (character) => character.charCodeAt(0)) },
}`;
}

/** The worker as a classic script: every engine starts those from a Blob, and Chromium no other from a Blob of a file:// page. */
async function workerScript() {
  const result = await esbuild.build({
    entryPoints: [join(dist, 'worker.js')],
    bundle: true,
    format: 'iife',
    platform: 'neutral',
    target: 'es2022',
    minify: true,
    write: false,
    define: { 'import.meta.url': NOWHERE },
    external: ['node:*'],
  });
  return result.outputFiles[0].text;
}
