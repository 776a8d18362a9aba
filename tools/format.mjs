// Formats every file that the linters check.
import { main, setUp } from './setup.mjs';
import { show } from './setup/command.mjs';
import { root } from './setup/paths.mjs';
import { sourceFiles } from './lint.mjs';

await main(async () => {
  await setUp();
  const prettier = await show('prettier', ['--write', '--log-level', 'warn', '.'], { cwd: root });
  const clangFormat = await show('clang-format', ['-i', ...sourceFiles('cpp', 'hpp')], { cwd: root });
  return prettier || clangFormat;
});
