/** What all programs about dates begin with. */
const BEGINNING = `import { loadLayers } from 'headscope/layers';
import { readTensors } from 'headscope/readers';

const headscope = await loadLayers();
const file = await fetch('dates.safetensors');
const { source, target } = await (await fetch('dates.json')).json();
const weights = Object.fromEntries(
  readTensors('dates.safetensors', new Uint8Array(await file.arrayBuffer()))
    .map(({ name, tensor }) => [name, tensor]),
);
const model = headscope.createTransformer(weights, {
  heads: 4,
  normFirst: true,
  activation: 'relu',
});`;

/** Writing a date character by character, for a page or for Node. */
export function decodingJavaScript(): string {
  return `
${BEGINNING}

const text = ['<start>', ...'3rd of march 2021', '<end>'];
const memory = model.encode(
  text.map((token) => source.vocabulary.indexOf(token)),
).output;

const cross = 'decoder.layers.0.multihead_attn.weights';
const decoder = model.decoder(memory);
for (let token = target.vocabulary.indexOf('<start>'); ; ) {
  const { output, captured } = decoder.step(token, { capture: [cross] });
  token = output.data.indexOf(Math.max(...output.data));
  const character = target.vocabulary[token];
  if (character === '<end>') break;
  const head0 = captured[cross].data.subarray(0, text.length);
  console.log(character, 'looks at', text[head0.indexOf(Math.max(...head0))]);
}`;
}

/** The same in C++: greedy and with a beam. */
export function decodingCpp(): string {
  return `
#include <cmath>
#include <cstdio>
#include "headscope/layers/transformer_decoding.hpp"

using namespace headscope;

// source (1, Ls): tokens of the text, with <start> = 1 and <end> = 2
Result<void> read_date(const StateDict& weights, TensorView<const std::int32_t, 2> source) {
  const auto model = Transformer::create(
      weights, {.heads = 4, .norm_first = true, .activation = Activation::relu});
  if (!model) return std::unexpected(model.error());

  const SearchOptions search{.start = 1, .end = 2, .max_length = 11};
  const auto greedy = greedy_search(*model, source, {}, search);
  if (!greedy) return std::unexpected(greedy.error());

  const auto beam = beam_search(*model, source, {}, search, {.width = 4, .length_penalty = 0});
  if (!beam) return std::unexpected(beam.error());
  for (const Hypothesis& each : beam->front()) {
    std::printf("%zu tokens, probability %g\\n", each.tokens.size(), std::exp(each.score));
  }
  return {};
}`;
}

/** Everything on the way, captured. */
export function transformerJavaScript(): string {
  return `
${BEGINNING}
const tokens = (vocabulary, list) => list.map((token) => vocabulary.indexOf(token));

const positions = headscope.sinusoidalPositions(33, model.dim);
console.log('position 1:', positions.data.subarray(model.dim, 2 * model.dim));

// All at once: the decoder is given the answer, each place sees only what is before it.
const { output, captured } = model.forward(
  tokens(source.vocabulary, ['<start>', ...'03.03.21', '<end>']),
  tokens(target.vocabulary, ['<start>', ...'2021-03-03']),
  { capture: 'all' }, // causal: false would let it look ahead
);
for (const [name, { shape }] of Object.entries(captured)) console.log(name, shape);
console.log('logits', output.shape);`;
}

/** The same in C++. */
export function transformerCpp(): string {
  return `
#include <cstdio>
#include <vector>
#include "headscope/attention/sinusoidal_positions.hpp"
#include "headscope/layers/transformer.hpp"

using namespace headscope;

Result<void> look_inside(const Transformer& model, TensorView<const std::int32_t, 2> source,
                         TensorView<const std::int32_t, 2> target) {
  std::vector<float> table(33 * model.dim());
  sinusoidal_positions(view_of<float, 2>(table.data(), {33, model.dim()}));

  Captures captures({"*"});
  const std::size_t length = target.shape(1);
  std::vector<float> logits(length * model.output_dim());
  const auto done = model.forward(source, target, {.target_causal = true},
                                  view_of<float, 3>(logits.data(), {1, length, model.output_dim()}),
                                  CaptureScope(captures));
  if (!done) return done;
  for (const auto& [name, shape, data] : captures.entries()) {
    std::printf("%s: %zu dimensions\\n", name.c_str(), shape.size());
  }
  return {};
}`;
}
