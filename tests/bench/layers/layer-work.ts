import type { Tensor } from 'headscope';
import type { Goals } from '../workloads.js';

/** What a layer holds and what it is given. */
export interface LayerInputs {
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly x: Tensor;
}

/** One call of a layer, float32, typed arrays in and out. */
export interface LayerWork {
  readonly name: string;
  readonly layer: 's2' | 'patch';
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly x: readonly number[];
  /** Floating-point operations of its matrix products. */
  readonly operations: number;
  readonly goals: Goals;
}

const channels = 64;
const side = 56;
const [patches, positions, dim, heads, headDim] = [256, 4, 144, 8, 64] as const;
const inner = heads * headDim;

/** The sizes of the attention in MobileViT-S's second block, with its repository's heads. */
export const PATCH = { patches, positions, dim, heads, headDim, inner };

export const layerWorks: readonly LayerWork[] = [
  {
    name: 'S2Attention, 56 x 56 x 64',
    layer: 's2',
    parameters: {
      'mlp1.weight': [3 * channels, channels],
      'mlp1.bias': [3 * channels],
      'mlp2.weight': [channels, channels],
      'mlp2.bias': [channels],
      'split_attention.mlp1.weight': [channels, channels],
      'split_attention.mlp2.weight': [3 * channels, channels],
    },
    x: [1, channels, side, side],
    operations: 8 * side * side * channels * channels,
    goals: {},
  },
  {
    name: 'patch attention, p = 4, n = 256, dim 144',
    layer: 'patch',
    parameters: { 'to_qkv.weight': [3 * inner, dim], 'to_out.0.weight': [dim, inner], 'to_out.0.bias': [dim] },
    x: [1, positions, patches, dim],
    operations: 8 * positions * patches * dim * inner + 4 * heads * positions * patches * patches * headDim,
    goals: {},
  },
];
