// The package as somebody else has it: packed, and installed into an empty folder.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './repository.mjs';

/** @returns {{folder: string, files: string[], packedBytes: number, remove: () => void}} */
export function installPackage() {
  const folder = mkdtempSync(join(tmpdir(), 'headscope-package-'));
  const npm = (cwd, ...args) => execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const [packed] = JSON.parse(npm(root, 'pack', '--json', '--pack-destination', folder));
  const tarball = join(folder, packed.filename);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  npm(folder, 'install', '--offline', '--no-audit', '--no-fund', tarball);
  return {
    folder,
    files: packed.files.map(({ path }) => path),
    packedBytes: statSync(tarball).size,
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Runs a module in that folder with nothing but Node; throws with what it printed if it fails. */
export function runModule(folder, name, code) {
  writeFileSync(join(folder, name), code);
  return execFileSync(process.execPath, [name], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
}
