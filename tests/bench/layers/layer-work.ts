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
  readonly layer: 's2' | 'patch' | 'encoder';
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

/** The encoder of the base model in "Attention Is All You Need". */
export const ENCODER = { layers: 6, length: 128, dim: 512, heads: 8, feedForward: 2048 };

/** Of torch.nn.TransformerEncoder. */
function encoderParameters({ layers, dim, feedForward }: typeof ENCODER): LayerWork['parameters'] {
  const layer = {
    'self_attn.in_proj_weight': [3 * dim, dim],
    'self_attn.in_proj_bias': [3 * dim],
    'self_attn.out_proj.weight': [dim, dim],
    'self_attn.out_proj.bias': [dim],
    'linear1.weight': [feedForward, dim],
    'linear1.bias': [feedForward],
    'linear2.weight': [dim, feedForward],
    'linear2.bias': [dim],
    'norm1.weight': [dim],
    'norm1.bias': [dim],
    'norm2.weight': [dim],
    'norm2.bias': [dim],
  };
  const entries = Array.from({ length: layers }, (_, index) =>
    Object.entries(layer).map(([name, shape]): [string, number[]] => [`layers.${index}.${name}`, shape]),
  );
  return Object.fromEntries(entries.flat());
}

export const layerWorks: readonly LayerWork[] = [
  {
    name: 'encoder, 6 layers, d = 512, L = 128',
    layer: 'encoder',
    parameters: encoderParameters(ENCODER),
    x: [1, ENCODER.length, ENCODER.dim],
    operations:
      ENCODER.layers *
      ENCODER.length *
      ENCODER.dim *
      (2 * (4 * ENCODER.dim + 2 * ENCODER.feedForward) + 4 * ENCODER.length),
    goals: { ratio: 1.3, ofPeak: 0.75 },
  },
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
