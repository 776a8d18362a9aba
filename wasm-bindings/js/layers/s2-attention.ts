import type { Heap } from '../heap.js';
import type { StateDict } from '../state-dict.js';
import { optionsOf, toTensor, withRank, type TensorLike } from '../tensor.js';
import type { LayersModule } from './layers-module.js';
import type { SpatialShiftOptions } from './spatial-shift.js';
import { StateDictLayer, type CaptureOptions, type CapturedResult, type StateDictOptions } from './state-dict-layer.js';

/** S²-attention. {@link HeadscopeLayers.createS2Attention} makes it. */
export class S2Attention extends StateDictLayer {
  readonly #module: LayersModule;

  /** Not for use: `HeadscopeLayers.createS2Attention` makes it. */
  constructor(module: LayersModule, heap: Heap, tensors: StateDict, options: StateDictOptions) {
    super(module, heap, module._createS2Attention, tensors, options);
    this.#module = module;
  }

  /**
   * @param x Images (b, c, w, h) or (c, w, h)
   * @returns output of the shape of `x`. Can capture `mlp1` (b, w, h, 3c), `spatial_shift1` and `spatial_shift2`
   *   (b, w, h, c), the shifted branches, `split_attention.weights` (b, 3, c), `split_attention.output` and `mlp2`
   *   (b, w, h, c); nothing of images without pixels.
   * @throws HeadscopeError `InvalidType`, `InvalidShape`, `InvalidArgument`, `TooLarge`, `OutOfMemory`, `Disposed`
   */
  forward(x: TensorLike, options: CaptureOptions & SpatialShiftOptions = {}): CapturedResult {
    const images = withRank(toTensor(x, 'x'), 'x', 3, 4);
    const { inPlace } = optionsOf(options);
    return this.run(this.#module._s2Attention, images, [inPlace === true ? 1 : 0], [...images.shape], options);
  }
}
