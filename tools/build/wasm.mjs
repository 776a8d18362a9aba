// The core as WebAssembly, in both flavours: build/<flavour>/headscope.mjs and .wasm.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cmakeBuild } from '../cmake.mjs';
import { SetupError } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';

export const flavours = ['simd', 'relaxed'];

export async function buildWasm() {
  for (const flavour of flavours) await cmakeBuild(flavour, 'headscope_wasm');
  const [simd, relaxed] = flavours.map((flavour) => readFileSync(join(root, 'build', flavour, 'headscope.mjs')));
  // The package ships one of them and loads either .wasm with it.
  if (!simd.equals(relaxed))
    throw new SetupError('The two flavours were built with different JavaScript beside them (build/*/headscope.mjs).');
  mkdirSync(join(root, 'dist'), { recursive: true });
  for (const flavour of flavours) {
    const from = join(root, 'build', flavour, 'headscope.wasm');
    const to = join(root, 'dist', `headscope.${flavour}.wasm`);
    if (!existsSync(to) || !readFileSync(to).equals(readFileSync(from))) copyFileSync(from, to);
  }
}
