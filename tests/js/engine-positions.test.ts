import { describe, expect, it } from 'vitest';
import { HeadscopeError, load } from 'headscope';
import { largestDifference, seededTensor } from '../support/reference-attention.js';

const engine = await load();

describe('rotary embeddings', () => {
  const x = seededTensor(1, 2, 3, 5, 8);

  /** Rotates pairs by p·base^(-2i/dim), in double precision; `position` of a token, `columns` of a pair. */
  function rotated(
    dim: number,
    base: number,
    position: (l: number) => number,
    columns: (i: number) => [number, number],
  ) {
    const expected = Float64Array.from(x.data);
    for (let row = 0; row < 2 * 3 * 5; ++row) {
      for (let i = 0; i < dim / 2; ++i) {
        const angle = position(row % 5) * base ** ((-2 * i) / dim);
        const [a, b] = columns(i).map((column) => row * 8 + column) as [number, number];
        const [first, second] = [x.data[a] as number, x.data[b] as number];
        expected[a] = first * Math.cos(angle) - second * Math.sin(angle);
        expected[b] = first * Math.sin(angle) + second * Math.cos(angle);
      }
    }
    return expected;
  }

  it('rotate halves', () => {
    const { data, shape } = engine.rotaryEmbedding(x);
    expect(shape).toEqual(x.shape);
    const expected = rotated(
      8,
      10000,
      (l) => l,
      (i) => [i, i + 4],
    );
    expect(largestDifference(data, expected)).toBeLessThan(1e-6);
  });

  it('rotate neighbours, some columns, with another base, far away', () => {
    const { data } = engine.rotaryEmbedding(x, { interleaved: true, dim: 6, base: 500, offset: 1_000_000 });
    const expected = rotated(
      6,
      500,
      (l) => 1_000_000 + l,
      (i) => [2 * i, 2 * i + 1],
    );
    // A position of a million takes the angles' doubles: floats would be wrong in the first digit.
    expect(largestDifference(data, expected)).toBeLessThan(1e-6);
  });

  it('take positions', () => {
    const positions = [7, 0, 3, 3, 100];
    const { data } = engine.rotaryEmbedding(x, { positions: [positions] });
    expect(
      largestDifference(
        data,
        rotated(
          8,
          10000,
          (l) => positions[l] as number,
          (i) => [i, i + 4],
        ),
      ),
    ).toBeLessThan(1e-6);
  });

  it('of nothing are nothing', () => {
    expect(engine.rotaryEmbedding({ data: [], shape: [0, 4] })).toEqual({ data: new Float32Array(0), shape: [0, 4] });
    expect(engine.rotaryEmbedding([[1, 2]], { dim: 0 }).data).toEqual(Float32Array.of(1, 2));
  });

  const table = [[1, 0]];
  it.each<[string, () => unknown, string, string]>([
    ['an odd number of columns', () => engine.rotaryEmbedding([[1, 2, 3]]), 'InvalidArgument', 'dim'],
    ['an odd dim', () => engine.rotaryEmbedding([[1, 2, 3]], { dim: 1 }), 'InvalidArgument', 'dim'],
    ['a dim beyond the columns', () => engine.rotaryEmbedding([[1, 2]], { dim: 4 }), 'InvalidArgument', 'dim'],
    ['half a dim', () => engine.rotaryEmbedding([[1, 2]], { dim: 0.5 }), 'InvalidArgument', 'dim'],
    ['a base of 0', () => engine.rotaryEmbedding([[1, 2]], { base: 0 }), 'InvalidArgument', 'base'],
    ['no base', () => engine.rotaryEmbedding([[1, 2]], { base: NaN }), 'InvalidArgument', 'base'],
    ['an infinite base', () => engine.rotaryEmbedding([[1, 2]], { base: Infinity }), 'InvalidArgument', 'base'],
    ['a negative offset', () => engine.rotaryEmbedding([[1, 2]], { offset: -1 }), 'InvalidArgument', 'offset'],
    ['a gigantic offset', () => engine.rotaryEmbedding([[1, 2]], { offset: 2 ** 52 }), 'InvalidArgument', 'offset'],
    ['heads that do not divide', () => engine.rotaryEmbedding([[1, 2, 3]], { heads: 2 }), 'InvalidArgument', 'heads'],
    ['no heads', () => engine.rotaryEmbedding([[1, 2]], { heads: 0 }), 'InvalidArgument', 'heads'],
    ['cosines alone', () => engine.rotaryEmbedding([[1, 2]], { cos: table }), 'InvalidArgument', 'sin'],
    ['sines alone', () => engine.rotaryEmbedding([[1, 2]], { sin: table }), 'InvalidArgument', 'cos'],
    ['wide tables', () => engine.rotaryEmbedding([[1, 2]], { cos: table, sin: table }), 'InvalidShape', 'cos'],
    ['tables of two sizes', () => engine.rotaryEmbedding([[1, 2]], { cos: [[1]], sin: table }), 'InvalidShape', 'sin'],
    [
      'too few positions',
      () =>
        engine.rotaryEmbedding(
          [
            [1, 2],
            [3, 4],
          ],
          { positions: [1] },
        ),
      'InvalidShape',
      'positions',
    ],
    ['half a position', () => engine.rotaryEmbedding([[1, 2]], { positions: [0.5] }), 'InvalidArgument', 'positions'],
    [
      'a position beyond the table',
      () => engine.rotaryEmbedding([[1, 2]], { positions: [1], cos: [[1]], sin: [[0]] }),
      'InvalidArgument',
      'positions',
    ],
    [
      'a position before the table',
      () => engine.rotaryEmbedding([[1, 2]], { positions: [-1], cos: [[1]], sin: [[0]] }),
      'InvalidArgument',
      'positions',
    ],
    ['one dimension', () => engine.rotaryEmbedding([1, 2]), 'InvalidShape', 'x'],
  ])('refuse %s', (_, call, code, argument) => {
    expect(call).toThrow(HeadscopeError);
    expect(call).toThrow(expect.objectContaining({ code, argument }) as Error);
  });
});

describe('ALiBi slopes', () => {
  // As the authors' code prints them.
  it.each([
    [1, [2 ** -8]],
    [2, [2 ** -4, 2 ** -8]],
    [3, [2 ** -4, 2 ** -8, 2 ** -2]],
    [8, [1, 2, 3, 4, 5, 6, 7, 8].map((h) => 2 ** -h)],
    [12, [...[1, 2, 3, 4, 5, 6, 7, 8].map((h) => 2 ** -h), 2 ** -0.5, 2 ** -1.5, 2 ** -2.5, 2 ** -3.5]],
    [0, []],
  ])('of %i heads', (heads, expected) => {
    const slopes = engine.alibiSlopes(heads);
    expect(slopes).toHaveLength(expected.length);
    slopes.forEach((slope, head) => expect(slope / (expected[head] as number)).toBeCloseTo(1, 6));
  });

  it('are refused for half a head', () => {
    expect(() => engine.alibiSlopes(0.5)).toThrow(expect.objectContaining({ code: 'InvalidArgument' }) as Error);
  });
});

it('sinusoids stay right far from the first position', () => {
  const { data } = engine.sinusoidalPositions(5000, 7);
  for (const [position, column] of [
    [4999, 0],
    [4999, 5],
    [4321, 6],
  ] as const) {
    const angle = position / 10000 ** ((2 * Math.floor(column / 2)) / 7);
    expect(data[position * 7 + column]).toBeCloseTo(column % 2 === 0 ? Math.sin(angle) : Math.cos(angle), 6);
  }
});
