// CMake, quietly: what it prints is shown only when it fails.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from './setup/command.mjs';
import { root } from './setup/paths.mjs';

/** Configures a preset if that was not done yet; later CMake itself notices when it has to be done again. */
export async function cmakeConfigure(preset) {
  if (existsSync(join(root, 'build', preset, 'Makefile'))) return;
  await run('cmake', ['--preset', preset, '--fresh'], { cwd: root });
}

/** Builds one target of a preset, or all of them. */
export async function cmakeBuild(preset, target) {
  await cmakeConfigure(preset);
  const jobs = ['--parallel', String(availableParallelism())];
  await run('cmake', ['--build', '--preset', preset, ...jobs, ...(target ? ['--target', target] : [])], { cwd: root });
}
