import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTensor } from 'headscope';
import type { Settings } from 'headscope/element';
import { DEFAULT_CONTROLS } from '../../web/demo/controls.js';
import type { Problem } from '../../web/demo/problem.js';
import { javaScriptFor } from '../../web/demo/snippet.js';
import type { Turned } from '../../web/demo/trace.js';
import { repositoryRoot } from '../browser/support/paths.js';

const PLAIN: Settings = {
  ...{ temperature: 1, scale: undefined, causal: false, window: undefined, softcap: 0, positions: 'none' },
  ...{ view: ['matrix'], head: 0, heads: [], composite: 'none', sort: 'none', colorScale: 'auto', domain: 'shared' },
  ...{ pooling: 'max', topK: 0, mass: 1, hide: [], mergeWords: false },
};
const turned = (settings: Partial<Settings>, more: Partial<Turned> = {}): Turned => ({
  ...{ edits: [], compared: false, settings: { ...PLAIN, ...settings } },
  ...more,
});

const Q = [
  [1, 2],
  [0.5, -1],
  [-2, 0.25],
];
const K = [
  [2, 0],
  [1, 1],
  [-1, 0.5],
];
const IDENTITY = toTensor([
  [1, 0],
  [0, 1],
]);
const TOKENS = ['a', 'b', 'c'];

/** Two heads, the second with queries and keys in each other's place. */
const QKV: Problem & { readonly kind: 'qkv' } = {
  ...{ kind: 'qkv', scale: 0.5, temperature: 2, causal: true },
  feed: {
    ...{ kind: 'qkv', tokens: TOKENS, keyTokens: TOKENS, source: 'a test' },
    ...{ query: toTensor([Q, K]), key: toTensor([K, Q]) },
  },
};

/** One head of which query and key are x: Q. */
const VECTORS: Problem & { readonly kind: 'vectors' } = {
  ...{ kind: 'vectors', scale: 0.5, temperature: 2, causal: true, positions: false, seed: DEFAULT_CONTROLS.seed },
  ...{ feed: { kind: 'vectors', x: toTensor(Q), tokens: TOKENS, source: 'a test' }, x: toTensor(Q) },
  ...{ query: toTensor([Q]), key: toTensor([Q]) },
  heads: [
    {
      ...{ name: 'own', description: '', source: 'own' },
      projections: { query: IDENTITY, key: IDENTITY, value: IDENTITY },
    },
  ],
};

interface Knobs {
  readonly softcap?: number;
  readonly slope?: number;
  readonly turns?: boolean;
  readonly sees?: (query: number, key: number) => boolean;
}

/** Causal, with the scale and temperature above, in double precision. */
function byHand(query: number[][], key: number[][], { softcap = 0, slope = 0, turns, sees }: Knobs): number[] {
  const at = ([a = 0, b = 0]: number[], angle: number): [number, number] =>
    turns ? [a * Math.cos(angle) - b * Math.sin(angle), b * Math.cos(angle) + a * Math.sin(angle)] : [a, b];
  return query.flatMap((q, i) => {
    const powers = key.map((k, j) => {
      const [one, other] = [at(q, i), at(k, j)];
      const scaled = (one[0] * other[0] + one[1] * other[1]) * 0.5;
      const capped = softcap > 0 ? softcap * Math.tanh(scaled / softcap) : scaled;
      return j > i || sees?.(i, j) === false ? 0 : Math.exp((capped - slope * Math.abs(i - j)) / 2);
    });
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => (sum === 0 ? 0 : power / sum));
  });
}

let folder: string;
beforeAll(async () => {
  // A project of somebody else, with the package installed.
  folder = await mkdtemp(join(tmpdir(), 'headscope-program-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(repositoryRoot, join(folder, 'node_modules', 'headscope'), 'dir');
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs a program in Node as it is, and returns its weights, one list for each head. */
async function run(program: string): Promise<number[][]> {
  const file = join(folder, 'program.mjs');
  await writeFile(file, `${program}\nconsole.log(JSON.stringify(weights.map(({ data }) => [...data])));\n`);
  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as number[][];
}

const CASES: [string, Partial<Settings>, (slope: number) => Knobs][] = [
  ['scale, temperature and causal', {}, () => ({})],
  ['softcap and window', { softcap: 1, window: 1 }, () => ({ softcap: 1, sees: (q, k) => Math.abs(q - k) <= 1 })],
  ['hidden keys', { hide: [1] }, () => ({ sees: (_, k) => k !== 1 })],
  ['rotary positions', { positions: 'rotary' }, () => ({ turns: true })],
  ['ALiBi and softcap', { positions: 'alibi', softcap: 2 }, (slope) => ({ softcap: 2, slope })],
];

describe('a copied program computes what the picture shows', () => {
  it.each(CASES)('%s', async (_, settings, knobs) => {
    const close = (got: readonly number[] | undefined, expected: readonly number[]): void => {
      expect(got?.length).toBe(expected.length);
      got?.forEach((weight, index) => expect(weight).toBeCloseTo(expected[index] ?? NaN, 6));
    };
    // The slopes of one head, and of two: 2^-8; 2^-4 and 2^-8.
    close((await run(javaScriptFor(VECTORS, turned(settings))))[0], byHand(Q, Q, knobs(2 ** -8)));
    const [first, second] = await run(javaScriptFor(QKV, turned(settings)));
    close(first, byHand(Q, K, knobs(2 ** -4)));
    close(second, byHand(K, Q, knobs(2 ** -8)));
  });

  it('and says what of the picture it does not', () => {
    const edit = { tensor: 'query', head: 0, index: 0, component: 0, value: 1 } as const;
    const program = javaScriptFor(VECTORS, turned({ composite: 'mean', topK: 2, mass: 0.5 }, { edits: [edit] }));
    const note = program.split('\n').find((line) => line.startsWith('// The picture shows besides'));
    for (const part of ['mean of heads', '2 largest', '0.5', 'numbers of q and k']) expect(note).toContain(part);
    expect(javaScriptFor(VECTORS, turned({ view: ['lines'] }))).not.toContain('The picture shows besides');
  });
});
