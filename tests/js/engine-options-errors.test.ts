import { afterEach, describe, expect, it } from 'vitest';
import { HeadscopeError, load, multiHeadAttentionFromStateDict, type AttentionOptions, type Tensor } from 'headscope';
import type { MultiHeadAttentionOptions, MultiHeadAttentionParameters } from 'headscope';

const engine = await load();

afterEach(() => {
  // Whatever was refused, the instance stays usable: scores 0 and 0 share the values evenly.
  expect([...engine.attention([[0]], [[1], [2]], [[2], [4]]).output.data]).toEqual([3]);
});

function zeros(...shape: number[]): Tensor {
  return { data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)), shape };
}

function expectRefusal(call: () => unknown, refusal: object): void {
  let error: unknown = 'nothing';
  const before = engine.liveHandles;
  try {
    call();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(HeadscopeError);
  expect(error).toMatchObject(refusal);
  expect(engine.liveHandles).toBe(before);
}

type Row = [options: unknown, code: string, argument: string, expected: string, got: string];

describe('attention refuses', () => {
  const whole = 'a whole number from 0 up';
  it.each<Row>([
    [{ softcap: -1 }, 'InvalidArgument', 'softcap', 'a finite number of at least 0', 'a negative number'],
    [{ softcap: Infinity }, 'InvalidArgument', 'softcap', 'a finite number of at least 0', 'an infinity'],
    [{ softcap: NaN }, 'InvalidArgument', 'softcap', 'a number', 'NaN'],
    [{ softcap: '3' }, 'InvalidArgument', 'softcap', 'a number', '"3"'],
    [{ scale: 1e300 }, 'InvalidArgument', 'scale', 'a finite number', 'an infinity'],
    [{ window: { left: -2 } }, 'InvalidArgument', 'window.left', whole, '-2'],
    [{ window: { right: 0.5 } }, 'InvalidArgument', 'window.right', whole, '0.5'],
    [{ window: { left: '1' } }, 'InvalidArgument', 'window.left', whole, '"1"'],
    [{ window: { left: 2 ** 32 } }, 'InvalidArgument', 'window.left', 'less than 2^32', '4294967296'],
    [{ window: 3 }, 'InvalidType', 'window', 'an object', '3'],
    [{ window: null }, 'InvalidType', 'window', 'an object', 'null'],
    [{ dropout: 0.5 }, 'InvalidType', 'dropout', 'an object', '0.5'],
    [null, 'InvalidType', 'options', 'an object', 'null'],
    [{ alignment: 'left' }, 'InvalidArgument', 'alignment', 'top-left or bottom-right', '"left"'],
    [{ alibi: [1] }, 'InvalidShape', 'alibi', 'shape (2)', '(1)'],
    [{ alibi: [[1, 2]] }, 'InvalidShape', 'alibi', '1 dimension', 'shape (1, 2)'],
    [{ alibi: 'yes' }, 'InvalidType', 'alibi', 'a tensor { data, shape } or nested arrays', '"yes"'],
    [{ sinks: [1, 2, 3] }, 'InvalidShape', 'sinks', 'shape (2)', '(3)'],
    [{ keyLengths: [4] }, 'InvalidArgument', 'keyLengths', 'lengths from 0 to 3', '4'],
    [{ keyLengths: [-1] }, 'InvalidArgument', 'keyLengths', 'lengths from 0 to 3', '-1'],
    [{ keyLengths: [1, 1] }, 'InvalidShape', 'keyLengths', 'shape (1)', '(2)'],
    [{ keyLengths: [0.5] }, 'InvalidArgument', 'keyLengths', 'whole numbers', '0.5 at [0]'],
    [{ keyLengths: [2 ** 32 + 1] }, 'InvalidArgument', 'keyLengths', 'whole numbers', '4294967297 at [0]'],
    [{ keyLengths: 3 }, 'InvalidType', 'keyLengths', 'whole numbers in an array', '3'],
    [
      { dropout: { probability: 1, seed: 0 } },
      'InvalidArgument',
      'dropout',
      'a probability of at least 0 and below 1',
      '1 or more',
    ],
    [
      { dropout: { probability: -0.1, seed: 0 } },
      'InvalidArgument',
      'dropout',
      'a probability of at least 0 and below 1',
      'a negative number',
    ],
    [{ dropout: { probability: NaN, seed: 0 } }, 'InvalidArgument', 'dropout.probability', 'a number', 'NaN'],
    [{ dropout: { probability: 0.1 } }, 'InvalidArgument', 'dropout.seed', whole, 'undefined'],
    [{ dropout: { probability: 0.1, seed: -1 } }, 'InvalidArgument', 'dropout.seed', whole, '-1'],
    [
      { dropout: { probability: 0.1, seed: 2 ** 32 } },
      'InvalidArgument',
      'dropout.seed',
      'less than 2^32',
      '4294967296',
    ],
    [{ dropout: { seed: 1 } }, 'InvalidArgument', 'dropout.probability', 'a number', 'undefined'],
    [
      { needScores: 'logits' },
      'InvalidArgument',
      'needScores',
      'scaled or softcapped or biased or softmax',
      '"logits"',
    ],
    [{ pastKey: zeros(2, 1, 4) }, 'InvalidArgument', 'pastValue', 'a tensor, as pastKey is given', 'undefined'],
    [{ pastValue: zeros(2, 1, 4) }, 'InvalidArgument', 'pastKey', 'a tensor, as pastValue is given', 'undefined'],
    [
      { pastKey: zeros(2, 1, 4), pastValue: zeros(2, 2, 4) },
      'InvalidShape',
      'pastValue',
      'shape (1, 2, 1, 4)',
      '(1, 2, 2, 4)',
    ],
    [
      { pastKey: zeros(1, 1, 4), pastValue: zeros(2, 1, 4) },
      'InvalidShape',
      'pastKey',
      'shape (1, 2, 1, 4)',
      '(1, 1, 1, 4)',
    ],
    [{ pastKey: zeros(1, 4), pastValue: zeros(1, 4) }, 'InvalidShape', 'pastKey', '3 to 4 dimensions', 'shape (1, 4)'],
    [
      { mask: zeros(3), pastKey: zeros(2, 1, 4), pastValue: zeros(2, 1, 4) },
      'InvalidShape',
      'mask',
      'a shape that broadcasts to (1, 2, 2, 4)',
      '(1, 1, 1, 3)',
    ],
    [{ kvHeads: 2 }, 'InvalidArgument', 'heads', 'a number, as kvHeads is given', 'undefined'],
  ])('%o', (options, code, argument, expected, got) => {
    const [query, key] = [zeros(2, 2, 4), zeros(2, 3, 4)];
    expectRefusal(() => engine.attention(query, key, key, options as AttentionOptions), {
      code,
      argument,
      expected,
      got,
    });
  });

  it.each<Row>([
    [{ heads: 0 }, 'InvalidArgument', 'heads', 'a divisor of the 12 columns of query', '0'],
    [{ heads: 5 }, 'InvalidArgument', 'heads', 'a divisor of the 12 columns of query', '5'],
    [{ heads: 1.5 }, 'InvalidArgument', 'heads', 'a whole number from 0 up', '1.5'],
    [{ heads: 6, kvHeads: 4 }, 'InvalidArgument', 'kvHeads', 'a divisor of the 6 columns of key', '4'],
    [{ heads: 6 }, 'InvalidShape', 'key', 'shape (1, 6, 3, 2)', '(1, 6, 3, 1)'],
    [{ heads: 4, kvHeads: 3 }, 'InvalidShape', 'key', 'shape (1, 3, 3, 3)', '(1, 3, 3, 2)'],
    [{ heads: 12, kvHeads: 0 }, 'InvalidArgument', 'kvHeads', 'a divisor of the 6 columns of key', '0'],
  ])('heads in rows with %o', (options, code, argument, expected, got) => {
    const [query, key] = [zeros(1, 2, 12), zeros(1, 3, 6)];
    expectRefusal(() => engine.attention(query, key, key, options as AttentionOptions), {
      code,
      argument,
      expected,
      got,
    });
  });

  it('heads beside four dimensions, and more key heads than divide', () => {
    const four = zeros(1, 2, 3, 4);
    expectRefusal(() => engine.attention(four, four, four, { heads: 2 }), { code: 'InvalidShape', argument: 'query' });
    expectRefusal(() => engine.attention(zeros(4, 1, 2), zeros(3, 1, 2), zeros(3, 1, 2)), {
      code: 'InvalidShape',
      argument: 'key',
      expected: "a number of heads that divides the query's 4",
      got: '3',
    });
  });
});

it('what is no object is refused wherever one is expected', () => {
  const nothing = null as never;
  using target = engine.createTensor({ shape: [1, 1] });
  using session = engine.attentionSession([[1]], [[1]]);
  const refused: [() => unknown, string][] = [
    [() => engine.attentionInto(nothing, [[1]], [[1]], [[1]]), 'targets'],
    [() => engine.attentionInto({} as never, [[1]], [[1]], [[1]]), 'output'],
    [() => engine.attentionInto({ output: [[1]] as never }, [[1]], [[1]], [[1]]), 'output'],
    [() => engine.attentionInto({ output: target }, [[1]], [[1]], [[1]], nothing), 'options'],
    [() => engine.createKeyValueCache(nothing), 'configuration'],
    [() => engine.attentionSession([[1]], [[1]], null, nothing), 'options'],
    [() => session.tile(0, nothing), 'options'],
    [() => session.tile(0, { rows: nothing }), 'rows'],
    [() => session.tile(0, { columns: nothing }), 'columns'],
    [() => engine.rotaryEmbedding([[1, 2]], nothing), 'options'],
    [() => engine.linear([[1]], nothing), 'parameters'],
    [() => engine.createMultiHeadAttention({ query: nothing } as never, { heads: 1 }), 'output'],
  ];
  for (const [call, argument] of refused)
    expectRefusal(call, { code: 'InvalidType', argument, expected: expect.anything() as string });
});

describe('multi-head attention refuses', () => {
  const linear = (out: number, inner: number) => ({ weight: zeros(out, inner), bias: undefined });
  const square: MultiHeadAttentionParameters = {
    query: linear(4, 4),
    key: linear(4, 4),
    value: linear(4, 4),
    output: linear(4, 4),
  };

  it.each<Row>([
    [{ mask: zeros(3, 2) }, 'InvalidShape', 'mask', 'a shape that broadcasts to (2, 2, 3, 3)', '(1, 1, 3, 2)'],
    [{ mask: zeros(3, 3, 3) }, 'InvalidShape', 'mask', 'shape (4, 3, 3)', '(3, 3, 3)'],
    [{ mask: zeros(3) }, 'InvalidShape', 'mask', '2 to 3 dimensions', 'shape (3)'],
    [{ keyPaddingMask: zeros(3, 3) }, 'InvalidShape', 'keyPaddingMask', 'shape (2, 3)', '(3, 3)'],
    [
      {
        keyPaddingMask: [
          [true, false],
          [true, false],
        ],
      },
      'InvalidShape',
      'keyPaddingMask',
      'shape (2, 3)',
      '(2, 2)',
    ],
    [
      { dropout: { probability: 2, seed: 0 } },
      'InvalidArgument',
      'dropout',
      'a probability of at least 0 and below 1',
      '1 or more',
    ],
    [{ dropout: { probability: 0, seed: 0.5 } }, 'InvalidArgument', 'dropout.seed', 'a whole number from 0 up', '0.5'],
  ])('%o', (options, code, argument, expected, got) => {
    using layer = engine.createMultiHeadAttention(square, { heads: 2 });
    const x = zeros(2, 3, 4);
    expectRefusal(() => layer.forward(x, x, x, options as MultiHeadAttentionOptions), {
      code,
      argument,
      expected,
      got,
    });
  });

  it.each<[what: string, change: Partial<MultiHeadAttentionParameters>, argument: string, expected: string]>([
    ['a bias for keys alone', { biasKey: zeros(4) }, 'biasValue', 'a tensor, as the other bias is given'],
    ['a bias for values alone', { biasValue: zeros(4) }, 'biasKey', 'a tensor, as the other bias is given'],
    ['a long bias', { biasKey: zeros(5), biasValue: zeros(4) }, 'biasKey', 'shape (4)'],
    ['a long bias for values', { biasKey: zeros(4), biasValue: zeros(5) }, 'biasValue', 'shape (4)'],
    ['a bias of two dimensions', { biasKey: zeros(1, 4), biasValue: zeros(4) }, 'biasKey', '1 dimension'],
  ])('%s', (_, change, argument, expected) => {
    expectRefusal(() => engine.createMultiHeadAttention({ ...square, ...change }, { heads: 2 }), {
      argument,
      expected,
    });
  });

  it('a state dict of another layer', () => {
    expectRefusal(() => multiHeadAttentionFromStateDict({ 'attn.in_proj_weight': zeros(6, 2) }, 'attn.'), {
      code: 'InvalidArgument',
      argument: 'attn.out_proj.weight',
      expected: 'a tensor of that name',
      got: 'none',
    });
    expectRefusal(() => multiHeadAttentionFromStateDict(new Map([['out_proj.weight', zeros(2, 2)]])), {
      argument: 'q_proj_weight',
    });
    expectRefusal(
      () => multiHeadAttentionFromStateDict({ in_proj_weight: zeros(7, 2), 'out_proj.weight': zeros(2, 2) }),
      {
        code: 'InvalidShape',
        argument: 'in_proj_weight',
        expected: 'a first dimension that 3 divides',
        got: 'shape (7, 2)',
      },
    );
  });
});
