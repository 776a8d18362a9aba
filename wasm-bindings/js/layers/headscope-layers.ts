import type { Flavour } from '../flavour.js';
import { Headscope } from '../headscope.js';
import { Heap } from '../heap.js';
import type { LayersModule } from './layers-module.js';

/** {@link Headscope} with all layers. {@link loadLayers} makes it. */
export class HeadscopeLayers extends Headscope {
  readonly #module: LayersModule;
  readonly #heap: Heap;

  /** Not for use: {@link loadLayers} makes it. */
  constructor(module: LayersModule, flavour: Flavour) {
    const heap = new Heap(module);
    super(module, flavour, heap);
    this.#module = module;
    this.#heap = heap;
  }
}
