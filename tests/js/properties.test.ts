// Attention with random shapes and options, some of which make no sense. HEADSCOPE_SEED=SEED begins with that seed.
import { describe, expect, it } from 'vitest';
import { HeadscopeError, type AttentionOptions, type Headscope, type Tensor } from 'headscope';
import { FLAVOURS, loadFlavour } from '../support/flavours.js';
import { largestDifference } from '../support/reference-attention.js';
import { referenceOperator, type ReferenceOptions } from '../support/reference-operator.js';

const RUNS = 400;
const firstSeed = Number(process.env['HEADSCOPE_SEED'] ?? Math.floor(Math.random() * 1e9));

/** Random decisions (mulberry32). */
class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** In [0, 1) */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  maybe<T>(probability: number, make: () => T): T | undefined {
    return this.chance(probability) ? make() : undefined;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.between(0, from.length - 1)] as T;
  }

  tensor(spread: number, ...shape: number[]): Tensor {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return { data: Float32Array.from({ length: count }, () => (this.unit() - 0.5) * 2 * spread), shape };
  }
}

interface Call {
  readonly tensors: readonly [query: Tensor, key: Tensor, value: Tensor];
  readonly options: ReferenceOptions;
}

function randomCall(draw: Draw): Call {
  const [B, Hkv, Lq, Lk, D, Dv] = [2, 2, 20, 30, 12, 12].map((most) => draw.between(1, most)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const H = Hkv * draw.between(1, 3);
  const side = (): number => draw.between(-1, 9);
  const maskShape = [B, H, Lq, Lk].map((extent) => (draw.chance(0.4) ? 1 : extent)).slice(draw.between(0, 3));
  const mask = draw.tensor(3, ...maskShape);
  const boolean = draw.chance(0.5);
  return {
    tensors: [draw.tensor(2, B, H, Lq, D), draw.tensor(2, B, Hkv, Lk, D), draw.tensor(2, B, Hkv, Lk, Dv)],
    options: {
      scale: draw.maybe(0.3, () => draw.unit() * 2 - 1),
      softcap: draw.maybe(0.3, () => draw.unit() * 5),
      causal: draw.maybe(0.4, () => draw.chance(0.5)),
      window: draw.maybe(0.3, () => ({ left: draw.maybe(0.7, side), right: draw.maybe(0.7, side) })),
      alignment: draw.maybe(0.5, () => draw.pick(['top-left', 'bottom-right'])),
      alibi: draw.maybe(0.3, () => draw.tensor(1, H)),
      sinks: draw.maybe(0.3, () => draw.tensor(3, H)),
      keyLengths: draw.maybe(0.3, () => Array.from({ length: B }, () => draw.between(0, Lk))),
      dropout: draw.maybe(0.2, () => ({ probability: draw.unit() * 0.9, seed: draw.between(0, 2 ** 32 - 1) })),
      mask: draw.maybe(0.4, () => ({
        data: boolean
          ? Uint8Array.from(mask.data, (v) => (v > 0 ? 1 : 0))
          : mask.data.map((v) => (v < -2 ? -Infinity : v)),
        shape: maskShape,
      })),
    },
  };
}

/** What does not belong into options and tensors, or only sometimes. */
const nonsense: readonly unknown[] = [
  undefined,
  null,
  NaN,
  Infinity,
  -Infinity,
  -1,
  0,
  1.5,
  2 ** 32,
  2 ** 53,
  -(2 ** 31),
  1e300,
  true,
  false,
  '',
  '3',
  'bottom-right',
  7n,
  Symbol('s'),
  () => 1,
  {},
  [],
  [[]],
  [[1], [2, 3]],
  [NaN],
  [[[[[[[[[1]]]]]]]]],
  new Float32Array(3),
  new Float64Array([1e308]),
  new Date(0),
  { data: [1, 2, 3], shape: [2] },
  { data: new Float32Array(4), shape: [2, 2] },
  { data: new Float32Array(4), shape: [-2, -2] },
  { data: new Float32Array(0), shape: [0, 2 ** 40] },
  { data: 'four', shape: [4] },
  { shape: [1e9, 1e9] },
  { left: -2 },
  { right: 0.5 },
  { left: 1e15, right: 1e15 },
  { probability: 1, seed: 0 },
  { probability: -0.1, seed: 0 },
  { probability: 0.5 },
  { probability: 0.5, seed: -1 },
];

const optionNames = [
  'scale',
  'softcap',
  'causal',
  'window',
  'alignment',
  'alibi',
  'sinks',
  'keyLengths',
  'dropout',
  'mask',
  'heads',
  'kvHeads',
  'pastKey',
  'pastValue',
  'needWeights',
  'needLogSumExp',
  'needScores',
] as const;

function check(engine: Headscope, { tensors, options }: Call): void {
  const expected = referenceOperator(...tensors, options);
  const alone = engine.attention(...tensors, options);
  const { output, weights } = engine.attention(...tensors, { ...options, needWeights: true });
  expect(largestDifference(output.data, expected.output)).toBeLessThan(3e-5);
  expect(largestDifference(alone.output.data, expected.output)).toBeLessThan(3e-5);
  expect(largestDifference(weights?.data ?? [], expected.weights)).toBeLessThan(3e-5);
}

describe.each(FLAVOURS)('%s', (flavour) => {
  it(`agrees with a reference of its own in ${RUNS} calls from seed ${firstSeed} on`, async () => {
    const engine = await loadFlavour(flavour);
    for (let seed = firstSeed; seed < firstSeed + RUNS; ++seed) {
      const call = randomCall(new Draw(seed));
      try {
        check(engine, call);
      } catch (error) {
        throw new Error(`seed ${seed}: ${JSON.stringify(call.options)}`, { cause: error });
      }
    }
  });

  it(`answers nonsense with an error of its own, or not at all, in ${10 * RUNS} calls from seed ${firstSeed} on`, async () => {
    const engine = await loadFlavour(flavour);
    let refusals = 0;
    for (let seed = firstSeed; seed < firstSeed + 10 * RUNS; ++seed) {
      const draw = new Draw(seed);
      const call = randomCall(draw);
      const tensors: unknown[] = [...call.tensors];
      if (draw.chance(0.2)) tensors[draw.between(0, 2)] = draw.pick(nonsense);
      const wrong = Array.from(
        { length: draw.between(1, 3) },
        () => [draw.pick(optionNames), draw.pick(nonsense)] as const,
      );
      const options: unknown = { ...call.options, ...Object.fromEntries(wrong) };
      try {
        engine.attention(...(tensors as unknown as Call['tensors']), options as AttentionOptions);
      } catch (error) {
        const what = wrong.map(([name, value]) => `${name} ${String(value)}`).join(', ');
        expect(error, `seed ${seed}: ${what}`).toBeInstanceOf(HeadscopeError);
        ++refusals;
      }
      // Scores 0 and 0 share the values evenly, whatever was asked before.
      if (seed % 50 === 0) expect([...engine.attention([[0]], [[1], [2]], [[2], [4]]).output.data]).toEqual([3]);
    }
    expect(refusals).toBeGreaterThan(RUNS);
  });
});
