// Sets up what is missing, and only that: the JavaScript packages, Emscripten and the C++ libraries, and (with --browsers) the browsers of
// the tests; for the benchmark, what headscope is compared with too. Every npm script calls it; it may be interrupted and run again at any
// time. Node's built-in modules only: it runs before anything is installed.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { browserSteps } from './setup/browsers.mjs';
import { SetupError, which } from './setup/command.mjs';
import { emscriptenSteps } from './setup/emscripten.mjs';
import { nodeModulesSteps } from './setup/node-modules.mjs';
import { launchers, root, toolchain } from './setup/paths.mjs';
import { Progress } from './setup/progress.mjs';

/** @param {{browsers?: boolean, peers?: boolean}} [needs] */
export async function setUp({ browsers = false, peers = false } = {}) {
  checkMachine();
  const unlock = await lock();
  try {
    const steps = [
      ...nodeModulesSteps(),
      ...emscriptenSteps(),
      ...(browsers ? browserSteps() : []),
      ...(peers ? nodeModulesSteps('Peers of the benchmark', join(root, 'tests', 'bench')) : []),
    ];
    const progress = new Progress(steps.length);
    for (const step of steps) {
      progress.begin(step.name);
      progress.end(await step.run(progress));
    }
  } finally {
    unlock();
  }
  // Ours first: from here on every program that is started finds what was set up.
  process.env.PATH = [launchers, join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
}

function checkMachine() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(
      `Node 20.19 or later is needed, and this is ${process.version}; get one from nodejs.org or your system's packages.`,
    );
  }
  for (const [programs, packageName] of [
    [['cmake'], 'cmake'],
    [['g++', 'clang++', 'c++'], 'g++'],
    [['git'], 'git'],
  ]) {
    // prettier-ignore
    if (!programs.some((program) => which(program))) {
      throw new SetupError(`${programs[0]} is missing:`, `sudo apt-get install ${packageName}`);
    }
  }
}

/** Two set-ups at once would undo each other: the second one waits. */
async function lock() {
  mkdirSync(toolchain, { recursive: true });
  const file = join(toolchain, 'lock');
  for (let waited = false; ; waited = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    if (!isRunning(owner)) rmSync(file, { force: true });
    else {
      if (!waited) process.stderr.write(`waiting for the set-up that process ${owner} is running\n`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function isRunning(pid) {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs a command's main function: a reason that a person can act on is printed as it is, without a stack. */
export async function main(command) {
  try {
    process.exitCode = (await command()) ?? 0;
  } catch (error) {
    process.stderr.write(`${error instanceof SetupError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(() => setUp({ browsers: process.argv.includes('--browsers') }));
}
