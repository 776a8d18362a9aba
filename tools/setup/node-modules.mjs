// The JavaScript packages, exactly as locked.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, SetupError } from './command.mjs';
import { root } from './paths.mjs';

/** Those of the repository, or of another folder that has a package-lock.json. */
export function nodeModulesSteps(name = 'JavaScript packages', folder = root) {
  const stampFile = join(folder, 'node_modules', '.stamp');
  const lockfile = readFileSync(join(folder, 'package-lock.json'));
  const key = createHash('sha256').update(lockfile).update(process.versions.modules).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === key) return [];
  return [
    {
      name,
      async run(progress) {
        progress.update('npm ci');
        try {
          await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
        } catch (error) {
          throw new SetupError(`${name} could not be installed. ${error.message}`, `cd ${folder} && npm ci`);
        }
        writeFileSync(stampFile, key);
        return 'as locked';
      },
    },
  ];
}
