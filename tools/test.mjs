// Every test there is. Prints each stage, stops at the first that fails, and ends with how many passed and failed.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build } from './build.mjs';
import { cmakeBuild } from './cmake.mjs';
import { canFuzz, fuzz } from './fuzz.mjs';
import { linters, typeCheckers } from './lint.mjs';
import { main, setUp } from './setup.mjs';
import { run, show } from './setup/command.mjs';
import { launchers, root } from './setup/paths.mjs';

const reports = join(root, 'build', 'reports');

/** A stage that either holds or does not. */
const single = ({ name, run }) => ({
  name,
  run: async () => ((await run()) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
});

/** The unit tests, compiled one way. */
function unitTests(preset, title) {
  return {
    name: `unit tests, ${title}`,
    async run() {
      await cmakeBuild(preset, 'headscope_tests');
      const program = join('build', preset, 'headscope_tests');
      const wasm = preset === 'simd' || preset === 'relaxed';
      return wasm
        ? googleTest(join(launchers, 'wasm-node'), [`${program}.js`, '--gtest_brief=1'])
        : googleTest(program, ['--gtest_brief=1']);
    },
  };
}

function googleTest(program, args) {
  return new Promise((resolve, reject) => {
    // Running out of memory is tested: the sanitizer is to answer as an allocator does.
    const env = { ...process.env, ASAN_OPTIONS: 'allocator_may_return_null=1' };
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const count = (pattern) => Number(pattern.exec(text)?.[1] ?? 0);
      const passed = count(/^\[ {2}PASSED {2}\] (\d+) tests?\./m);
      const failed =
        count(/^\[ {2}FAILED {2}\] (\d+) tests?, listed below/m) + count(/^\[ {2}SKIPPED \] (\d+) tests?/m);
      // A program that dies, or that has nothing to run, has failed too.
      resolve({ passed, failed: failed || (code === 0 && passed > 0 ? 0 : 1) });
    });
  });
}

/** One of the projects of vitest.config.ts. */
function vitest(project, name) {
  return {
    name,
    async run() {
      const report = join(reports, `${project}.json`);
      rmSync(report, { force: true });
      const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
      const code = await show('vitest', ['run', '--project', project, ...reporters], { cwd: root });
      const { numPassedTests: passed, numTotalTests: total } = JSON.parse(readFileSync(report, 'utf8'));
      // What was skipped did not pass.
      return { passed, failed: total - passed || (code === 0 && passed > 0 ? 0 : 1) };
    },
  };
}

/** A few seconds of it, the same ones every time. */
const fuzzing = single({
  name: 'libFuzzer on attention, for a moment',
  run: async () => (await fuzz(['-seed=1', '-runs=60000'], run), true),
});

/** To be listed once all is set up. */
const listStages = () => [
  ...linters.map(single),
  unitTests('native', "this machine's processor"),
  unitTests('asan', 'with AddressSanitizer and UndefinedBehaviorSanitizer'),
  ...(canFuzz() ? [fuzzing] : []),
  unitTests('simd', 'WebAssembly SIMD in Node'),
  unitTests('relaxed', 'WebAssembly relaxed SIMD in Node'),
  { name: 'build', run: async () => (await build(), { passed: 0, failed: 0 }) },
  ...typeCheckers.map(single),
  vitest('js', 'JavaScript API and readers, in Node'),
  vitest('checks', 'checks of the sources and of what is shipped'),
  vitest('browser', 'browsers'),
];

await main(async () => {
  await setUp({ browsers: true });
  mkdirSync(reports, { recursive: true });
  const stages = listStages();
  const totals = { passed: 0, failed: 0 };
  try {
    for (const [index, stage] of stages.entries()) {
      process.stdout.write(`\n== ${index + 1} of ${stages.length}: ${stage.name}\n`);
      const started = Date.now();
      const { passed, failed } = await stage.run();
      totals.passed += passed;
      totals.failed += failed;
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      process.stdout.write(
        `== ${failed > 0 ? 'FAILED' : 'ok'}: ${stage.name}, ${passed} passed, ${failed} failed, ${seconds} s\n`,
      );
      if (failed > 0) break;
    }
  } catch (error) {
    totals.failed += 1;
    process.stdout.write(`${error.name === 'SetupError' ? error.message : error.stack}\n`);
  }
  process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed\n`);
  return totals.failed > 0 ? 1 : 0;
});
