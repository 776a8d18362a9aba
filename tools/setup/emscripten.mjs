// Emscripten, the C++ libraries and the LLVM tools. Preferred: an Emscripten that is there already; then Debian packages in a private
// folder; then emsdk.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianRelease, PrivateApt } from './apt.mjs';
import { output, run, SetupError, which } from './command.mjs';
import { emscriptenCmake, launchers, nextRelease, ownRelease, root, toolchain } from './paths.mjs';

const emscriptenVersion = '3.1.69';
const acornVersion = '8.19.0';
const supportedRelease = 'bookworm';
const newerRelease = 'trixie';
const libraryPackages = ['libxtensor-dev', 'libxsimd-dev', 'xtl-dev', 'googletest', 'nlohmann-json3-dev'];
const emscriptenPackages = ['emscripten', 'binaryen', 'libc6', 'libstdc++6', 'libgcc-s1'];
const compilerPackages = ['clang-19', 'lld-19', 'llvm-19', 'patchelf'];
const checkerPackages = ['clang-format-19', 'clang-tidy-19'];
/** The fuzzer's compiler and run-time library, and the library of the native benchmarks. */
const measuringPackages = ['clang-19', 'libclang-rt-19-dev', 'libbenchmark-dev'];
const libraryFolder = 'usr/lib/x86_64-linux-gnu';

/** The user's own emcc, if it is new enough; it is then the one that is used. */
function ownEmcc() {
  const fromSdk = process.env.EMSDK && join(process.env.EMSDK, 'upstream', 'emscripten', 'emcc');
  for (const emcc of [which('emcc'), fromSdk]) {
    if (!emcc || emcc.startsWith(launchers) || !existsSync(emcc)) continue;
    const version = /\b(\d+)\.(\d+)\.(\d+)\b/.exec(output(emcc, ['--version']) ?? '');
    if (version && compareVersions(version.slice(1), emscriptenVersion.split('.')) >= 0)
      return { emcc, version: version[0] };
  }
  return undefined;
}

function compareVersions(left, right) {
  const different = left.findIndex((part, index) => Number(part) !== Number(right[index]));
  return different < 0 ? 0 : Number(left[different]) - Number(right[different]);
}

/**
 * What set-up will do on this machine, and the key that changes whenever that does. Nothing is done here.
 * @returns {{name: string, run: (progress: import('./progress.mjs').Progress) => Promise<string>}[]} the steps still to do
 */
export function emscriptenSteps() {
  const own = ownEmcc();
  const release = debianRelease();
  const debian = release === supportedRelease && process.arch === 'x64';
  const plan = {
    own,
    debian,
    root,
    emscriptenVersion,
    acornVersion,
    libraryPackages,
    emscriptenPackages,
    compilerPackages,
    checkerPackages,
    measuringPackages,
  };
  const key = createHash('sha256').update(JSON.stringify(plan)).digest('hex');
  const done = (folder, ...needed) => stamp(folder) === key && needed.every((path) => existsSync(path));

  const steps = [];
  if (debian && !(done(ownRelease) && (own || llvmFolder()))) {
    steps.push({ name: 'LLVM 19 and checkers', run: (progress) => installLlvm(key, Boolean(own), progress) });
  }
  if (debian && !done(nextRelease, join(nextRelease, 'usr/include/xtensor'))) {
    const name = own ? 'xtensor, xsimd, GoogleTest' : `Emscripten ${emscriptenVersion}, xtensor, xsimd, GoogleTest`;
    steps.push({ name, run: (progress) => installNewer(key, Boolean(own), progress) });
  }
  const sdk = join(toolchain, 'emsdk');
  if (!own && !debian && !done(sdk)) {
    steps.push({
      name: `Emscripten ${emscriptenVersion} (emsdk)`,
      run: (progress) => installEmsdk(sdk, key, progress),
    });
  }
  if (steps.length > 0 || !done(launchers, emscriptenCmake)) {
    const emscripten = own
      ? join(own.emcc, '..')
      : debian
        ? join(nextRelease, 'usr/share/emscripten')
        : join(sdk, 'upstream/emscripten');
    const source = own ? `Emscripten ${own.version} of this machine` : debian ? "Debian's packages" : 'emsdk';
    steps.push({
      name: 'Launchers',
      run: async () => {
        if (!own && debian) configure(emscripten);
        writeLaunchers(emscripten, key);
        return `using ${source}`;
      },
    });
  }
  return steps;
}

function stamp(folder) {
  const file = join(folder, '.stamp');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** The folder of LLVM 19's programs: ours, or the machine's. */
function llvmFolder() {
  return [join(ownRelease, 'usr/lib/llvm-19/bin'), '/usr/lib/llvm-19/bin'].find((folder) =>
    existsSync(join(folder, 'clang')),
  );
}

async function installLlvm(key, haveEmscripten, progress) {
  const apt = new PrivateApt(join(toolchain, 'apt', supportedRelease), supportedRelease);
  progress.update(`reading Debian's package lists`);
  await apt.update();
  const wanted = [...(haveEmscripten ? [] : compilerPackages), ...checkerPackages, ...measuringPackages];
  // Emscripten is Python, CMake wants a make: both are usual, neither is certain.
  for (const program of ['python3', 'make']) if (!which(program)) wanted.push(program);
  const { partial, finish } = await apt.unpack(await apt.missing(wanted), ownRelease, (detail) =>
    progress.update(detail),
  );
  writeFileSync(join(partial, '.stamp'), key);
  finish();
  return 'unpacked';
}

async function installNewer(key, haveEmscripten, progress) {
  const apt = new PrivateApt(join(toolchain, 'apt', newerRelease), supportedRelease, newerRelease);
  progress.update(`reading Debian ${newerRelease}'s package lists`);
  await apt.update();
  const packages = haveEmscripten ? libraryPackages : [...libraryPackages, ...emscriptenPackages];
  const { partial, finish } = await apt.unpack(packages, nextRelease, (detail) => progress.update(detail));
  if (!haveEmscripten) {
    progress.update("fitting binaryen to the newer release's C library");
    await patchBinaryen(partial);
    progress.update('acorn');
    const folder = join(partial, 'usr/share/emscripten');
    await run('npm', [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--no-package-lock',
      '--ignore-scripts',
      `acorn@${acornVersion}`,
    ]);
  }
  writeFileSync(join(partial, '.stamp'), key);
  finish();
  return 'unpacked';
}

/** binaryen's programs come from a release with a newer C library: they get that one, by its final path. */
async function patchBinaryen(prefix) {
  const patchelf = which('patchelf') ?? join(ownRelease, 'usr/bin/patchelf');
  const env = { ...process.env, ...libraryPath() };
  const libraries = join(nextRelease, libraryFolder);
  const programs = join(prefix, 'usr/bin');
  for (const name of readdirSync(programs).filter((name) => name.startsWith('wasm-'))) {
    const loader = join(libraries, 'ld-linux-x86-64.so.2');
    await run(patchelf, ['--set-interpreter', loader, '--set-rpath', libraries, join(programs, name)], { env });
  }
  for (const name of readdirSync(join(prefix, libraryFolder)).filter((name) => name.startsWith('libbinaryen'))) {
    await run(patchelf, ['--set-rpath', libraries, join(prefix, libraryFolder, name)], { env });
  }
}

/** Emscripten reads this file beside itself, whoever calls it: no variable has to be set to use it. */
function configure(folder) {
  rmSync(join(folder, '.emscripten'), { force: true });
  writeFileSync(
    join(folder, '.emscripten'),
    `import os
LLVM_ROOT = '${llvmFolder()}'
BINARYEN_ROOT = '${join(nextRelease, 'usr')}'
NODE_JS = '${process.execPath}'
CACHE = '${join(nextRelease, 'usr/share/emscripten/cache')}'
FROZEN_CACHE = True
# LLVM's own libraries may be beside it rather than on the machine.
os.environ['LD_LIBRARY_PATH'] = ':'.join(filter(None, ['${libraryPath().LD_LIBRARY_PATH}', os.environ.get('LD_LIBRARY_PATH')]))
`,
  );
}

/** Where the programs that were unpacked from this release find the libraries that were unpacked beside them. */
function libraryPath() {
  return { LD_LIBRARY_PATH: join(ownRelease, libraryFolder) };
}

async function installEmsdk(folder, key, progress) {
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(toolchain, { recursive: true });
  try {
    progress.update('git clone');
    await run('git', ['clone', '--depth', '1', 'https://github.com/emscripten-core/emsdk', partial], {
      timeout: 60_000,
    });
    progress.update(`emsdk install ${emscriptenVersion}`);
    await run(join(partial, 'emsdk'), ['install', emscriptenVersion], { timeout: 900_000 });
    await run(join(partial, 'emsdk'), ['activate', emscriptenVersion], { timeout: 60_000 });
  } catch (error) {
    throw new SetupError(
      `Emscripten ${emscriptenVersion} is missing: it is neither on PATH nor in $EMSDK, this is no Debian ${supportedRelease} on x86-64, and emsdk could not be fetched (${error.message.split('\n')[0]}); install it where it can be, then run this again with EMSDK set:`,
      `emsdk install ${emscriptenVersion} && emsdk activate ${emscriptenVersion}`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  // emsdk's paths are relative to its folder.
  await run('mv', [partial, folder]);
  writeFileSync(join(folder, '.stamp'), key);
  return 'installed';
}

/** Small programs that find the real ones, and the file through which CMake finds Emscripten. */
function writeLaunchers(emscripten, key) {
  rmSync(launchers, { recursive: true, force: true });
  mkdirSync(launchers, { recursive: true });
  const launch = (name, program) => {
    if (!program || !existsSync(program)) return;
    const setting = program.startsWith(ownRelease)
      ? `LD_LIBRARY_PATH='${libraryPath().LD_LIBRARY_PATH}'\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} `
      : '';
    writeFileSync(join(launchers, name), `#!/bin/sh\n${setting}exec '${program}' "$@"\n`);
    chmodSync(join(launchers, name), 0o755);
  };
  for (const name of ['emcc', 'em++', 'emar', 'emcmake']) launch(name, join(emscripten, name));
  for (const name of ['wasm-dis', 'wasm-opt'])
    launch(name, [join(nextRelease, 'usr/bin', name), join(emscripten, '../bin', name)].find(existsSync));
  const newest = (name, ...others) =>
    [`${ownRelease}/usr/bin/${name}-19`, `/usr/bin/${name}-19`, ...others].find(
      (path) => path && !path.startsWith(launchers) && existsSync(path),
    );
  for (const name of ['clang-format', 'clang-tidy']) launch(name, newest(name, which(name)));
  launch('clang++-19', newest('clang++'));
  for (const name of ['python3', 'make']) if (!which(name)) launch(name, join(ownRelease, 'usr/bin', name));
  // Emscripten runs what it builds, and Node has relaxed SIMD only behind a flag before version 21.
  const relaxed = Number(process.versions.node.split('.')[0]) < 21 ? '--experimental-wasm-relaxed-simd ' : '';
  writeFileSync(join(launchers, 'wasm-node'), `#!/bin/sh\nexec '${process.execPath}' ${relaxed}"$@"\n`);
  chmodSync(join(launchers, 'wasm-node'), 0o755);
  // Emscripten's scripts are CommonJS unless their name says otherwise; the package.json above .toolchain/ would make them modules.
  writeFileSync(join(toolchain, 'package.json'), '{ "type": "commonjs" }\n');
  writeFileSync(emscriptenCmake, `# Written by set-up.\nset(HEADSCOPE_EMSCRIPTEN "${emscripten}")\n`);
  writeFileSync(join(launchers, '.stamp'), key);
}
