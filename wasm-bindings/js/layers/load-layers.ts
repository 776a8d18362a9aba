import { loadEngine, type Build } from '../load.js';
import type { LoadOptions } from '../load-options.js';
import { HeadscopeLayers } from './headscope-layers.js';
import type { LayersModule } from './layers-module.js';

const build: Build<HeadscopeLayers> = {
  // The literal form of these two URLs is what bundlers look for.
  url: (flavour) =>
    flavour === 'relaxed'
      ? new URL('./headscope-layers.relaxed.wasm', import.meta.url)
      : new URL('./headscope-layers.simd.wasm', import.meta.url),
  engine: (module, flavour) => new HeadscopeLayers(module as LayersModule, flavour),
  loaded: new Map(),
};

/**
 * {@link load} of `headscope`, for attention and all layers: a larger download.
 *
 * @throws (rejects) HeadscopeError `LoadFailed`, with the URL and the reason
 */
export async function loadLayers(options: LoadOptions = {}): Promise<HeadscopeLayers> {
  return (await loadEngine(build, options)).headscope;
}
