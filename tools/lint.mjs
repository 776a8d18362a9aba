// Formatters, linters and the type checker, none of which changes a file.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { cmakeConfigure } from './cmake.mjs';
import { main, setUp } from './setup.mjs';
import { output, run, show, SetupError } from './setup/command.mjs';
import { root } from './setup/paths.mjs';

/** clang-tidy on all of the core takes a minute or two on two cores; beyond this something is wrong. */
const tidyTimeout = 10 * 60_000;

/** Files of the repository with these extensions: those that git has, and new ones that it does not ignore. */
export function sourceFiles(...extensions) {
  const patterns = extensions.map((extension) => `*.${extension}`);
  const listed = output(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', ...patterns],
    { cwd: root },
  );
  const gone = output('git', ['ls-files', '-z', '--deleted', ...patterns], { cwd: root });
  if (listed === undefined || gone === undefined)
    throw new SetupError('git could not list the files of this repository.');
  const deleted = new Set(gone.split('\0'));
  return listed.split('\0').filter((file) => file && !deleted.has(file));
}

const check =
  (program, ...args) =>
  async () =>
    (await show(program, args, { cwd: root })) === 0;

export const linters = [
  { name: 'Prettier', run: check('prettier', '--check', '--log-level', 'warn', '.') },
  { name: 'clang-format', run: () => check('clang-format', '--dry-run', '--Werror', ...sourceFiles('cpp', 'hpp'))() },
  { name: 'clang-tidy', run: tidy },
];

/** Those that want to know the types of what is shipped: after a build. */
export const typeCheckers = [
  { name: 'TypeScript', run: check('tsc', '-p', 'tsconfig.json') },
  { name: 'ESLint', run: check('eslint', '--max-warnings', '0', '.') },
];

async function tidy() {
  // For the oldest x86-64: what GCC takes for the processor of this machine, Clang may not know.
  await cmakeConfigure('asan');
  const queue = sourceFiles('cpp').filter((file) => file.startsWith('src/'));
  let clean = true;
  const next = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      try {
        await run('clang-tidy', ['-p', join(root, 'build/asan'), '--quiet', file], {
          cwd: root,
          timeout: tidyTimeout,
        });
      } catch (error) {
        clean = false;
        process.stdout.write(`${error.message}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
  return clean;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setUp();
    await build();
    let failed = 0;
    for (const { name, run } of [...linters, ...typeCheckers]) {
      const clean = await run();
      process.stdout.write(`${clean ? 'ok    ' : 'failed'} ${name}\n`);
      if (!clean) failed = 1;
    }
    return failed;
  });
}
