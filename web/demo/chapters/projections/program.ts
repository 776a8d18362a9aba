import type { Sharing } from './example.js';

const JAVASCRIPT_SHARING: Readonly<Record<Sharing, string>> = {
  separate: '{ query: wQ, key: wK, value: wV }',
  shared: '{ query: wK, key: wK, value: wV }',
  equal: '{ query: wK, key: wK, value: wK }',
};

const CPP_SHARING: Readonly<Record<Sharing, string>> = {
  separate: '.query = view(w_query), .key = view(w_key), .value = view(w_value)',
  shared: '.query = view(w_key), .key = view(w_key), .value = view(w_value)',
  equal: '.query = view(w_key), .key = view(w_key), .value = view(w_key)',
};

/** Those of the given lines that declare what is used: with shared projections some matrices are not. */
function declared(lines: Readonly<Record<string, string>>, use: string): string {
  return Object.entries(lines)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(use))
    .map(([, line]) => `\n${line}`)
    .join('');
}

/** Attention with the projections that are shared, and how far its scores are from symmetric. */
export function attentionJavaScript(sharing: Sharing): string {
  return `
import { load, toTensor } from 'headscope';

const headscope = await load();
const x = toTensor([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);${declared(
    {
      wQ: 'const wQ = toTensor([[0, 3, 0, 0], [0, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0]]);',
      wK: 'const wK = toTensor([[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]]);',
      wV: 'const wV = toTensor([[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]);',
    },
    JAVASCRIPT_SHARING[sharing],
  )}

const { scores } = headscope.selfAttention(x, ${JAVASCRIPT_SHARING[sharing]});
const s = (i, j) => scores.data[4 * i + j];
let asymmetry = 0;
for (let i = 0; i < 4; i++) {
  for (let j = 0; j < i; j++) asymmetry = Math.max(asymmetry, Math.abs(s(i, j) - s(j, i)));
}
console.log(asymmetry);`;
}

export function attentionCpp(sharing: Sharing): string {
  return `
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include "headscope/layers/self_attention_steps.hpp"

using namespace headscope;
using Matrix = std::array<float, 16>;

int main() {
  const Matrix x{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};${declared(
    {
      w_query: '  const Matrix w_query{0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0};',
      w_key: '  const Matrix w_key{2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2};',
      w_value: '  const Matrix w_value{0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};',
    },
    CPP_SHARING[sharing],
  )}
  const auto view = [](const Matrix& m) { return view_of<const float, 2>(m.data(), {4, 4}); };
  Matrix query, key, value, s, weights, output;
  const auto result = [](Matrix& m) { return view_of<float, 2>(m.data(), {4, 4}); };

  const RightProjections projections{${CPP_SHARING[sharing]}};
  const SelfAttentionSteps steps{.query = result(query), .key = result(key), .value = result(value),
                                 .scores = result(s), .weights = result(weights), .output = result(output)};
  if (!self_attention_steps(view(x), projections, std::nullopt, false, steps)) return 1;
  float asymmetry = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < i; ++j) asymmetry = std::max(asymmetry, std::abs(s[4 * i + j] - s[4 * j + i]));
  }
  std::printf("%g\\n", static_cast<double>(asymmetry));
}`;
}

export interface ShiftSettings {
  readonly shift: 1 | 2;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Shift, split attention and S² attention of random numbers. */
export function shiftJavaScript({ shift, width, height, channels: c }: ShiftSettings): string {
  return `
import { loadLayers } from 'headscope/layers';

const headscope = await loadLayers();
const image = new Float32Array(${c * width * height}).map(Math.random);

const x = { data: image, shape: [${width}, ${height}, ${c}] }; // (w, h, c)
const shifted = headscope.spatialShift${shift}(x);
const overlapping = headscope.spatialShift${shift}(x, { inPlace: true });

const weights = headscope.initialise({
  'mlp1.weight': [${3 * c}, ${c}], 'mlp1.bias': [${3 * c}],
  'mlp2.weight': [${c}, ${c}], 'mlp2.bias': [${c}],
  'split_attention.mlp1.weight': [${c}, ${c}],
  'split_attention.mlp2.weight': [${3 * c}, ${c}],
}, { seed: 7 });
const s2 = headscope.createS2Attention(weights);
const { output, captured } = s2.forward(
  { data: image, shape: [${c}, ${width}, ${height}] }, // (c, w, h)
  { capture: ['split_attention.weights'] }, // (1, 3, c)
);
s2.dispose();
console.log(shifted, overlapping, output, captured);`;
}

export function shiftCpp({ shift, width, height, channels: c }: ShiftSettings): string {
  return `
#include <vector>
#include "headscope/layers/s2_attention.hpp"

using namespace headscope;

int main() {
  std::vector<float> image(${c * width * height}, 0.5f), shifted(image), output(image);
  const auto x = view_of<const float, 4>(image.data(), {1, ${width}, ${height}, ${c}});
  if (!spatial_shift${shift}(x, ShiftSource::unmodified, view_of<float, 4>(shifted.data(), {1, ${width}, ${height}, ${c}}))) return 1;

  const std::size_t c = ${c};
  StateDict weights;  // under PyTorch's names
  const auto zeros = [&](const char* name, std::vector<std::size_t> shape) {
    const std::vector<float> data(shape[0] * shape[1]);
    return weights.add(name, shape, data.data()).has_value();
  };
  if (!zeros("mlp1.weight", {3 * c, c}) || !zeros("mlp2.weight", {c, c}) ||
      !zeros("split_attention.mlp1.weight", {c, c}) || !zeros("split_attention.mlp2.weight", {3 * c, c})) return 1;
  const auto s2 = S2Attention::create(Parameters(weights));
  if (!s2) return 1;
  Captures captures({"split_attention.weights"});
  return s2->forward(view_of<const float, 4>(image.data(), {1, c, ${width}, ${height}}), ShiftSource::unmodified,
                     view_of<float, 4>(output.data(), {1, c, ${width}, ${height}}), CaptureScope(captures)) ? 0 : 1;
}`;
}
