import createModule from '#glue';
import { HeadscopeError, reasonOf } from './errors.js';
import { bestFlavour, type Flavour } from './flavour.js';
import { Headscope } from './headscope.js';
import { chosenOptions, resolveUrl, type LoadOptions } from './load-options.js';
import type { Module } from './module.js';

// The literal form of these two URLs is what bundlers look for.
function packagedUrl(flavour: Flavour): URL {
  return flavour === 'relaxed'
    ? new URL('./headscope.relaxed.wasm', import.meta.url)
    : new URL('./headscope.simd.wasm', import.meta.url);
}

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
export interface Loaded {
  readonly headscope: Headscope;
  readonly module: WebAssembly.Module;
}

/** One more instance of a core that was compiled elsewhere. @internal */
export async function startCompiled(module: WebAssembly.Module, flavour: Flavour): Promise<Headscope> {
  return new Headscope(await instantiate(module), flavour);
}

async function start(flavour: Flavour, source: URL | BufferSource): Promise<Loaded> {
  try {
    const module = await compile(source);
    const headscope = await startCompiled(module, flavour);
    if (!computesRightly(headscope)) throw new Error('an engine that computes wrong numbers');
    return { headscope, module };
  } catch (error) {
    const [argument, place] = source instanceof URL ? ['wasmUrl', ` at ${source.href}`] : ['wasmBinary', ''];
    throw new HeadscopeError('LoadFailed', argument, `headscope's WebAssembly${place}`, reasonOf(error), {
      cause: error,
    });
  }
}

async function startBest(): Promise<Loaded> {
  const best = bestFlavour((bytes) => typeof WebAssembly === 'object' && WebAssembly.validate(bytes));
  try {
    return await start(best, packagedUrl(best));
  } catch (error) {
    if (best === 'simd') throw error;
    return start('simd', packagedUrl('simd'));
  }
}

const loaded = new Map<unknown, Promise<Loaded>>();

/** {@link load}, with what was compiled. @internal */
export async function loadWithModule(options: LoadOptions): Promise<Loaded> {
  const { flavour, wasmUrl, wasmBinary } = chosenOptions(options);
  const url = wasmUrl === undefined ? undefined : resolveUrl(wasmUrl);
  const key = wasmBinary ?? `${flavour} ${url?.href}`;
  let result = loaded.get(key);
  if (result === undefined) {
    const source = wasmBinary ?? url ?? (flavour && packagedUrl(flavour));
    result = source === undefined ? startBest() : start(flavour ?? 'simd', source);
    loaded.set(key, result);
    result.catch(() => loaded.delete(key));
  }
  return result;
}

/**
 * Fetches, compiles and tries out the core. The same options give the same instance; after a failure the next call
 * tries again. Works in pages, in module workers and in Node.
 *
 * @throws (rejects) HeadscopeError `LoadFailed`, with the URL and the reason
 */
export async function load(options: LoadOptions = {}): Promise<Headscope> {
  return (await loadWithModule(options)).headscope;
}
