// Running other programs: quietly while all goes well, with their last words when it does not.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A reason to stop that a person can act on: one sentence and, where there is one, the command that helps. */
export class SetupError extends Error {
  constructor(sentence, command) {
    super(command ? `${sentence}\n    ${command}` : sentence);
    this.name = 'SetupError';
  }
}

/** The full path of a program on PATH, or undefined. */
export function which(program, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder || '.', program);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Runs a program that should be short; gives its standard output, or undefined if it failed or is not there. */
export function output(program, args, options = {}) {
  const result = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 << 20, timeout: 120_000, ...options });
  return result.status === 0 ? result.stdout : undefined;
}

/**
 * Runs a program without showing what it prints. Rejects with the end of its output if it fails.
 * @returns {Promise<string>} its standard output
 */
export function run(program, args, { timeout = 0, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let stdout = '';
    let all = '';
    const timer = timeout && setTimeout(() => child.kill('SIGTERM'), timeout);
    child.stdout.on('data', (chunk) => ((stdout += chunk), (all += chunk)));
    child.stderr.on('data', (chunk) => (all += chunk));
    child.on('error', (error) => reject(new SetupError(`${program} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(stdout);
      const tail = all.trim().split('\n').slice(-15).join('\n    ');
      reject(new SetupError(`${program} ${args[0] ?? ''} failed (${signal ?? `exit code ${code}`}):\n    ${tail}`));
    });
  });
}

/** Runs a program that talks to the terminal itself; gives its exit code. */
export function show(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal ? 1 : code));
  });
}
