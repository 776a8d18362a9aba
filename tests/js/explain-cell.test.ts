import { describe, expect, it } from 'vitest';
import { readScene, type Scene } from '../../web/element/scene.js';
import { DEFAULT_SETTINGS, type Knobs } from '../../web/element/settings.js';
import { explainCell, scoreOf, type CellExplanation } from '../../web/element/source/explain-cell.js';

const QUERY = [
  [
    [1, 2, 0, -1],
    [0.5, -1, 2, 1],
    [-2, 0.25, 1, 3],
  ],
  [
    [0, 1, 1, 0],
    [1, 0, 0, 1],
    [2, 2, -1, -1],
  ],
];
const KEY = [
  [
    [1, 0, 1, 0],
    [0, 1, 0, 1],
    [2, -1, 1, 0.5],
  ],
  [
    [1, 1, 1, 1],
    [-1, 2, 0, 1],
    [0, 0, 3, 0],
  ],
];

function scene(knobs: Partial<Knobs> = {}): Scene {
  const given = {
    query: QUERY,
    key: KEY,
    value: undefined,
    weights: undefined,
    tokens: undefined,
    keyTokens: undefined,
  };
  const rest = { words: undefined, image: undefined, patches: undefined, layers: false };
  return readScene({ ...given, ...rest, knobs: { ...DEFAULT_SETTINGS, ...knobs } }) as Scene;
}

function explained(knobs: Partial<Knobs>, head: number, query: number, key: number): CellExplanation {
  return explainCell(scene(knobs), head, query, key) as CellExplanation;
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

/** Rotation by complex numbers: components i and i + 2 are one number, turned by position·100^(-i). */
function turned([a = 0, b = 0, c = 0, d = 0]: readonly number[], position: number): number[] {
  const turn = (x: number, y: number, angle: number): [number, number] => {
    const length = Math.hypot(x, y);
    const direction = Math.atan2(y, x) + angle;
    return [length * Math.cos(direction), length * Math.sin(direction)];
  };
  const [a2, c2] = turn(a, c, position);
  const [b2, d2] = turn(b, d, position / 100);
  return [a2, b2, c2, d2];
}

/** The weights of a row as a textbook writes them. */
function softmax(scores: readonly number[]): number[] {
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  return scores.map((score) => Math.exp(score) / total);
}

describe('the explanation of a cell', () => {
  it('goes from the components to the weight', () => {
    const steps = explained({}, 0, 1, 2);
    expect([...steps.query]).toEqual([0.5, -1, 2, 1]);
    expect([...steps.key]).toEqual([2, -1, 1, 0.5]);
    expect([...steps.terms]).toEqual([1, 1, 2, 0.5]);
    expect([...steps.sums]).toEqual([1, 2, 4, 4.5]);
    expect(steps).toMatchObject({ dot: 4.5, scale: 0.5, scaled: 2.25, capped: 2.25, added: 0, score: 2.25 });
    // Scores of the row: (0.5 + 2) / 2, (-1 + 1) / 2, 4.5 / 2.
    expect(steps.rowMax).toBe(2.25);
    expect(steps.exponential).toBe(1);
    expect(steps.rowSum).toBeCloseTo(Math.exp(-1) + Math.exp(-2.25) + 1, 14);
    expect(steps.weight).toBeCloseTo(softmax([1.25, 0, 2.25])[2] as number, 14);
    expect(steps.masked).toBe(false);
  });

  it('applies scale, softcap, ALiBi and temperature in this order', () => {
    const knobs = { scale: 2, softcap: 3, positions: 'alibi', temperature: 4 } as const;
    // Two heads have the slopes 2^-4 and 2^-8.
    const score = (key: number): number =>
      (3 * Math.tanh((2 * dot(QUERY[1]?.[2] ?? [], KEY[1]?.[key] ?? [])) / 3) - 2 ** -8 * (2 - key)) / 4;
    const steps = explained(knobs, 1, 2, 0);
    expect(steps).toMatchObject({ dot: 2, scaled: 4, added: -(2 ** -7), temperature: 4 });
    expect(steps.capped).toBeCloseTo(3 * Math.tanh(4 / 3), 14);
    expect(steps.score).toBeCloseTo(score(0), 14);
    expect(steps.weight).toBeCloseTo(softmax([0, 1, 2].map(score))[0] as number, 14);
    expect(scoreOf(scene(knobs), 1, 2, 0)).toBe(steps.score);
  });

  it('rotates queries and keys to their positions', () => {
    const knobs = { positions: 'rotary' } as const;
    const score = (key: number): number => dot(turned(QUERY[0]?.[2] ?? [], 2), turned(KEY[0]?.[key] ?? [], key)) / 2;
    const steps = explained(knobs, 0, 2, 1);
    const { query, key } = steps.rotated ?? {};
    turned(QUERY[0]?.[2] ?? [], 2).forEach((component, i) => expect(query?.[i]).toBeCloseTo(component, 14));
    turned(KEY[0]?.[1] ?? [], 1).forEach((component, i) => expect(key?.[i]).toBeCloseTo(component, 14));
    // What can be changed are the vectors as they were given.
    expect([[...steps.query], [...steps.key]]).toEqual([QUERY[0]?.[2], KEY[0]?.[1]]);
    expect(explained({}, 0, 2, 1).rotated).toBeNull();
    expect(steps.score).toBeCloseTo(score(1), 14);
    expect(steps.weight).toBeCloseTo(softmax([0, 1, 2].map(score))[1] as number, 14);
  });

  it('leaves out what the causal mask and the window hide, and still says its score', () => {
    const causal = explained({ causal: true }, 0, 1, 2);
    expect(causal).toMatchObject({ masked: true, exponential: 0, weight: 0, score: 2.25, rowMax: 1.25 });
    expect(causal.rowSum).toBeCloseTo(1 + Math.exp(-1.25), 14);
    // A window of 1 on both sides: query 2 does not see key 0.
    expect(explained({ window: 1 }, 0, 2, 0)).toMatchObject({ masked: true, weight: 0 });
    expect(explained({ window: 1 }, 0, 0, 1).masked).toBe(false);
    expect(explained({ window: 0, causal: true }, 0, 2, 2).weight).toBe(1);
  });

  it('is the textbook for every combination of knobs, the steps each from the one before', () => {
    for (const causal of [false, true])
      for (const window of [undefined, 1])
        for (const softcap of [0, 2])
          for (const positions of ['none', 'alibi', 'rotary'] as const)
            for (const temperature of [1, 0.25])
              for (const scale of [undefined, -1.5])
                for (let cell = 0; cell < 18; ++cell) {
                  const [head, query, key] = [Math.floor(cell / 9), Math.floor(cell / 3) % 3, cell % 3] as const;
                  const knobs = { causal, window, softcap, positions, temperature, scale };
                  const placed = (vector: readonly number[] = [], position: number): readonly number[] =>
                    positions === 'rotary' ? turned(vector, position) : vector;
                  const sees = (other: number): boolean =>
                    (!causal || other <= query) && Math.abs(other - query) <= (window ?? 9);
                  const score = (other: number): number => {
                    const product = dot(placed(QUERY[head]?.[query], query), placed(KEY[head]?.[other], other));
                    const scaled = (scale ?? 0.5) * product;
                    const capped = softcap === 0 ? scaled : softcap * Math.tanh(scaled / softcap);
                    const distance = positions === 'alibi' ? 2 ** (-4 * (head + 1)) * Math.abs(query - other) : 0;
                    return (capped - distance) / temperature;
                  };
                  const powers = [0, 1, 2].map((other) => (sees(other) ? Math.exp(score(other)) : 0));
                  const weight = (powers[key] ?? NaN) / powers.reduce((sum, power) => sum + power, 0);
                  const said = `${JSON.stringify(knobs)} ${head} ${query} ${key}`;
                  const steps = explained(knobs, head, query, key);
                  expect(steps.score, said).toBeCloseTo(score(key), 12);
                  expect(steps.weight, said).toBeCloseTo(weight, 12);
                  expect(steps.masked, said).toBe(!sees(key));
                  expect(steps.dot, said).toBeCloseTo(steps.sums.at(-1) ?? NaN, 14);
                  expect(steps.scaled, said).toBe(steps.scale * steps.dot);
                  expect(steps.score, said).toBe((steps.capped + steps.added) / temperature);
                  expect(steps.exponential, said).toBe(sees(key) ? Math.exp(steps.score - steps.rowMax) : 0);
                }
  });

  it('is NaN for the whole row where a score is, and 0 where it is masked', () => {
    const broken = (key: number[][][]): Scene => ({ ...scene({ causal: true }), ...withKeys(key) });
    const withKeys = (key: number[][][]): Pick<Scene, 'vectors'> => {
      const { vectors } = scene();
      return { vectors: vectors && { ...vectors, key: Float32Array.from(key.flat(2)) } };
    };
    for (const wrong of [NaN, Infinity]) {
      const of = broken(KEY.map((head) => head.map((key, i) => (i === 1 ? [wrong, 1, 1, 1] : key))));
      // Query 0 does not see key 1; queries 1 and 2 do.
      expect(explainCell(of, 0, 0, 0)?.weight).toBe(1);
      expect(explainCell(of, 0, 1, 0)?.weight).toBeNaN();
      expect(explainCell(of, 0, 1, 1)?.weight).toBeNaN();
      expect(explainCell(of, 0, 1, 2)).toMatchObject({ weight: 0, masked: true });
    }
  });

  it('does not overflow', () => {
    const steps = explained({ scale: 1e4 }, 0, 1, 2);
    expect(steps.weight).toBe(1);
    expect(explained({ scale: 1e4 }, 0, 1, 1).weight).toBe(0);
  });

  it('knows nothing of ready weights', () => {
    const ready: Scene = { ...scene(), vectors: null };
    expect(explainCell(ready, 0, 0, 0)).toBeNull();
    expect(scoreOf(ready, 0, 0, 0)).toBeNull();
  });
});

describe('slopes of ALiBi', () => {
  it.each([
    // The paper's own example for 8 heads, and its rule for 3: two of 2 heads, then every other one of 4.
    [8, [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]],
    [3, [1 / 16, 1 / 256, 1 / 4]],
  ])('of %i heads', (heads, slopes) => {
    const rows = Array.from({ length: heads }, () => [[0], [0]]);
    const given = {
      query: rows,
      key: rows,
      value: undefined,
      weights: undefined,
      tokens: undefined,
      keyTokens: undefined,
    };
    const rest = { words: undefined, image: undefined, patches: undefined, layers: false };
    const of = readScene({ ...given, ...rest, knobs: { ...DEFAULT_SETTINGS, positions: 'alibi' } }) as Scene;
    expect(slopes.map((_, head) => -(scoreOf(of, head, 1, 0) ?? NaN))).toEqual(slopes);
  });
});
