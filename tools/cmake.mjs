// CMake, quietly: what it prints is shown only when it fails.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from './setup/command.mjs';
import { root } from './setup/paths.mjs';

/** Configures a preset if that was not done yet, and builds one of its targets, or all of them. */
export async function cmakeBuild(preset, target) {
  // CMake itself notices when it has to configure again. A toolchain that is not there any more it does not.
  if (!existsSync(join(root, 'build', preset, 'Makefile')))
    await run('cmake', ['--preset', preset, '--fresh'], { cwd: root });
  const jobs = String(availableParallelism());
  await run('cmake', ['--build', '--preset', preset, '--parallel', jobs, ...(target ? ['--target', target] : [])], {
    cwd: root,
  });
}
