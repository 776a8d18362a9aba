export interface LayerSettings {
  readonly rows: number;
  readonly columns: number;
  readonly dim: number;
  readonly heads: number;
  readonly headDim: number;
  readonly dropout: number;
  readonly training: boolean;
  readonly seed: number;
}

/** Whether the heads' output is the layer's: the article leaves `to_out` away then. */
export function withoutOutput({ heads, headDim, dim }: LayerSettings): boolean {
  return heads === 1 && headDim === dim;
}

export function javaScript(settings: LayerSettings): string {
  const { rows, columns, dim, heads, headDim, dropout, training, seed } = settings;
  const inner = heads * headDim;
  const output = withoutOutput(settings)
    ? ''
    : `
  'to_out.0.weight': [${dim}, ${inner}], 'to_out.0.bias': [${dim}],`;
  return `
import { patchAttentionFromStateDict } from 'headscope';
import { loadLayers } from 'headscope/layers';

const headscope = await loadLayers();
const weights = headscope.initialise({
  'to_qkv.weight': [${3 * inner}, ${dim}],${output}
}, { seed: ${seed}, gain: 4 });
const attention = headscope.createPatchAttention(
  patchAttentionFromStateDict(weights),
  { heads: ${heads}, headDim: ${headDim}, dropout: ${dropout} },
);

const [rows, columns, dim] = [${rows}, ${columns}, ${dim}];
const map = new Float32Array(rows * columns * dim).map(Math.random); // (rows, columns, d)
const x = new Float32Array(map.length); // (p, n, d): place in a 2 x 2 patch, patch
for (let i = 0; i < rows; i++) {
  for (let j = 0; j < columns; j++) {
    const p = 2 * (i % 2) + (j % 2);
    const n = (i >> 1) * (columns / 2) + (j >> 1);
    const from = (i * columns + j) * dim;
    x.set(map.subarray(from, from + dim), ((p * rows * columns) / 4 + n) * dim);
  }
}
const { output, weights: looks } = attention.forward(
  { data: x, shape: [1, 4, (rows * columns) / 4, dim] }, // (b, p, n, d)
  { needWeights: true${training ? `, training: true, seed: ${seed}` : ''} },
);
attention.dispose();
console.log(output, looks); // looks: (b, p, heads, n, n)`;
}

export function cpp(settings: LayerSettings): string {
  const { rows, columns, dim, heads, headDim, dropout, training, seed } = settings;
  const inner = heads * headDim;
  const patches = (rows * columns) / 4;
  const identity = withoutOutput(settings);
  // A number with a point would be a double.
  const probability = dropout % 1 === 0 ? dropout : `${dropout}f`;
  return `
#include <vector>
#include "headscope/layers/multihead_attention.hpp"

using namespace headscope;

int main() {
  const std::size_t p = 4, n = ${patches}, dim = ${dim}, heads = ${heads}, head_dim = ${headDim};
  std::vector<float> qkv(3 * heads * head_dim * dim, 0.01f), x(p * n * dim, 1.f), output(x.size());
  std::vector<float> looks(p * heads * n * n);${
    identity
      ? ''
      : `
  std::vector<float> out(dim * heads * head_dim, 0.01f), bias(dim);`
  }

  const PatchAttentionParameters parameters{
      .qkv = view_of<const float, 2>(qkv.data(), {${3 * inner}, dim}),${
        identity
          ? ''
          : `
      .output = LinearParameters{.weight = view_of<const float, 2>(out.data(), {dim, ${inner}}),
                                 .bias = view_of<const float, 1>(bias.data(), {dim})},`
      }
  };
  const auto attention = MultiHeadAttention::create_patch_attention(parameters, heads, head_dim);
  if (!attention) return 1;
  // x (b, p, n, d) as (b p, n, d): attention over n, within each p.
  const auto tokens = view_of<const float, 3>(x.data(), {p, n, dim});
  const MultiHeadAttentionOptions options{${
    training && !identity ? `.output_dropout = {.probability = ${probability}, .seed = ${seed}}` : ''
  }};
  const auto done = attention->forward(tokens, tokens, tokens, options, view_of<float, 3>(output.data(), {p, n, dim}),
                                       view_of<float, 4>(looks.data(), {p, heads, n, n}));
  return done ? 0 : 1;
}`;
}
