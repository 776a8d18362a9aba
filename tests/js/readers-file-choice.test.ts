import { describe, expect, test } from 'vitest';
import type { NamedLabels, NamedTensor, TensorFile } from 'headscope/readers';
import {
  batchesOf,
  ChoiceError,
  guessChoice,
  readChoice,
  readFileChoice,
  type FileChoice,
} from '../../web/demo/inputs/file-choice.js';

/** Values 0, 1, 2... so that every place can be told from every other. */
function counting(name: string, ...shape: number[]): NamedTensor {
  const data = Float32Array.from(
    { length: shape.reduce((product, extent) => product * extent, 1) },
    (_, index) => index,
  );
  return { name, tensor: { data, shape }, dtype: 'float32' };
}

function file(tensors: readonly NamedTensor[], labels: readonly NamedLabels[] = []): TensorFile {
  return { tensors, labels };
}

function words(name: string, count: number): NamedLabels {
  return { name, labels: Array.from({ length: count }, (_, index) => `${name} ${index}`) };
}

/** Reads a file as it is guessed, with what a test changes about that. */
function read(content: TensorFile, change: Partial<FileChoice> = {}): ReturnType<typeof readChoice> {
  return readChoice(content, { ...guessChoice(content), ...change }, 'a.npz');
}

function refusal(content: TensorFile, change: Partial<FileChoice> = {}): string {
  try {
    read(content, change);
  } catch (error) {
    expect(error).toBeInstanceOf(ChoiceError);
    return (error as Error).message;
  }
  throw new Error('nothing was refused');
}

describe('queries and keys', () => {
  test('of one head become (1, L, D), numbered', () => {
    const { feed, sentence } = read(file([counting('q', 2, 3), counting('k', 4, 3), counting('v', 4, 5)]));
    expect(feed).toEqual({
      kind: 'qkv',
      query: { data: Float32Array.of(0, 1, 2, 3, 4, 5), shape: [1, 2, 3] },
      key: { data: Float32Array.from({ length: 12 }, (_, index) => index), shape: [1, 4, 3] },
      value: { data: Float32Array.from({ length: 20 }, (_, index) => index), shape: [1, 4, 5] },
      tokens: ['0', '1'],
      keyTokens: ['0', '1', '2', '3'],
      source: 'a.npz',
    });
    expect(sentence).toBe('Read as queries and keys: 1 head, 2 queries over 4 keys, 3 numbers each.');
  });

  test('of several sequences give the chosen one', () => {
    const content = file([counting('q', 3, 2, 1, 2), counting('k', 3, 2, 1, 2)]);
    expect(batchesOf([{ name: 'q', shape: [3, 2, 1, 2] }], guessChoice(content))).toBe(3);
    expect(read(content, { batch: 1 }).feed).toMatchObject({
      query: { data: Float32Array.of(4, 5, 6, 7), shape: [2, 1, 2] },
    });
    expect(refusal(content, { batch: 3 })).toBe('q: expected a sequence 3, counted from 0, got 3 in all.');
  });

  test.each([
    [
      [counting('q', 2, 3), counting('k', 4, 2)],
      'key: expected 1 head of 3 numbers per token, as query has, got 1 of 2.',
    ],
    [
      [counting('q', 2, 5, 3), counting('k', 3, 5, 3)],
      'key: expected 2 heads of 3 numbers per token, as query has, got 3 of 3.',
    ],
    [
      [counting('q', 2, 3), counting('k', 4, 3), counting('v', 5, 3)],
      'value: expected 1 head of 4 tokens, as key has, got 1 of 5.',
    ],
    [[counting('q', 0, 3), counting('k', 4, 3)], 'q: expected at least one head, token and number, got shape (0, 3).'],
    [[counting('q', 0, 2, 2, 3), counting('k', 2, 2, 2, 3)], 'q: expected a sequence 0, counted from 0, got 0 in all.'],
  ])('that do not fit are refused: %#', (tensors, message) => {
    expect(refusal(file(tensors))).toBe(message);
  });

  test('a role that was given to nothing, or to a tensor of another rank, is refused', () => {
    const content = file([counting('q', 2, 3), counting('k', 4, 3), counting('bias', 3)]);
    expect(refusal(content, { roles: { query: 'q' } })).toBe('key: expected one of the file’s tensors, got none.');
    expect(refusal(content, { roles: { query: 'q', key: 'bias' } })).toBe(
      'bias: expected shape (L, D), (H, L, D) or (B, H, L, D), got (3).',
    );
  });
});

describe('weights', () => {
  const weights: NamedTensor = {
    name: 'attention',
    tensor: { data: Float32Array.of(0.5, 0.5, 0.25, 0.75), shape: [2, 2] },
    dtype: 'float32',
  };

  test('are handed on as they are', () => {
    const { feed, sentence } = read(file([weights], [words('tokens', 2)]));
    expect(feed).toEqual({
      kind: 'weights',
      weights: { data: Float32Array.of(0.5, 0.5, 0.25, 0.75), shape: [1, 2, 2] },
      layers: 1,
      tokens: ['tokens 0', 'tokens 1'],
      keyTokens: ['tokens 0', 'tokens 1'],
      source: 'a.npz',
    });
    expect(sentence).toBe('Read as ready attention weights: 1 head, 2 queries over 2 keys. Nothing is computed.');
  });

  test('labels are taken where they fit only', () => {
    const content = file([counting('attention', 1, 2, 3)], [words('tokens', 2), words('key_tokens', 3)]);
    expect(read(content).feed).toMatchObject({
      tokens: ['tokens 0', 'tokens 1'],
      keyTokens: words('key_tokens', 3).labels,
    });
    const shorter = file([counting('attention', 1, 2, 3)], [words('tokens', 5)]);
    expect(read(shorter).feed).toMatchObject({ tokens: ['0', '1'], keyTokens: ['0', '1', '2'] });
    expect(refusal(shorter, { roles: { weights: 'attention', tokens: 'tokens' } })).toBe(
      'tokens: expected 2 words, got 5 in tokens.',
    );
  });
});

describe('vectors', () => {
  // X W by hand, for x = [[0, 1], [2, 3], [4, 5]] and W = [[0, 1, 2], [3, 4, 5]].
  const x = counting('x', 3, 2);
  const plain = ['W_q', 'W_k', 'W_v'].map((name) => counting(name, 2, 3));

  test('without projections', () => {
    expect(read(file([x])).feed).toEqual({ kind: 'vectors', x: x.tensor, tokens: ['0', '1', '2'], source: 'a.npz' });
    expect(read(file([x])).sentence).toBe('Read as vectors: 3 tokens of 2 numbers, without projections of their own.');
  });

  test('projections stored (in, out) are taken as they are', () => {
    const content = file([x, ...plain]);
    expect(guessChoice(content).transposed).toBe(false);
    expect(read(content).feed).toMatchObject({
      projections: { query: { data: Float32Array.of(0, 1, 2, 3, 4, 5), shape: [2, 3] } },
    });
    expect(read(content).sentence).toBe('Read as vectors: 3 tokens of 2 numbers, with projections to 3 numbers.');
  });

  test('projections stored (out, in), as nn.Linear, are turned', () => {
    const content = file([x, ...['q', 'k', 'v'].map((name) => counting(`${name}_proj.weight`, 3, 2))]);
    expect(guessChoice(content).transposed).toBe(true);
    expect(read(content).feed).toMatchObject({
      projections: { key: { data: Float32Array.of(0, 2, 4, 1, 3, 5), shape: [2, 3] } },
    });
  });

  test('square ones go by their names, and by the choice', () => {
    const square = (names: readonly string[]): TensorFile => file([x, ...names.map((name) => counting(name, 2, 2))]);
    expect(guessChoice(square(['w_query', 'w_key', 'w_value'])).transposed).toBe(false);
    const linear = square(['query.weight', 'key.weight', 'value.weight']);
    expect(guessChoice(linear).transposed).toBe(true);
    expect(read(linear).feed).toMatchObject({ projections: { value: { data: Float32Array.of(0, 2, 1, 3) } } });
    expect(read(linear, { transposed: false }).feed).toMatchObject({
      projections: { value: { data: Float32Array.of(0, 1, 2, 3) } },
    });
  });

  test('of several sequences give the chosen one', () => {
    const content = file([counting('hidden_states', 2, 2, 2)]);
    expect(batchesOf([{ name: 'hidden_states', shape: [2, 2, 2] }], guessChoice(content))).toBe(2);
    expect(read(content, { batch: 1 }).feed).toMatchObject({ x: { data: Float32Array.of(4, 5, 6, 7), shape: [2, 2] } });
  });

  test.each([
    [
      [x, counting('W_q', 3, 3), counting('W_k', 3, 3), counting('W_v', 3, 3)],
      'W_q: expected shape (2, out) for x, got (3, 3).',
    ],
    [
      [x, counting('W_q', 2, 3), counting('W_k', 2, 4), counting('W_v', 2, 3)],
      'W key: expected as many columns as W query has, 3, got 4.',
    ],
    [[x, counting('W_q', 2, 3), counting('W_k', 2, 3)], 'W value: expected one of the file’s tensors, got none.'],
    [[counting('x', 0, 2)], 'x: expected at least one token and one number, got shape (0, 2).'],
    [[], 'x: expected one of the file’s tensors, got none.'],
  ])('that do not fit are refused: %#', (tensors, message) => {
    expect(refusal(file(tensors))).toBe(message);
  });

  test('the values handed on are copies: the file can be read again after they were given away', () => {
    const content = file([x, ...plain]);
    const { feed } = read(content);
    if (feed.kind !== 'vectors') throw new Error(feed.kind);
    structuredClone(feed.x.data.buffer, { transfer: [feed.x.data.buffer as ArrayBuffer] });
    structuredClone(0, { transfer: [feed.projections?.query.data.buffer as ArrayBuffer] });
    expect(read(content).feed).toMatchObject({ x: { data: Float32Array.of(0, 1, 2, 3, 4, 5) } });
  });
});

test('of queries, keys and weights in one file, the first two are shown', () => {
  const content = file([counting('attention', 2, 2), counting('query', 2, 2), counting('key', 2, 2)]);
  expect(guessChoice(content)).toMatchObject({
    reading: 'qkv',
    roles: { query: 'query', key: 'key', weights: 'attention' },
  });
});

describe('choices out of links', () => {
  test.each([null, 3, 'qkv', {}, { reading: 'all', roles: {} }, { reading: 'qkv', roles: null }])(
    '%o is none',
    (value) => {
      expect(readFileChoice(value)).toBeNull();
    },
  );
  test('what is not allowed in one is left out', () => {
    const value = { reading: 'qkv', roles: { query: 'q', key: 3, toString: 'x' }, batch: -1, transposed: 'yes' };
    expect(readFileChoice(value)).toEqual({ reading: 'qkv', roles: { query: 'q' }, batch: 0, transposed: false });
  });
  test('a choice survives being one', () => {
    const choice = guessChoice(file([counting('q', 2, 2), counting('k', 2, 2)]));
    expect(readFileChoice(JSON.parse(JSON.stringify(choice)))).toEqual(choice);
  });
});
