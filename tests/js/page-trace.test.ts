import { beforeAll, describe, expect, it } from 'vitest';
import { load, toTensor, type Headscope, type Tensor } from 'headscope';
import type { Settings } from 'headscope/element';
import { DEFAULT_CONTROLS } from '../../web/demo/controls.js';
import type { Feed } from '../../web/demo/feed.js';
import { buildProblem } from '../../web/demo/problem.js';
import { traceOf, unseen, type Trace, type Turned } from '../../web/demo/trace.js';

type Engine = Parameters<typeof traceOf>[3] & Awaited<ReturnType<Parameters<typeof buildProblem>[2]>>;

type Rows = readonly (readonly number[])[];

const X = [
  [0, 2, 1, -1],
  [2, 1, 0, 0.5],
  [2, 0, 1, 1],
  [-1, 0.5, 2, 0],
];
const matrix = (seed: number): number[][] =>
  Array.from({ length: 4 }, (_, row) => Array.from({ length: 4 }, (__, i) => ((row * 5 + i * 3 + seed) % 7) / 4 - 0.7));
const [WQ, WK, WV] = [matrix(0), matrix(2), matrix(5)];
const HEADS = 2;
const DEPTH = 2;

const FEED: Feed & { readonly kind: 'vectors' } = {
  kind: 'vectors',
  x: toTensor(X),
  tokens: ['a', 'b', 'c', 'd'],
  projections: { query: toTensor(WQ), key: toTensor(WK), value: toTensor(WV) },
  source: 'a test',
};

const PLAIN: Settings = {
  ...{ temperature: 1, scale: undefined, causal: false, window: undefined, softcap: 0, positions: 'none' },
  ...{ view: ['matrix'], head: 0, heads: [], composite: 'none', sort: 'none', colorScale: 'auto', domain: 'shared' },
  ...{ pooling: 'max', topK: 0, mass: 1, hide: [], mergeWords: false },
};

let engine: Engine;
beforeAll(async () => {
  const headscope: Headscope = await load();
  const later =
    <A extends unknown[], R>(call: (...given: A) => R) =>
    (...given: A): Promise<R> =>
      Promise.resolve(call(...given));
  engine = {
    attention: later(headscope.attention.bind(headscope)),
    selfAttention: later(headscope.selfAttention.bind(headscope)),
    rotaryEmbedding: later(headscope.rotaryEmbedding.bind(headscope)),
    linear: later(headscope.linear.bind(headscope)),
  } as unknown as Engine;
});

async function traced(head: number, settings: Partial<Settings>, edits: Turned['edits'] = [], causal = false) {
  const controls = { ...DEFAULT_CONTROLS, heads: HEADS, headDim: DEPTH, causal };
  const { temperature = 1 } = settings;
  const problem = await buildProblem(FEED, { ...controls, temperature }, () => Promise.resolve(engine));
  if (problem.kind !== 'vectors') throw new Error('expected vectors');
  const trace = await traceOf(problem, head, { settings: { ...PLAIN, ...settings }, edits, compared: false }, engine);
  if (trace === null) throw new Error('expected a trace');
  return { problem, trace: { ...trace, editable: true } };
}

const times = (left: Rows, right: Rows): number[][] =>
  left.map((row) => (right[0] ?? []).map((_, c) => row.reduce((sum, v, i) => sum + v * (right[i]?.[c] ?? NaN), 0)));
const columns = (rows: Rows, head: number): number[][] =>
  rows.map((row) => row.slice(head * DEPTH, (head + 1) * DEPTH));

interface Knobs {
  readonly softcap?: number;
  readonly temperature?: number;
  readonly slope?: number;
  readonly turned?: boolean;
  readonly sees?: (query: number, key: number) => boolean;
  readonly edit?: (q: number[][], k: number[][]) => void;
}

/** The same in double precision, as the equations have it. */
function byHand(head: number, { softcap = 0, temperature = 1, slope = 0, turned, sees, edit }: Knobs) {
  const [q, k, v] = [WQ, WK, WV].map((w) => times(X, columns(w, head))) as [number[][], number[][], number[][]];
  edit?.(q, k);
  // Two components: one pair, turned by as many radians as its position.
  const at = ([a = 0, b = 0]: readonly number[], angle: number): number[] =>
    turned ? [a * Math.cos(angle) - b * Math.sin(angle), b * Math.cos(angle) + a * Math.sin(angle)] : [a, b];
  const scores = q.map((qRow, i) =>
    k.map((kRow, j) => {
      const [one, other] = [at(qRow, i), at(kRow, j)];
      const scaled = one.reduce((sum, part, c) => sum + part * (other[c] ?? NaN), 0) / Math.sqrt(DEPTH);
      const capped = softcap > 0 ? softcap * Math.tanh(scaled / softcap) : scaled;
      return (capped - slope * Math.abs(i - j)) / temperature;
    }),
  );
  const weights = scores.map((row, i) => {
    const powers = row.map((score, j) => (sees?.(i, j) === false ? 0 : Math.exp(score)));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => (sum === 0 ? 0 : power / sum));
  });
  return { scores, weights, output: times(weights, v) };
}

function agrees(trace: Trace, expected: ReturnType<typeof byHand>): void {
  for (const name of ['scores', 'weights', 'output'] as const) {
    const flat = expected[name].flat();
    trace[name].data.forEach((value, index) => expect(value, `${name}[${index}]`).toBeCloseTo(flat[index] ?? NaN, 5));
    expect(trace[name].data.length).toBe(flat.length);
  }
}

const CASES: [string, Partial<Settings>, (head: number) => Knobs][] = [
  ['nothing', {}, () => ({})],
  ['softcap', { softcap: 0.5 }, () => ({ softcap: 0.5 })],
  ['temperature after softcap', { softcap: 1.5, temperature: 3 }, () => ({ softcap: 1.5, temperature: 3 })],
  ['window', { window: 1 }, () => ({ sees: (q, k) => Math.abs(q - k) <= 1 })],
  ['hidden keys', { hide: [0, 2] }, () => ({ sees: (_, k) => k !== 0 && k !== 2 })],
  // The slopes of two heads, as the paper has them: 2^-4 and 2^-8.
  ['ALiBi', { positions: 'alibi', temperature: 0.5 }, (head) => ({ slope: 2 ** (-4 * (head + 1)), temperature: 0.5 })],
  ['rotary', { positions: 'rotary' }, () => ({ turned: true })],
];

describe.each([0, 1])('head %i is worked out as the picture shows it', (head) => {
  it.each(CASES)('%s', async (_name, settings, knobs) => {
    const { trace } = await traced(head, settings);
    agrees(trace, byHand(head, knobs(head)));
  });
});

describe('a head', () => {
  it('has what was typed over in it, and in no other', async () => {
    const edits = [
      { tensor: 'query', head: 1, index: 2, component: 0, value: 3 },
      { tensor: 'key', head: 0, index: 0, component: 1, value: 9 },
    ] as const;
    const { trace } = await traced(1, {}, edits);
    const edit = (q: number[][]): void => void ((q[2] ?? [])[0] = 3);
    agrees(trace, byHand(1, { edit }));
    expect(trace.knobs?.edits).toEqual([edits[0]]);
  });

  it('says why a key is not seen: hidden before masked, causal before the window', async () => {
    const { trace } = await traced(0, { window: 1, hide: [3] }, [], true);
    agrees(trace, byHand(0, { sees: (q, k) => k <= q && q - k <= 1 && k !== 3 }));
    const why = [0, 1, 2, 3].map((key) => unseen(trace, 1, key));
    expect(why).toEqual([null, null, 'causal', 'hidden']);
    expect(unseen(trace, 2, 0)).toBe('window');
  });

  it('is 0 where every key of a row is hidden', async () => {
    const { trace } = await traced(0, { hide: [0, 1, 2, 3] });
    const weights: Tensor = trace.weights;
    expect([...weights.data]).toEqual(Array(16).fill(0));
  });
});
