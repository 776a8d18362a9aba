import { patchAttentionFromStateDict, type PatchAttention, type Tensor } from 'headscope';
import type { HeadscopeLayers, S2Attention } from 'headscope/layers';
import { loadModel, type ModelFile } from '../kit/model-file.js';
import { folded, unfolded } from './unfolding.js';

/** What shapes.json says, as far as the chapter needs it. */
export interface ShapesDescription {
  readonly sizes: {
    readonly picture: number;
    readonly map: number;
    readonly window: number;
    readonly blocks: number;
    readonly heads: number;
    readonly dimHead: number;
  };
  readonly classes: readonly string[];
  readonly accuracy: { readonly right: number; readonly unseenDrawings: number };
}

/** What a block decided on. */
export interface BlockWeights {
  /** (p, heads, n, n) of its patch attention */
  readonly attention: Tensor;
  /** (3, d) of its split attention: shift 1, shift 2, unmoved */
  readonly branches: Tensor;
}

export interface ShapesResult {
  readonly probabilities: readonly number[];
  readonly blocks: readonly BlockWeights[];
}

interface Block {
  readonly name: string;
  readonly s2: S2Attention;
  readonly attention: PatchAttention;
}

/** web/models/shapes: says what has been drawn. */
export class ShapesModel {
  private readonly blocks: readonly Block[];

  private constructor(
    private readonly tensors: ModelFile['tensors'],
    readonly description: ShapesDescription,
    engine: HeadscopeLayers,
  ) {
    const { blocks, heads, dimHead } = description.sizes;
    this.blocks = Array.from({ length: blocks }, (_, index) => {
      const name = `blocks.${index}`;
      return {
        name,
        s2: engine.createS2Attention(tensors, { prefix: `${name}.s2.` }),
        attention: engine.createPatchAttention(patchAttentionFromStateDict(tensors, `${name}.attention.`), {
          heads,
          headDim: dimHead,
        }),
      };
    });
  }

  /**
   * Its layers live as long as the page.
   *
   * @throws (rejects) Error, HeadscopeError
   */
  static async load(engine: HeadscopeLayers): Promise<ShapesModel> {
    const { tensors, description } = await loadModel(
      new URL('../../../models/shapes.safetensors', import.meta.url),
      new URL('../../../models/shapes.json', import.meta.url),
    );
    return new ShapesModel(tensors, description as ShapesDescription, engine);
  }

  /** @param picture (32, 32): 0 is paper and 1 is ink */
  run(picture: Tensor): ShapesResult {
    const { map } = this.description.sizes;
    let x = added(this.linear('patch_embedding', this.windows(picture)), this.tensor('positions').data);
    const blocks = this.blocks.map(({ name, s2, attention }) => {
      const dim = x.length / (map * map);
      const shifted = s2.forward(
        { data: channelsFirst(this.norm(`${name}.s2_norm`, x), dim), shape: [dim, map, map] },
        { capture: ['split_attention.weights'] },
      );
      x = added(x, channelsLast(shifted.output.data, dim));
      const patches = unfolded(this.norm(`${name}.attention_norm`, x), map, map);
      const attended = attention.forward({ data: patches, shape: [4, (map * map) / 4, dim] }, { needWeights: true });
      x = added(x, folded(attended.output.data, map, map));
      const hidden = this.linear(`${name}.feed_forward.0`, this.norm(`${name}.feed_forward_norm`, x)).map(gelu);
      x = added(x, this.linear(`${name}.feed_forward.2`, hidden));
      const branches = shifted.captured['split_attention.weights'] as Tensor;
      return { attention: attended.weights as Tensor, branches: { data: branches.data, shape: [3, dim] } };
    });
    const logits = this.linear('classifier', meanRow(this.norm('norm', x), map * map));
    return { probabilities: softmax(logits), blocks };
  }

  /** Every second window of 4 x 4 pixels, with a border of paper: (map², 16). */
  private windows(picture: Tensor): Float32Array {
    const { map, window, picture: size } = this.description.sizes;
    const step = size / map;
    const border = (window - step) / 2;
    return Float32Array.from({ length: map * map * window * window }, (_, index) => {
      const token = Math.floor(index / (window * window));
      const pixel = index % (window * window);
      const row = Math.floor(token / map) * step + Math.floor(pixel / window) - border;
      const column = (token % map) * step + (pixel % window) - border;
      const inside = row >= 0 && row < size && column >= 0 && column < size;
      return inside ? (picture.data[row * size + column] ?? 0) : 0;
    });
  }

  private tensor(name: string): Tensor {
    const tensor = this.tensors[name];
    if (!tensor) throw new Error(`the model has no ${name}`);
    return tensor;
  }

  /** y = x Wᵀ + b on rows. */
  private linear(name: string, x: Float32Array): Float32Array {
    const { data: weight, shape } = this.tensor(`${name}.weight`);
    const bias = this.tensor(`${name}.bias`).data;
    const [out = 0, width = 1] = shape;
    const rows = x.length / width;
    const y = new Float32Array(rows * out);
    for (let row = 0; row < rows; row++) {
      for (let o = 0; o < out; o++) {
        let sum = bias[o] ?? 0;
        for (let i = 0; i < width; i++) sum += (x[row * width + i] as number) * (weight[o * width + i] as number);
        y[row * out + o] = sum;
      }
    }
    return y;
  }

  /** LayerNorm of rows, as torch.nn.LayerNorm (eps 1e-5). */
  private norm(name: string, x: Float32Array): Float32Array {
    const weight = this.tensor(`${name}.weight`).data;
    const bias = this.tensor(`${name}.bias`).data;
    const dim = weight.length;
    const y = new Float32Array(x.length);
    for (let begin = 0; begin < x.length; begin += dim) {
      const row = x.subarray(begin, begin + dim);
      const mean = row.reduce((sum, value) => sum + value, 0) / dim;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / dim;
      const factor = 1 / Math.sqrt(variance + 1e-5);
      row.forEach((value, i) => {
        y[begin + i] = (value - mean) * factor * (weight[i] ?? NaN) + (bias[i] ?? NaN);
      });
    }
    return y;
  }
}

function added(left: Float32Array, right: Float32Array): Float32Array {
  return left.map((value, index) => value + (right[index] ?? NaN));
}

function channelsFirst(x: Float32Array, dim: number): Float32Array {
  const count = x.length / dim;
  return x.map((_, index) => x[(index % count) * dim + Math.floor(index / count)] ?? NaN);
}

function channelsLast(x: Float32Array, dim: number): Float32Array {
  return channelsFirst(x, x.length / dim);
}

function meanRow(x: Float32Array, rows: number): Float32Array {
  const dim = x.length / rows;
  const mean = new Float32Array(dim);
  x.forEach((value, index) => (mean[index % dim] = (mean[index % dim] ?? 0) + value / rows));
  return mean;
}

function softmax(logits: Float32Array): number[] {
  const most = Math.max(...logits);
  const powers = [...logits].map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** x Φ(x), with erf of Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.26: within 1.5e-7. */
function gelu(x: number): number {
  const z = Math.abs(x) * Math.SQRT1_2;
  const t = 1 / (1 + 0.3275911 * z);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - polynomial * Math.exp(-z * z);
  return 0.5 * x * (1 + Math.sign(x) * erf);
}
