import type { LayerInputs, LayerWork } from './layer-work.js';
import { ENCODER, PATCH } from './layer-work.js';

/** Float32Array for the loops that are timed, Float64Array for those that are right. */
export type Numbers = Float32Array | Float64Array;
interface Kind {
  new (count: number): Numbers;
  from(numbers: Float32Array): Numbers;
}

/** y (rows, out) = x (rows, in) Wᵀ + b */
function linear(kind: Kind, x: Numbers, inner: number, weight: Float32Array, bias?: Float32Array): Numbers {
  const out = weight.length / inner;
  const rows = x.length / inner;
  const y = new kind(rows * out);
  for (let row = 0; row < rows; ++row) {
    for (let o = 0; o < out; ++o) {
      let sum = bias === undefined ? 0 : (bias[o] as number);
      for (let i = 0; i < inner; ++i) sum += (x[row * inner + i] as number) * (weight[o * inner + i] as number);
      y[row * out + o] = sum;
    }
  }
  return y;
}

/** The error function (W. J. Cody's bound is not needed here: a series below 3, its complement's continued fraction above). */
function erf(x: number): number {
  const z = Math.abs(x);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 60; ++n) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; --n) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction));
}

/** S²-attention of one image, in the loops that a JavaScript developer would write by hand. */
function s2Attention(kind: Kind, { parameters, x }: LayerInputs): Numbers {
  const [, channels, width, height] = x.shape as [number, number, number, number];
  const data = (name: string): Float32Array | undefined => parameters[name]?.data;
  const positions = width * height;
  const rows = new kind(positions * channels);
  for (let n = 0; n < positions; ++n)
    for (let c = 0; c < channels; ++c) rows[n * channels + c] = x.data[c * positions + n] as number;
  const mixed = linear(kind, rows, channels, data('mlp1.weight') as Float32Array, data('mlp1.bias'));
  const branches = new kind(3 * positions * channels);
  const sums = new kind(channels);
  for (let k = 0; k < 3; ++k) {
    for (let i = 0; i < width; ++i) {
      for (let j = 0; j < height; ++j) {
        for (let c = 0; c < channels; ++c) {
          const group = Math.floor((4 * c) / channels);
          const step = group % 2 === 0 ? -1 : 1;
          const alongWidth = k === 0 ? group < 2 : group >= 2;
          const within = (place: number, extent: number): number => Math.min(Math.max(place, 0), extent - 1);
          const from = k === 2 ? i : alongWidth ? within(i + step, width) : i;
          const at = k === 2 ? j : alongWidth ? j : within(j + step, height);
          const value = mixed[((from * height + at) * 3 + k) * channels + c] as number;
          branches[((k * width + i) * height + j) * channels + c] = value;
          sums[c] = (sums[c] as number) + value;
        }
      }
    }
  }
  const hidden = linear(kind, sums, channels, data('split_attention.mlp1.weight') as Float32Array);
  hidden.forEach((value, index) => (hidden[index] = (value * (1 + erf(value / Math.SQRT2))) / 2));
  const weights = linear(kind, hidden, channels, data('split_attention.mlp2.weight') as Float32Array);
  for (let c = 0; c < channels; ++c) {
    const logits: number[] = [0, 1, 2].map((k) => weights[k * channels + c] as number);
    const exponentials = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    exponentials.forEach((value, k) => (weights[k * channels + c] = value / sum));
  }
  for (let n = 0; n < positions; ++n) {
    for (let c = 0; c < channels; ++c) {
      let sum = 0;
      for (let k = 0; k < 3; ++k)
        sum += (weights[k * channels + c] as number) * (branches[(k * positions + n) * channels + c] as number);
      rows[n * channels + c] = sum;
    }
  }
  const last = linear(kind, rows, channels, data('mlp2.weight') as Float32Array, data('mlp2.bias'));
  return last.map((_, index) => last[(index % positions) * channels + Math.floor(index / positions)] as number);
}

interface Attended {
  /** Sequences that have nothing to do with each other. */
  readonly positions: number;
  /** Tokens of each. */
  readonly patches: number;
  readonly heads: number;
  readonly headDim: number;
}

/** Attention of rows (positions patches, 3 heads headDim) of queries, keys and values -> (positions patches, heads headDim) */
function attend(kind: Kind, qkv: Numbers, { positions, patches, heads, headDim }: Attended): Numbers {
  const inner = heads * headDim;
  const attended = new kind(positions * patches * inner);
  const scores = new kind(patches);
  const at = (row: number, part: number, head: number): number => row * 3 * inner + part * inner + head * headDim;
  for (let p = 0; p < positions; ++p) {
    for (let h = 0; h < heads; ++h) {
      for (let i = p * patches; i < (p + 1) * patches; ++i) {
        const q = at(i, 0, h);
        let largest = -Infinity;
        for (let j = 0; j < patches; ++j) {
          const k = at(p * patches + j, 1, h);
          let score = 0;
          for (let d = 0; d < headDim; ++d) score += (qkv[q + d] as number) * (qkv[k + d] as number);
          score /= Math.sqrt(headDim);
          scores[j] = score;
          largest = Math.max(largest, score);
        }
        let sum = 0;
        for (let j = 0; j < patches; ++j) sum += scores[j] = Math.exp((scores[j] as number) - largest);
        const target = i * inner + h * headDim;
        for (let j = 0; j < patches; ++j) {
          const weight = (scores[j] as number) / sum;
          const v = at(p * patches + j, 2, h);
          for (let d = 0; d < headDim; ++d)
            attended[target + d] = (attended[target + d] as number) + weight * (qkv[v + d] as number);
        }
      }
    }
  }
  return attended;
}

/** MobileViT's attention: each position of a patch attends among the patches. */
function patchAttention(kind: Kind, { parameters, x }: LayerInputs): Numbers {
  const { dim, inner } = PATCH;
  const qkv = linear(kind, x.data, dim, parameters['to_qkv.weight']?.data as Float32Array);
  const { 'to_out.0.weight': weight, 'to_out.0.bias': bias } = parameters;
  return linear(kind, attend(kind, qkv, PATCH), inner, weight?.data as Float32Array, bias?.data);
}

/** (x - mean) / sqrt(variance + 1e-5) * weight + bias, row by row */
function layerNorm(x: Numbers, dim: number, weight: Float32Array, bias: Float32Array): Numbers {
  for (let row = 0; row < x.length; row += dim) {
    const numbers = x.subarray(row, row + dim);
    let sum = 0;
    for (const number of numbers) sum += number;
    const mean = sum / dim;
    let squares = 0;
    for (const number of numbers) squares += (number - mean) ** 2;
    const factor = 1 / Math.sqrt(squares / dim + 1e-5);
    for (let i = 0; i < dim; ++i)
      numbers[i] = ((numbers[i] as number) - mean) * factor * (weight[i] as number) + (bias[i] as number);
  }
  return x;
}

/** torch.nn.TransformerEncoder with the norms after each step, as in the paper. */
function encoder(kind: Kind, { parameters, x }: LayerInputs): Numbers {
  const { layers, length, dim, heads, feedForward } = ENCODER;
  let tokens: Numbers = kind.from(x.data);
  for (let index = 0; index < layers; ++index) {
    const data = (name: string): Float32Array => parameters[`layers.${index}.${name}`]?.data as Float32Array;
    const apply = (input: Numbers, inner: number, name: string, joint = '.'): Numbers =>
      linear(kind, input, inner, data(`${name}${joint}weight`), data(`${name}${joint}bias`));
    const normed = (sum: Numbers, norm: string): Numbers =>
      layerNorm(sum, dim, data(`${norm}.weight`), data(`${norm}.bias`));
    const added = (left: Numbers, right: Numbers): Numbers => left.map((value, i) => value + (right[i] as number));
    const qkv = apply(tokens, dim, 'self_attn.in_proj', '_');
    const attended = attend(kind, qkv, { positions: 1, patches: length, heads, headDim: dim / heads });
    tokens = normed(added(tokens, apply(attended, dim, 'self_attn.out_proj')), 'norm1');
    const hidden = apply(tokens, dim, 'linear1').map((value) => Math.max(value, 0));
    tokens = normed(added(tokens, apply(hidden, feedForward, 'linear2')), 'norm2');
  }
  return tokens;
}

/** A layer in plain loops: the contestant with Float32Array, the reference with Float64Array. */
export function plainLayer(kind: Kind, work: LayerWork, inputs: LayerInputs): Numbers {
  return { s2: s2Attention, patch: patchAttention, encoder }[work.layer](kind, inputs);
}
