import { afterEach, describe, expect, it } from 'vitest';
import { HeadscopeError, load, type Headscope, type MaskLike, type TensorLike } from 'headscope';

const engine = await load();

afterEach(() => {
  // Whatever was refused, the instance stays usable: scores 0 and 0 share the values evenly.
  expect([...engine.attention([[0]], [[1], [2]], [[2], [4]]).output.data]).toEqual([3]);
});

function zeros(...shape: number[]): TensorLike {
  return { data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)), shape };
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return 'nothing';
}

const linear = (out: number, inner: number) => ({ weight: zeros(out, inner) });
const square = { query: linear(4, 4), key: linear(4, 4), value: linear(4, 4), output: linear(4, 4) };

type Row = [
  what: string,
  call: (engine: Headscope) => unknown,
  code: string,
  argument: string,
  expected: string,
  got: string,
];
const refused: Row[] = [
  [
    'a query of one dimension',
    (e) => e.attention([1], [[1]], [[1]]),
    'InvalidShape',
    'query',
    '2 to 4 dimensions',
    'shape (1)',
  ],
  [
    'a key of five dimensions',
    (e) => e.attention([[1]], zeros(1, 1, 1, 1, 1), [[1]]),
    'InvalidShape',
    'key',
    '2 to 4 dimensions',
    'shape (1, 1, 1, 1, 1)',
  ],
  [
    'a mask of five dimensions',
    (e) => e.attention([[1]], [[1]], [[1]], { mask: zeros(1, 1, 1, 1, 1) }),
    'InvalidShape',
    'mask',
    '0 to 4 dimensions',
    'shape (1, 1, 1, 1, 1)',
  ],
  [
    'a key of another width',
    (e) => e.attention(zeros(2, 3), zeros(2, 4), zeros(2, 4)),
    'InvalidShape',
    'key',
    'shape (1, 1, 2, 3)',
    '(1, 1, 2, 4)',
  ],
  [
    'a value of another length',
    (e) => e.attention(zeros(2, 3), zeros(5, 3), zeros(4, 3)),
    'InvalidShape',
    'value',
    'shape (1, 1, 5, 3)',
    '(1, 1, 4, 3)',
  ],
  [
    'a key with other heads',
    (e) => e.attention(zeros(2, 2, 3), zeros(3, 2, 3), zeros(3, 2, 3)),
    'InvalidShape',
    'key',
    "a number of heads that divides the query's 2",
    '3',
  ],
  [
    'a key with another batch',
    (e) => e.attention(zeros(2, 1, 2, 3), zeros(1, 1, 2, 3), zeros(1, 1, 2, 3)),
    'InvalidShape',
    'key',
    'shape (2, 1, 2, 3)',
    '(1, 1, 2, 3)',
  ],
  [
    'a mask that does not broadcast',
    (e) => e.attention(zeros(2, 3), zeros(5, 3), zeros(5, 3), { mask: zeros(2, 4) }),
    'InvalidShape',
    'mask',
    'a shape that broadcasts to (1, 1, 2, 5)',
    '(1, 1, 2, 4)',
  ],
  [
    'a boolean mask that does not broadcast',
    (e) => e.attention(zeros(2, 3), zeros(5, 3), zeros(5, 3), { mask: [true, false] }),
    'InvalidShape',
    'mask',
    'a shape that broadcasts to (1, 1, 2, 5)',
    '(1, 1, 1, 2)',
  ],
  [
    'a scale that is no number',
    (e) => e.attention([[1]], [[1]], [[1]], { scale: NaN }),
    'InvalidArgument',
    'scale',
    'a number',
    'NaN',
  ],
  [
    'an infinite scale',
    (e) => e.attention([[1]], [[1]], [[1]], { scale: -Infinity }),
    'InvalidArgument',
    'scale',
    'a finite number',
    'an infinity',
  ],
  [
    'a scale in words',
    (e) => e.attention([[1]], [[1]], [[1]], { scale: '2' as unknown as number }),
    'InvalidArgument',
    'scale',
    'a number',
    '"2"',
  ],
  [
    'a mask of words',
    (e) => e.attention([[1]], [[1]], [[1]], { mask: ['x'] as unknown as MaskLike }),
    'InvalidType',
    'mask',
    'a number',
    '"x" at [0]',
  ],
  [
    'more weights than memory',
    (e) => e.attention(zeros(2 ** 20, 0), zeros(2 ** 20, 0), zeros(2 ** 20, 0), { needWeights: true }),
    'TooLarge',
    'memory',
    'at most 4096 MB in one call',
    '4194305 MB',
  ],
  [
    'more weights than fit',
    (e) => e.attention(zeros(30000, 1), zeros(30000, 1), zeros(30000, 1), { needWeights: true }),
    'OutOfMemory',
    'memory',
    '3434 MB',
    'no room for it',
  ],
  [
    'tokens that no matrix fits',
    (e) => e.selfAttention(zeros(3, 3), { query: zeros(4, 2), key: zeros(3, 2), value: zeros(3, 2) }),
    'InvalidShape',
    'queryProjection',
    'shape (3, 2)',
    '(4, 2)',
  ],
  [
    'queries and keys of other widths',
    (e) => e.selfAttention(zeros(3, 3), { query: zeros(3, 2), key: zeros(3, 5), value: zeros(3, 2) }),
    'InvalidShape',
    'keyProjection',
    'shape (3, 2)',
    '(3, 5)',
  ],
  [
    'tokens with heads',
    (e) => e.selfAttention(zeros(1, 3, 3), { query: zeros(3, 2), key: zeros(3, 2), value: zeros(3, 2) }),
    'InvalidShape',
    'x',
    '2 dimensions',
    'shape (1, 3, 3)',
  ],
  [
    'a weight that does not fit',
    (e) => e.linear(zeros(2, 3), linear(4, 5)),
    'InvalidShape',
    'x',
    'shape (2, 5)',
    '(2, 3)',
  ],
  [
    'a bias that does not fit',
    (e) => e.linear(zeros(2, 3), { weight: zeros(4, 3), bias: zeros(5) }),
    'InvalidShape',
    'bias',
    'shape (4)',
    '(5)',
  ],
  [
    'a bias in rows',
    (e) => e.linear(zeros(2, 3), { weight: zeros(4, 3), bias: zeros(1, 4) }),
    'InvalidShape',
    'bias',
    '1 dimension',
    'shape (1, 4)',
  ],
  [
    'a scalar',
    (e) => e.linear({ data: [1], shape: [] }, linear(1, 1)),
    'InvalidShape',
    'x',
    'at least 1 dimension',
    'shape ()',
  ],
  [
    'a negative length',
    (e) => e.sinusoidalPositions(-1, 4),
    'InvalidArgument',
    'length',
    'a whole number from 0 up',
    '-1',
  ],
  [
    'half a dimension',
    (e) => e.sinusoidalPositions(4, 2.5),
    'InvalidArgument',
    'dim',
    'a whole number from 0 up',
    '2.5',
  ],
  [
    'positions beyond memory',
    (e) => e.sinusoidalPositions(2 ** 30, 2 ** 30),
    'TooLarge',
    'memory',
    'at most 4096 MB in one call',
    '4398046511104 MB',
  ],
  [
    'heads that do not divide',
    (e) => e.createMultiHeadAttention(square, { heads: 3 }),
    'InvalidArgument',
    'heads',
    'a divisor of the 4 rows of the query weight',
    '3',
  ],
  ['no heads', (e) => e.createMultiHeadAttention(square, { heads: 0 }), 'InvalidArgument', 'heads', 'at least 1', '0'],
  [
    'half a head',
    (e) => e.createMultiHeadAttention(square, { heads: 0.5 }),
    'InvalidArgument',
    'heads',
    'a whole number from 0 up',
    '0.5',
  ],
  [
    'a layer whose parts do not fit',
    (e) => e.createSelfAttention({ ...square, key: linear(5, 4) }),
    'InvalidShape',
    'key weight',
    'shape (4, 4)',
    '(5, 4)',
  ],
  [
    'a layer with a wrong bias',
    (e) => e.createSelfAttention({ ...square, key: { weight: zeros(4, 4), bias: zeros(3) } }),
    'InvalidShape',
    'key bias',
    'shape (4)',
    '(3)',
  ],
  [
    'a fused weight of a wrong size',
    (e) => e.createPatchAttention({ qkv: zeros(11, 4) }, { heads: 1, headDim: 4 }),
    'InvalidShape',
    'qkv weight',
    'shape (12, 4)',
    '(11, 4)',
  ],
  [
    'a missing output layer',
    (e) => e.createPatchAttention({ qkv: zeros(24, 4) }, { heads: 2, headDim: 4 }),
    'InvalidArgument',
    'output',
    'a projection, as heads is not 1 or headDim is not dim',
    'none',
  ],
  [
    'words in parameters',
    (e) => e.createSelfAttention({ ...square, key: { weight: [['a']] as unknown as TensorLike } }),
    'InvalidType',
    'key weight',
    'a number',
    '"a" at [0][0]',
  ],
];

describe('refuses', () => {
  it.each(refused)('%s', (_, call, code, argument, expected, got) => {
    const before = engine.liveHandles;
    const error = thrownBy(() => call(engine));
    expect(error).toBeInstanceOf(HeadscopeError);
    expect(error).toMatchObject({ name: 'HeadscopeError', code, argument, expected, got });
    expect((error as Error).message).toBe(`${argument}: expected ${expected}, got ${got}`);
    expect(engine.liveHandles).toBe(before);
  });
});
