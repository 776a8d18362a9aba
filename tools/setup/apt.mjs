// Debian packages without touching the machine: an apt of our own (its lists, cache and sources are ours, its mirror, keys and proxy are the
// machine's), packages downloaded and unpacked into a folder. Needs no root.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output, run, SetupError, which } from './command.mjs';

/** Whether this is a Debian whose packages we know how to use. */
export function debianRelease() {
  if (!which('apt-get') || !which('dpkg')) return undefined;
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^VERSION_CODENAME="?(\w+)"?/m.exec(release)?.[1];
}

/**
 * The machine's own package sources, from both formats that apt reads.
 * @returns {{uris: string[], suites: string[], components: string[], fields: Record<string, string>}[]}
 */
export function machineSources(folder = '/etc/apt') {
  const found = [];
  const texts = (extension) => {
    const parts = join(folder, 'sources.list.d');
    const names = existsSync(parts) ? readdirSync(parts).filter((name) => name.endsWith(extension)) : [];
    return names.map((name) => readFileSync(join(parts, name), 'utf8'));
  };
  for (const text of texts('.sources')) found.push(...deb822(text));
  const list = join(folder, 'sources.list');
  for (const text of [...(existsSync(list) ? [readFileSync(list, 'utf8')] : []), ...texts('.list')])
    found.push(...oneLine(text));
  return found;
}

function deb822(text) {
  const sources = [];
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  for (const stanza of withoutComments.split(/\n\s*\n/)) {
    const fields = {};
    for (const [, name, value] of stanza.matchAll(/^([A-Za-z-]+):[ \t]*((?:.*)(?:\n[ \t]+.*)*)/gm))
      fields[name.toLowerCase()] = value.trim();
    const words = (name) => (fields[name] ?? '').split(/\s+/).filter(Boolean);
    if (!words('types').includes('deb') || /^(no|false)$/i.test(fields.enabled ?? '')) continue;
    const { 'signed-by': signedBy, trusted } = fields;
    const kept = { ...(signedBy && { 'Signed-By': signedBy }), ...(trusted && { Trusted: trusted }) };
    sources.push({ uris: words('uris'), suites: words('suites'), components: words('components'), fields: kept });
  }
  return sources;
}

function oneLine(text) {
  const sources = [];
  for (const [, options = '', uri, suite, components] of text.matchAll(
    /^[ \t]*deb[ \t]+(?:\[([^\]]*)\][ \t]+)?(\S+)[ \t]+(\S+)[ \t]*([^#\n]*)/gm,
  )) {
    const option = (name) => new RegExp(`(?:^|\\s)${name}=(\\S+)`).exec(options)?.[1];
    const fields = {};
    if (option('signed-by')) fields['Signed-By'] = option('signed-by').replaceAll(',', ' ');
    if (option('trusted')) fields.Trusted = option('trusted');
    sources.push({ uris: [uri], suites: [suite], components: components.split(/\s+/).filter(Boolean), fields });
  }
  return sources;
}

/** An apt whose sources are the machine's Debian sources, for this release or, with `as`, for another one on the same mirror. */
export class PrivateApt {
  #folder;
  #config;

  /**
   * @param {string} folder where its lists and cache are kept
   * @param {string} codename the release that the machine runs
   * @param {string} [as] the release to read instead
   */
  constructor(folder, codename, as) {
    this.#folder = folder;
    const suites = as ? [codename] : [codename, `${codename}-updates`, `${codename}-security`];
    const stanzas = [];
    for (const source of machineSources()) {
      const wanted = source.suites.filter((suite) => suites.includes(suite));
      if (wanted.length === 0 || !source.components.includes('main')) continue;
      const fields = {
        Types: 'deb',
        URIs: source.uris.join(' '),
        Suites: as ?? wanted.join(' '),
        Components: 'main',
        ...source.fields,
      };
      stanzas.push(Object.entries(fields).map(([name, value]) => `${name}: ${value}`).join('\n')); // prettier-ignore
    }
    if (stanzas.length === 0) {
      throw new SetupError(
        `No apt source for Debian ${codename} (main) is configured on this machine; add one to /etc/apt/sources.list.d.`,
      );
    }
    for (const part of ['sources', 'lists/partial', 'cache/archives/partial'])
      mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'sources', 'debian.sources'), stanzas.join('\n\n') + '\n');
    this.#config = join(folder, 'apt.conf');
    writeFileSync(
      this.#config,
      `// The machine's hooks act on the machine's own cache: not here.
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${join(folder, 'sources')}";
Dir::State::Lists "${join(folder, 'lists')}";
Dir::State::extended_states "${join(folder, 'extended_states')}";
Dir::Cache "${join(folder, 'cache')}";
Dir::Cache::archives "${join(folder, 'cache', 'archives')}";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
`,
    );
  }

  async #apt(args, options = {}) {
    try {
      return await run('apt-get', ['-c', this.#config, '-q', ...args], {
        env: { ...process.env, LC_ALL: 'C' },
        ...options,
      });
    } catch (error) {
      throw new SetupError(`Debian's mirror did not give what was asked of it. ${error.message}`);
    }
  }

  async update() {
    await this.#apt(['update', '-o', 'APT::Update::Error-Mode=any']);
  }

  /** The packages that installing these would add to the machine (dependencies included, nothing that is there already). */
  async missing(packages) {
    const plan = await this.#apt(['-s', 'install', '--no-install-recommends', ...packages]);
    // "Inst name [installed version] (new version ...)": with a version in brackets it would only be an upgrade.
    return [...plan.matchAll(/^Inst (\S+) \(/gm)].map((match) => match[1]);
  }

  /**
   * Downloads packages and unpacks them into a folder, which appears only when all is there.
   * @param {(detail: string) => void} say
   */
  async unpack(packages, folder, say) {
    const files = join(this.#folder, 'debs');
    const partial = `${folder}.partial`;
    for (const path of [files, partial]) {
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path, { recursive: true });
    }
    if (packages.length > 0) {
      const uris = await this.#apt(['download', '--print-uris', ...packages], { cwd: files });
      const total = [...uris.matchAll(/^'[^']*' \S+ (\d+) /gm)].reduce((sum, match) => sum + Number(match[1]), 0);
      const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
      const watch = setInterval(() => {
        const got = readdirSync(files).reduce(
          (sum, name) => sum + (statSync(join(files, name), { throwIfNoEntry: false })?.size ?? 0),
          0,
        );
        say(`downloading ${packages.length} packages, ${megabytes(got)} of ${megabytes(total)} MB`);
      }, 500);
      try {
        await this.#apt(['download', ...packages], { cwd: files });
      } finally {
        clearInterval(watch);
      }
    }
    const debs = readdirSync(files).filter((name) => name.endsWith('.deb'));
    let unpacked = 0;
    const queue = [...debs];
    const unpackNext = async () => {
      for (let deb = queue.shift(); deb; deb = queue.shift()) {
        await run('dpkg', ['-x', join(files, deb), partial]);
        say(`unpacking ${++unpacked} of ${debs.length}`);
      }
    };
    await Promise.all([unpackNext(), unpackNext()]);
    rmSync(files, { recursive: true, force: true });
    return { partial, finish: () => (rmSync(folder, { recursive: true, force: true }), renameSync(partial, folder)) };
  }
}

/** Whether a Debian package is installed on the machine itself. */
export function installed(name) {
  return output('dpkg-query', ['-W', '-f', '${db:Status-Status}', name])?.trim() === 'installed';
}
