// The three browsers of the tests. They are the system's packages: installed only where we have the right to.
import { existsSync } from 'node:fs';
import { run, SetupError, output, which } from './command.mjs';

const wanted = [
  { name: 'chromium', paths: ['/usr/bin/chromium'] },
  { name: 'firefox-esr', paths: ['/usr/bin/firefox-esr'] },
  { name: 'webkit2gtk-driver', paths: ['/usr/bin/WebKitWebDriver'] },
  { name: 'xvfb', paths: ['/usr/bin/xvfb-run'] },
  { name: 'xauth', paths: ['/usr/bin/xauth'] },
];

export function browserSteps() {
  const missing = wanted.filter(({ paths }) => !paths.every((path) => existsSync(path))).map(({ name }) => name);
  if (missing.length === 0) return [];
  return [{ name: 'Browsers for the tests', run: (progress) => install(missing, progress) }];
}

async function install(packages, progress) {
  const isRoot = process.getuid?.() === 0;
  const prefix = isRoot ? [] : output('sudo', ['-n', 'true']) === undefined ? undefined : ['sudo', '-n'];
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
  if (!which('apt-get') || !prefix) {
    const reason = which('apt-get') ? 'installing them needs root' : 'this machine has no apt-get to install them with';
    throw new SetupError(`The tests need ${packages.join(', ')}, and ${reason}:`, `sudo ${install.join(' ')}`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const apt = async (...args) => {
    const [program, ...rest] = [...prefix, ...args];
    await run(program, rest, { env });
  };
  try {
    progress.update("reading Debian's package lists");
    await apt('apt-get', 'update', '-q');
    progress.update(`apt-get install ${packages.join(' ')}`);
    await apt(...install);
  } catch (error) {
    throw new SetupError(`The browsers could not be installed. ${error.message}`, `sudo ${install.join(' ')}`);
  }
  return packages.join(', ');
}
