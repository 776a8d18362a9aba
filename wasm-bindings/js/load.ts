import createModule from '#glue';
import { HeadscopeError, reasonOf } from './errors.js';
import { bestFlavour, type Flavour } from './flavour.js';
import { Headscope } from './headscope.js';
import { chosenOptions, resolveUrl, type LoadOptions } from './load-options.js';
import type { Module } from './module.js';

/** A build of the core, and the class that stands for an instance of it. @internal */
export interface Build<T extends Headscope> {
  url(flavour: Flavour): URL;
  engine(module: Module, flavour: Flavour): T;
  /** What {@link loadEngine} has made, by its options. */
  readonly loaded: Map<unknown, Promise<Loaded<T>>>;
}

const build: Build<Headscope> = {
  // The literal form of these two URLs is what bundlers look for.
  url: (flavour) =>
    flavour === 'relaxed'
      ? new URL('./headscope.relaxed.wasm', import.meta.url)
      : new URL('./headscope.simd.wasm', import.meta.url),
  engine: (module, flavour) => new Headscope(module, flavour),
  loaded: new Map(),
};

async function compile(source: URL | BufferSource): Promise<WebAssembly.Module> {
  if (!(source instanceof URL)) return WebAssembly.compile(source);
  if (source.protocol === 'file:' && globalThis.process?.getBuiltinModule !== undefined) {
    // Not an import: bundlers would want to follow it.
    const { readFile } = process.getBuiltinModule('node:fs/promises');
    return WebAssembly.compile(await readFile(source));
  }
  const response = await fetch(source);
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const type = response.headers.get('content-type') ?? 'no type';
  if (type === 'application/wasm') return WebAssembly.compileStreaming(response);
  try {
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`${type}: ${reasonOf(error)}`, { cause: error });
  }
}

function instantiate(module: WebAssembly.Module): Promise<Module> {
  return new Promise((resolve, reject) => {
    createModule({
      instantiateWasm(imports, done) {
        WebAssembly.instantiate(module, imports)
          .then((instance) => done(instance, module))
          .catch(reject);
        return {};
      },
    }).then(resolve, reject);
  });
}

/**
 * Scores 0, ln 2, .., 4 ln 2 make weights 1, 2, 4, 8, 16 of 31; of the values 0, 1, .., 4 that is 98/31. Five of each
 * go through both the vectors and the rest of every kernel. There are engines that have SIMD and compute it wrongly.
 */
function computesRightly(headscope: Headscope): boolean {
  const steps = [0, 1, 2, 3, 4];
  const key = steps.map((step) => steps.map(() => (step * Math.LN2) / 5));
  const value = steps.map((step) => [step]);
  const { output } = headscope.attention([[1, 1, 1, 1, 1]], key, value, { scale: 1 });
  return Math.abs((output.data[0] as number) - 98 / 31) < 1e-5;
}

/** An instance of the core, and what it is made from, for other instances in other workers. @internal */
export interface Loaded<T extends Headscope = Headscope> {
  readonly headscope: T;
  readonly module: WebAssembly.Module;
}

/** One more instance of a core that was compiled elsewhere. @internal */
export async function startCompiled(module: WebAssembly.Module, flavour: Flavour): Promise<Headscope> {
  return new Headscope(await instantiate(module), flavour);
}

async function start<T extends Headscope>(
  build: Build<T>,
  flavour: Flavour,
  source: URL | BufferSource,
): Promise<Loaded<T>> {
  try {
    const module = await compile(source);
    const headscope = build.engine(await instantiate(module), flavour);
    if (!computesRightly(headscope)) throw new Error('an engine that computes wrong numbers');
    return { headscope, module };
  } catch (error) {
    const [argument, place] = source instanceof URL ? ['wasmUrl', ` at ${source.href}`] : ['wasmBinary', ''];
    throw new HeadscopeError('LoadFailed', argument, `headscope's WebAssembly${place}`, reasonOf(error), {
      cause: error,
    });
  }
}

async function startBest<T extends Headscope>(build: Build<T>): Promise<Loaded<T>> {
  const best = bestFlavour((bytes) => typeof WebAssembly === 'object' && WebAssembly.validate(bytes));
  try {
    return await start(build, best, build.url(best));
  } catch (error) {
    if (best === 'simd') throw error;
    return start(build, 'simd', build.url('simd'));
  }
}

/** Fetches, compiles and tries out a build. The same options give the same instance. @internal */
export async function loadEngine<T extends Headscope>(build: Build<T>, options: LoadOptions): Promise<Loaded<T>> {
  const { flavour, wasmUrl, wasmBinary } = chosenOptions(options);
  const url = wasmUrl === undefined ? undefined : resolveUrl(wasmUrl);
  const key = wasmBinary ?? `${flavour} ${url?.href}`;
  let result = build.loaded.get(key);
  if (result === undefined) {
    const source = wasmBinary ?? url ?? (flavour && build.url(flavour));
    result = source === undefined ? startBest(build) : start(build, flavour ?? 'simd', source);
    build.loaded.set(key, result);
    result.catch(() => build.loaded.delete(key));
  }
  return result;
}

/** {@link load}, with what was compiled. @internal */
export function loadWithModule(options: LoadOptions): Promise<Loaded> {
  return loadEngine(build, options);
}

/**
 * Fetches, compiles and tries out the core. The same options give the same instance; after a failure the next call
 * tries again. Works in pages, in module workers and in Node.
 *
 * @throws (rejects) HeadscopeError `LoadFailed`, with the URL and the reason
 */
export async function load(options: LoadOptions = {}): Promise<Headscope> {
  return (await loadEngine(build, options)).headscope;
}
