/** The induction model's layers, for a page or for Node. */
export function inductionJavaScript(): string {
  return `
import { loadLayers } from 'headscope/layers';
import { readTensors } from 'headscope/readers';

const headscope = await loadLayers();
const file = await fetch('induction.safetensors');
const bytes = new Uint8Array(await file.arrayBuffer());
const weights = Object.fromEntries(
  readTensors('induction.safetensors', bytes).map(({ name, tensor }) => [name, tensor]),
);

const dim = 64;
// PyTorch has the projections below each other in one matrix.
const part = (tensor, index, shape) => {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { data: tensor.data.subarray(index * size, (index + 1) * size), shape };
};
const projection = (own, index) => ({
  weight: part(weights[own + 'in_proj_weight'], index, [dim, dim]),
  bias: part(weights[own + 'in_proj_bias'], index, [dim]),
});

const letters = [...'headscopeheadsc'].map((letter) => letter.charCodeAt(0) - 97);
const x = headscope.sinusoidalPositions(letters.length, dim);
letters.forEach((letter, i) => {
  const vector = weights['embedding.weight'].data.subarray(letter * dim, (letter + 1) * dim);
  vector.forEach((value, j) => (x.data[i * dim + j] += value));
});

for (const layer of [0, 1]) {
  const own = \`layers.\${layer}.self_attn.\`;
  const attention = headscope.createMultiHeadAttention({
    query: projection(own, 0),
    key: projection(own, 1),
    value: projection(own, 2),
    output: { weight: weights[own + 'out_proj.weight'], bias: weights[own + 'out_proj.bias'] },
  }, { heads: 2 });
  const y = headscope.layerNorm(x, {
    weight: weights[\`layers.\${layer}.norm.weight\`],
    bias: weights[\`layers.\${layer}.norm.bias\`],
  });
  const { output, weights: p } = attention.forward(y, y, y, {
    causal: true,
    needWeights: true,
  });
  output.data.forEach((value, i) => (x.data[i] += value));
  console.log(\`layer \${layer}:\`, p.shape, p.data);
  attention.dispose();
}

const last = { data: x.data.slice(-dim), shape: [1, dim] };
const { data: logits } = headscope.linear(last, { weight: weights['unembedding.weight'] });
console.log(String.fromCharCode(97 + logits.indexOf(Math.max(...logits)))); // o`;
}

/** One layer of it in C++. */
export function inductionCpp(): string {
  return `
#include <string>
#include <vector>
#include "headscope/layers/layer_norm.hpp"
#include "headscope/layers/torch_multihead_attention.hpp"

using namespace headscope;

constexpr std::size_t dim = 64, heads = 2;

// x (1, L, dim) becomes x + attention(norm(x)); p (1, heads, L, L) are the weights.
Result<void> attend(const StateDict& weights, std::size_t layer, TensorView<float, 3> x, TensorView<float, 4> p) {
  const Parameters own(weights, "layers." + std::to_string(layer) + ".");
  const auto norm = LayerNorm::create(own.of("norm"), dim);
  const auto attention = torch_multihead_attention(own.of("self_attn"), heads, dim);
  if (!norm) return std::unexpected(norm.error());
  if (!attention) return std::unexpected(attention.error());

  const std::size_t length = x.shape(1);
  std::vector<float> normalised(length * dim), output(length * dim);
  norm->forward(x.data(), length, normalised.data());
  const auto y = view_of<const float, 3>(normalised.data(), {1, length, dim});
  const auto done = attention->forward(y, y, y, {.causal = true},
                                       view_of<float, 3>(output.data(), {1, length, dim}), p);
  if (!done) return done;
  for (std::size_t i = 0; i < length * dim; ++i) x.data()[i] += output[i];
  return {};
}`;
}
