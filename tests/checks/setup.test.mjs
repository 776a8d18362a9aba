import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { machineSources } from '../../tools/setup/apt.mjs';
import { files, read, root } from './support/repository.mjs';

let etc;
beforeEach(() => {
  etc = mkdtempSync(join(tmpdir(), 'headscope-apt-'));
  mkdirSync(join(etc, 'sources.list.d'));
});
afterEach(() => rmSync(etc, { recursive: true }));

test('the sources of apt are read in the format of one line each', () => {
  writeFileSync(
    join(etc, 'sources.list'),
    `# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # a comment
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/keys/debian.gpg] https://security.example/ bookworm-security main
`,
  );
  expect(machineSources(etc)).toEqual([
    { uris: ['http://mirror.example/debian'], suites: ['bookworm'], components: ['main', 'contrib'], fields: {} },
    {
      uris: ['https://security.example/'],
      suites: ['bookworm-security'],
      components: ['main'],
      fields: { 'Signed-By': '/keys/debian.gpg' },
    },
  ]);
});

test('the sources of apt are read in the format of fields, with a key inside too', () => {
  writeFileSync(
    join(etc, 'sources.list.d', 'debian.sources'),
    `Types: deb deb-src
# A comment between fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main
`,
  );
  expect(machineSources(etc)).toEqual([
    {
      uris: ['http://mirror.example/debian'],
      suites: ['bookworm', 'bookworm-updates'],
      components: ['main'],
      fields: { 'Signed-By': '-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n -----END PGP PUBLIC KEY BLOCK-----' },
    },
  ]);
});

test('a machine without sources has none', () => {
  expect(machineSources(join(etc, 'nowhere'))).toEqual([]);
});

test('set-up says nothing when all is there', () => {
  const said = execFileSync(process.execPath, ['tools/setup.mjs'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(said).toBe('');
});

test('no file names the host of a package registry', () => {
  const hosts = ['registry.npmjs' + '.org', 'deb.debian' + '.org', 'security.debian' + '.org'];
  for (const path of files(/\.(m?[jt]s|json|cmake|txt|md|npmrc|html)$|(^|\/)\.npmrc$|\.ci\/run$/)) {
    const text = read(path);
    for (const host of hosts) expect(text.includes(host), `${path} names ${host}`).toBe(false);
  }
});
