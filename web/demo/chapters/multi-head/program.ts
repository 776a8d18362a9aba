/** The layer, with weights out of a file, as a program for a page or for Node. */
export const JAVASCRIPT = `
import { load } from 'headscope';
import { readTensorFile } from 'headscope/readers';

const headscope = await load();

// fc_q, fc_k, fc_v, fc_o: four nn.Linear(dim, dim), saved by PyTorch
const bytes = new Uint8Array(await (await fetch('layer.safetensors')).arrayBuffer());
const { tensors } = readTensorFile('layer.safetensors', bytes);
const linear = (name) => ({
  weight: tensors.find((each) => each.name === name + '.weight').tensor,
  bias: tensors.find((each) => each.name === name + '.bias').tensor,
});

const layer = headscope.createMultiHeadAttention(
  { query: linear('fc_q'), key: linear('fc_k'), value: linear('fc_v'), output: linear('fc_o') },
  { heads: 4 },
);

const x = { data: new Float32Array(10 * 64), shape: [10, 64] }; // (L, dim)
const positions = headscope.sinusoidalPositions(10, 64);
x.data.forEach((value, index) => { x.data[index] = value + positions.data[index]; });

const { output, weights } = layer.forward(x, x, x, { needWeights: true });
console.log(output.shape, weights.shape); // [10, 64] [4, 10, 10]
layer.dispose();`;

export const CPP = `
#include <vector>
#include <xtensor/xview.hpp>
#include "headscope/attention/sinusoidal_positions.hpp"
#include "headscope/layers/multihead_attention.hpp"

using namespace headscope;

/// x (1, L, dim) is given positions, then attended to: output (1, L, dim), weights (1, heads, L, L).
Result<void> attend(const MultiHeadAttentionParameters& fc, std::size_t heads, TensorView<float, 3> x,
                    TensorView<float, 3> output, TensorView<float, 4> weights) {
  const Extents<2> shape{x.shape()[1], x.shape()[2]};
  std::vector<float> table(shape[0] * shape[1]);
  auto positions = view_of<float, 2>(table.data(), shape);
  sinusoidal_positions(positions);
  xt::view(x, 0) += positions;

  const auto layer = MultiHeadAttention::create(fc, heads);  // refuses heads that do not divide dim
  if (!layer) return std::unexpected(layer.error());
  const auto tokens = view_of<const float, 3>(x.data(), {1, shape[0], shape[1]});
  return layer->forward(tokens, tokens, tokens, {}, output, weights);
}`;
