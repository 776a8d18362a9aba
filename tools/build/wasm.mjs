// The core as WebAssembly, in both flavours, without and with all layers: build/<flavour>/headscope.mjs and .wasm,
// headscope-layers.mjs and .wasm.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cmakeBuild } from '../cmake.mjs';
import { SetupError } from '../setup/command.mjs';
import { root } from '../setup/paths.mjs';

export const flavours = ['simd', 'relaxed'];
/** The modules, and the targets that build them. */
export const modules = { headscope: 'headscope_wasm', 'headscope-layers': 'headscope_layers_wasm' };

export async function buildWasm() {
  for (const flavour of flavours) {
    for (const target of Object.values(modules)) await cmakeBuild(flavour, target);
  }
  // The package ships one of the scripts beside them and loads any .wasm with it: they may differ in its name only.
  const scripts = flavours.flatMap((flavour) => Object.keys(modules).map((name) => scriptOf(flavour, name)));
  if (!scripts.every((script) => script === scripts[0]))
    throw new SetupError('The WebAssembly files were built with different JavaScript beside them (build/*/*.mjs).');
  mkdirSync(join(root, 'dist'), { recursive: true });
  for (const flavour of flavours) {
    for (const name of Object.keys(modules)) {
      const from = join(root, 'build', flavour, `${name}.wasm`);
      const to = join(root, 'dist', `${name}.${flavour}.wasm`);
      if (!existsSync(to) || !readFileSync(to).equals(readFileSync(from))) copyFileSync(from, to);
    }
  }
}

/** The JavaScript that Emscripten writes beside a module, without the module's name. */
export function scriptOf(flavour, name) {
  return readFileSync(join(root, 'build', flavour, `${name}.mjs`), 'utf8').replace(`"${name}.wasm"`, '""');
}
