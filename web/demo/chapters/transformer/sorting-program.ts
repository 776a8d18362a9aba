/** The sorting model, for a page or for Node. */
export function sortingJavaScript(): string {
  return `
import { loadLayers } from 'headscope/layers';
import { readTensors } from 'headscope/readers';

const headscope = await loadLayers();
const file = await fetch('sorting.safetensors');
const weights = Object.fromEntries(
  readTensors('sorting.safetensors', new Uint8Array(await file.arrayBuffer()))
    // A stack of layers has its first one as layers.0.
    .map(({ name, tensor }) => [name.replace(/^layer\\./, 'layers.0.'), tensor]),
);
const layer = headscope.createTransformerEncoder(weights, {
  heads: 2,
  normFirst: true,
  activation: 'relu',
});

const digits = [3, 1, 4, 1, 5];
const dim = 12;
const x = {
  data: Float32Array.from({ length: 5 * dim }, (_, i) =>
    weights['embedding.weight'].data[digits[Math.floor(i / dim)] * dim + (i % dim)] +
    weights['positions.weight'].data[i]),
  shape: [5, dim],
};
const { output, captured } = layer.forward(x, { capture: 'all' });
const logits = headscope.linear(output, {
  weight: weights['classifier.weight'],
  bias: weights['classifier.bias'],
});
for (const [name, { shape }] of Object.entries(captured)) console.log(name, shape);
console.log(digits.map((_, i) => {
  const row = logits.data.subarray(i * 10, i * 10 + 10);
  return row.indexOf(Math.max(...row));
}).join('')); // 11345`;
}

/** The same in C++, from weights under the names of a stack of layers. */
export function sortingCpp(): string {
  return `
#include <array>
#include "headscope/layers/linear.hpp"
#include "headscope/layers/transformer_encoder.hpp"

using namespace headscope;

// x (1, 5, 12) -> logits (5, 10)
Result<void> sort_digits(const StateDict& weights, TensorView<const float, 3> x, TensorView<float, 2> logits,
                         Captures& captures) {
  const Parameters all(weights);
  const auto layer = TransformerEncoder::create(all, {.heads = 2, .norm_first = true, .activation = Activation::relu});
  const auto classifier = all.linear("classifier", 10, 12);
  if (!layer) return std::unexpected(layer.error());
  if (!classifier) return std::unexpected(classifier.error());

  std::array<float, 5 * 12> output;
  const auto done = layer->forward(x, {}, view_of<float, 3>(output.data(), {1, 5, 12}), CaptureScope(captures));
  if (!done) return done;
  return classifier->forward(view_of<const float, 2>(output.data(), {5, 12}), logits);
}`;
}
