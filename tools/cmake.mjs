// CMake, quietly: what it prints is shown only when it fails.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from './setup/command.mjs';
import { emscriptenCmake, root } from './setup/paths.mjs';

/** Configures a preset where its settings or its compiler changed; of everything else CMake itself notices. */
export async function cmakeConfigure(preset) {
  const build = join(root, 'build', preset);
  const settings = createHash('sha256')
    .update(root)
    .update(readFileSync(join(root, 'CMakePresets.json')));
  if (existsSync(emscriptenCmake)) settings.update(readFileSync(emscriptenCmake));
  const key = settings.digest('hex');
  const stamp = join(build, '.configured');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  await run('cmake', ['--preset', preset, '--fresh'], { cwd: root });
  writeFileSync(stamp, key);
}

/** Builds one target of a preset, or all of them. */
export async function cmakeBuild(preset, target) {
  await cmakeConfigure(preset);
  const jobs = ['--parallel', String(availableParallelism())];
  await run('cmake', ['--build', '--preset', preset, ...jobs, ...(target ? ['--target', target] : [])], { cwd: root });
}
