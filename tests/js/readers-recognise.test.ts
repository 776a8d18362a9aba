import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readTensorFile, recognise, type NamedTensor } from 'headscope/readers';

const folder = fileURLToPath(new URL('../golden/files/', import.meta.url));

function named(name: string, shape: readonly number[], value: number | readonly number[] = 0.5): NamedTensor {
  const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  if (typeof value === 'number') data.fill(value);
  else data.set(value);
  return { name, tensor: { data, shape }, dtype: 'float32' };
}

/** Names that stand for a role on their own; the second column is the role of a matrix so called. */
const NAMES: readonly (readonly [name: string, role: string])[] = [
  ...['query', 'q', 'Q', 'q_proj', 'queries', 'query_states', 'layer0/query', 'attn.q'].map(
    (name) => [name, 'query'] as const,
  ),
  ...['key', 'k', 'K', 'k_proj', 'keys', 'keyStates'].map((name) => [name, 'key'] as const),
  ...['value', 'v', 'V', 'v_proj', 'values'].map((name) => [name, 'value'] as const),
  ...[
    'weights',
    'attn',
    'attention',
    'attentions',
    'attn_weights',
    'attention_probs',
    'attentions_3',
    'layer.0.attn',
  ].map((name) => [name, 'weights'] as const),
  ...['x', 'X', 'input', 'inputs', 'hidden', 'hidden_states', 'embeddings', 'inputs_embeds'].map(
    (name) => [name, 'x'] as const,
  ),
  ...[
    'W_q',
    'Wq',
    'WQ',
    'w_query',
    'wQuery',
    'q_proj.weight',
    'attn.to_q.weight',
    'fc_q_weight',
    'fc_q.weight',
    'query.weight',
    'encoder.layer.0.attention.self.query.weight',
    'blocks.0.attn.q_lin.weight',
    'weight_q',
    'query/kernel',
  ].map((name) => [name, 'wQuery'] as const),
  ...['W_k', 'w_key', 'k_proj.weight', 'model.layers.3.self_attn.k_proj.weight'].map((name) => [name, 'wKey'] as const),
  ...['W_v', 'w_value', 'v_proj.weight'].map((name) => [name, 'wValue'] as const),
];

describe('names', () => {
  test.each(NAMES)('%s is %s', (name, role) => {
    // Rows of 2: no guess from values can give the same answer, save for x, which is told from "other" beside it.
    expect(recognise([named('other', [2, 2, 2, 2], 2), named(name, [3, 4], 2)])).toMatchObject({ [role]: name });
  });

  test.each([
    'q_proj.bias',
    'b_query',
    'out_proj.weight',
    'o_proj.weight',
    'weight_decay',
    'quality',
    'position_ids',
    'keyboard',
  ])('%s is nothing', (name) => {
    expect(recognise([named('query', [3, 4]), named('key', [3, 4]), named(name, [4, 4])])).toEqual({
      query: 'query',
      key: 'key',
    });
  });

  test('the first of several wins, and a rank that does not fit is passed over', () => {
    expect(recognise([named('q', [4]), named('a.q', [3, 4]), named('b.q', [3, 4]), named('k', [3, 4])])).toEqual({
      query: 'a.q',
      key: 'k',
    });
  });

  test('lists of words are tokens', () => {
    const tensors = [named('query', [3, 4]), named('key', [2, 4])];
    expect(
      recognise(tensors, [
        { name: 'key_tokens', labels: ['a', 'b'] },
        { name: 'tokens', labels: ['a', 'b', 'c'] },
        { name: 'authors', labels: ['d'] },
      ]),
    ).toEqual({ query: 'query', key: 'key', tokens: 'tokens', keyTokens: 'key_tokens' });
  });
});

describe('values, where names say nothing', () => {
  test('rows that sum to 1 are weights, in any rank', () => {
    expect(recognise([named('layer_7', [2, 2])])).toEqual({ weights: 'layer_7' });
    expect(recognise([named('layer_7', [3, 2, 2])])).toEqual({ weights: 'layer_7' });
    expect(recognise([named('layer_7', [1, 3, 2, 2])])).toEqual({ weights: 'layer_7' });
  });
  test('a row that is masked whole is allowed among them', () => {
    expect(recognise([named('a', [2, 2], [0, 0, 0.25, 0.75])])).toEqual({ weights: 'a' });
    expect(recognise([named('a', [2, 2], 0)])).toEqual({ x: 'a' });
  });
  test('other matrices are vectors', () => {
    expect(recognise([named('a', [2, 2], [1.5, -0.5, 0.5, 0.5])])).toEqual({ x: 'a' });
    expect(recognise([named('a', [2, 2], NaN)])).toEqual({ x: 'a' });
    expect(recognise([named('bias', [4]), named('a', [5, 3], 7)])).toEqual({ x: 'a' });
  });
  test('numpy.savez without names: query, key and value by their order', () => {
    expect(recognise(readTensorFile('p.npz', readFileSync(`${folder}positional.npz`)).tensors)).toEqual({
      query: 'arr_0',
      key: 'arr_1',
    });
    const three = [named('arr_0', [3, 4]), named('arr_1', [5, 4]), named('arr_2', [5, 2])];
    expect(recognise(three)).toEqual({ query: 'arr_0', key: 'arr_1', value: 'arr_2' });
  });
  test('nothing is made of nothing', () => {
    expect(recognise([])).toEqual({});
    expect(recognise([named('a', [3])])).toEqual({});
    expect(recognise([named('a', [0, 3])])).toEqual({ x: 'a' });
  });
});

test('real files', () => {
  const projections = readTensorFile('p.safetensors', readFileSync(`${folder}projections.safetensors`));
  expect(recognise(projections.tensors, projections.labels)).toEqual({
    wQuery: 'attn.q_proj.weight',
    wKey: 'attn.k_proj.weight',
    wValue: 'attn.v_proj.weight',
    x: 'hidden_states',
  });
  const qkv = readTensorFile('qkv.npz', readFileSync(`${folder}qkv_stored.npz`));
  expect(recognise(qkv.tensors, qkv.labels)).toEqual({ query: 'query', key: 'key', value: 'value', tokens: 'tokens' });
  const labelled = readTensorFile('labelled.csv', readFileSync(`${folder}labelled.csv`));
  expect(recognise(labelled.tensors, labelled.labels)).toEqual({
    x: 'labelled',
    tokens: 'tokens',
    keyTokens: 'columns',
  });
});
