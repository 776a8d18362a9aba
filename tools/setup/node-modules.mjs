// The JavaScript packages, exactly as locked.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, SetupError } from './command.mjs';
import { root } from './paths.mjs';

const stampFile = join(root, 'node_modules', '.stamp');

export function nodeModulesSteps() {
  const lockfile = readFileSync(join(root, 'package-lock.json'));
  const key = createHash('sha256').update(lockfile).update(process.versions.modules).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === key) return [];
  return [
    {
      name: 'JavaScript packages',
      async run(progress) {
        progress.update('npm ci');
        try {
          await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: root });
        } catch (error) {
          throw new SetupError(`The JavaScript packages could not be installed. ${error.message}`, 'npm ci');
        }
        writeFileSync(stampFile, key);
        return 'as locked';
      },
    },
  ];
}
