// libFuzzer on attention, until it is stopped or finds something. Its options may be given: npm run fuzz -- -max_total_time=3600 -jobs=2
// What it finds and what it learned stay in build/fuzz.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cmakeBuild } from './cmake.mjs';
import { main, setUp } from './setup.mjs';
import { SetupError, show } from './setup/command.mjs';
import { launchers, root } from './setup/paths.mjs';

const folder = join(root, 'build', 'fuzz');

/** Whether there is a compiler that has libFuzzer. */
export const canFuzz = () => existsSync(join(launchers, 'clang++-19'));

/** Builds and runs it, by `start` (from setup/command.mjs), whose answer it gives. */
export async function fuzz(options, start) {
  await cmakeBuild('fuzz', 'attention_fuzz');
  // Inputs are decisions and numbers: short ones do not get far.
  const usual = ['-len_control=0', '-max_len=600', '-print_funcs=0', `-artifact_prefix=${folder}/`];
  // Running out of memory is to be answered as an allocator does.
  const env = { ...process.env, ASAN_OPTIONS: 'allocator_may_return_null=1' };
  return start(join(folder, 'attention_fuzz'), [...usual, ...options], { cwd: folder, env });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setUp();
    if (!canFuzz())
      throw new SetupError('The fuzzer needs clang 19 with libFuzzer, which set-up gets on Debian 12 only.');
    const corpus = join(folder, 'corpus');
    mkdirSync(corpus, { recursive: true });
    return fuzz([...process.argv.slice(2), corpus], show);
  });
}
