import type { Heap } from '../heap.js';
import type { StateDict } from '../state-dict.js';
import { elementCount, optionsOf, toTensor, withRank, type TensorLike } from '../tensor.js';
import type { LayersModule } from './layers-module.js';
import { StateDictLayer, type CaptureOptions, type CapturedResult, type StateDictOptions } from './state-dict-layer.js';

/** Split attention. {@link HeadscopeLayers.createSplitAttention} makes it. */
export class SplitAttention extends StateDictLayer {
  readonly #module: LayersModule;

  /** Not for use: `HeadscopeLayers.createSplitAttention` makes it. */
  constructor(module: LayersModule, heap: Heap, tensors: StateDict, options: StateDictOptions) {
    super(module, heap, module._createSplitAttention, tensors, options);
    this.#module = module;
  }

  /**
   * @param x Branches (b, k, h, w, c) or (k, h, w, c), with the k and c of the weights
   * @returns output (b, h, w, c), without b where `x` has none. Can capture `weights` (b, k, c), which sum to 1 over k.
   * @throws HeadscopeError `InvalidType`, `InvalidShape`, `InvalidArgument`, `TooLarge`, `OutOfMemory`, `Disposed`
   */
  forward(x: TensorLike, options: CaptureOptions = {}): CapturedResult {
    const { data, shape } = withRank(toTensor(x, 'x'), 'x', 4, 5);
    const batch = shape.slice(0, -4);
    const [branches, height, width, channels] = shape.slice(-4) as [number, number, number, number];
    const folded = { data, shape: [elementCount(batch), branches, height * width, channels] };
    const output = [...batch, height, width, channels];
    return this.run(this.#module._splitAttention, folded, [], output, optionsOf(options));
  }
}
