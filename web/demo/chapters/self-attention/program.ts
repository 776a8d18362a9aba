import type { Tensor } from 'headscope';
import { shortestFloat } from '../../three-digits.js';
import { rowsOf } from '../kit/tensors.js';
import type { Numbers } from './numbers.js';

export interface Settings {
  readonly scaled: boolean;
  readonly causal: boolean;
}

function javaScriptRows(tensor: Tensor): string {
  return `[${rowsOf(tensor)
    .map((row) => `[${row.map(shortestFloat).join(', ')}]`)
    .join(', ')}]`;
}

/** The present numbers as a program for a page or for Node. */
export function javaScript({ x, projections }: Numbers, { scaled, causal }: Settings): string {
  const options = [...(scaled ? [] : ['scale: 1']), ...(causal ? ['causal: true'] : [])].join(', ');
  return `
import { load, toTensor } from 'headscope';

const headscope = await load();
const x = toTensor(${javaScriptRows(x)});
const steps = headscope.selfAttention(x, {
  query: toTensor(${javaScriptRows(projections.query)}),
  key: toTensor(${javaScriptRows(projections.key)}),
  value: toTensor(${javaScriptRows(projections.value)}),
}${options ? `, { ${options} }` : ''});

const { query, key, value, scores, weights, output } = steps;
console.log(weights.data, output.data);`;
}

function numbers({ data }: Tensor): string {
  const literal = (value: number): string => {
    const text = shortestFloat(value);
    return `${/[.e]/.test(text) ? text : `${text}.`}f`;
  };
  return [...data].map(literal).join(', ');
}

/** The same in C++. */
export function cpp({ x, projections }: Numbers, { scaled, causal }: Settings): string {
  const [length = 0, dim = 0] = x.shape;
  const width = projections.query.shape[1] ?? 0;
  const valueWidth = projections.value.shape[1] ?? 0;
  const result = (name: string, columns: number | string): string =>
    `      .${name} = view_of<float, 2>(${name}.data(), {${length}, ${columns}}),`;
  return `
#include <array>
#include "headscope/layers/self_attention_steps.hpp"

using namespace headscope;

int main() {
  const std::array x{${numbers(x)}};
  const std::array w_query{${numbers(projections.query)}};
  const std::array w_key{${numbers(projections.key)}};
  const std::array w_value{${numbers(projections.value)}};
  std::array<float, ${length * width}> query, key;
  std::array<float, ${length * valueWidth}> value, output;
  std::array<float, ${length * length}> scores, weights;

  const RightProjections projections{
      .query = view_of<const float, 2>(w_query.data(), {${dim}, ${width}}),
      .key = view_of<const float, 2>(w_key.data(), {${dim}, ${width}}),
      .value = view_of<const float, 2>(w_value.data(), {${dim}, ${valueWidth}}),
  };
  const SelfAttentionSteps steps{
${[
  result('query', width),
  result('key', width),
  result('value', valueWidth),
  result('scores', length),
  result('weights', length),
  result('output', valueWidth),
].join('\n')}
  };
  const auto done = self_attention_steps(view_of<const float, 2>(x.data(), {${length}, ${dim}}), projections,
                                         ${scaled ? 'std::nullopt' : '1.f'}, ${String(causal)}, steps);
  return done ? 0 : 1;
}`;
}
