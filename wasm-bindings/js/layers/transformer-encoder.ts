import { HeadscopeError } from '../errors.js';
import { Handle, createInCore } from '../handle.js';
import { floatBytes, operandBytes, type Heap } from '../heap.js';
import type { StateDict } from '../state-dict.js';
import { describe, elementCount, optionsOf, type MaskLike, type TensorLike } from '../tensor.js';
import { withCaptures } from './captures.js';
import { textOperand, withStateDict } from './core-state-dict.js';
import type { LayersModule } from './layers-module.js';
import type { CapturedResult, CaptureOptions, StateDictOptions } from './state-dict-layer.js';
import { resultShape, toVectors } from './tokens.js';
import {
  attentionMask,
  configurationFields,
  inScratch,
  paddingMask,
  putMask,
  type TransformerConfiguration,
} from './transformer-arguments.js';

export interface TransformerEncoderConfiguration extends TransformerConfiguration, StateDictOptions {}

export interface TransformerEncoderOptions extends CaptureOptions {
  /** Token i sees the tokens 0..i only. */
  readonly causal?: boolean | undefined;
  /** Boolean (true = attend) or additive, broadcast to (B, heads, L, L), aligned at the right. */
  readonly mask?: MaskLike | undefined;
  /** (B, L): boolean as in PyTorch (true = ignore the token), or additive. */
  readonly keyPaddingMask?: MaskLike | undefined;
}

/** A stack of encoder layers. {@link HeadscopeLayers.createTransformerEncoder} makes it. */
export class TransformerEncoder extends Handle {
  /** Size of its vectors. */
  readonly dim: number;
  readonly heads: number;
  /** Number of layers. */
  readonly layers: number;
  readonly #module: LayersModule;
  readonly #heap: Heap;

  /** Not for use: `HeadscopeLayers.createTransformerEncoder` makes it. */
  constructor(module: LayersModule, heap: Heap, tensors: StateDict, configuration: TransformerEncoderConfiguration) {
    const { prefix = '', heads } = optionsOf(configuration, 'configuration');
    if (typeof prefix !== 'string') throw new HeadscopeError('InvalidType', 'prefix', 'a string', describe(prefix));
    const text = textOperand(prefix);
    const fields = configurationFields(configuration);
    const sizes: number[] = [];
    const handle = withStateDict(module, heap, tensors, (stateDict) => {
      const made = createInCore(heap, module._createTransformerEncoder, operandBytes(text), () => {
        heap.number(stateDict);
        heap.operand(text);
        for (const field of fields) heap.number(field);
      });
      // The answers of CreateTransformerEncoderCall in transformer_calls.hpp.
      sizes.push(heap.answer(12), heap.answer(13));
      return made;
    });
    super(heap, 'layer', handle, (address) => module._destroy(address));
    this.heads = heads;
    [this.dim, this.layers] = sizes as [number, number];
    this.#module = module;
    this.#heap = heap;
  }

  /**
   * @param x (B, L, dim) or (L, dim)
   * @returns output as `x`. To capture: `layers.<i>.` and `self_attn.query`, `self_attn.key`, `self_attn.value`
   *   (B, heads, L, D), `self_attn.weights` (B, heads, L, L), `self_attn.output`, `norm1`, `linear1`, `activation`,
   *   `linear2`, `norm2` or `output`; `norm`, where there is a final one
   * @throws HeadscopeError as {@link HeadscopeLayers.attention}, `Disposed`, and `InvalidArgument` for an unknown `capture`
   */
  forward(x: TensorLike, options: TransformerEncoderOptions = {}): CapturedResult {
    const { address } = this;
    const { capture, causal } = optionsOf(options);
    const sequence = toVectors(x, 'x');
    const mask = attentionMask(options.mask, 'mask');
    const padding = paddingMask(options.keyPaddingMask, 'keyPaddingMask');
    const shape = resultShape(sequence, sequence.shape[2] as number);
    const heap = this.#heap;
    const { result, captured } = withCaptures(this.#module, heap, capture, (captures) =>
      inScratch(heap, floatBytes(elementCount(shape)), [sequence, mask, padding], () => {
        // The fields of TransformerEncoderForwardCall in transformer_calls.hpp.
        heap.number(address);
        heap.number(captures);
        heap.operand(sequence);
        putMask(heap, mask);
        putMask(heap, padding);
        heap.number(causal === true ? 1 : 0);
        return heap.only(shape, this.#module._transformerEncoderForward);
      }),
    );
    return { output: result, captured };
  }
}
