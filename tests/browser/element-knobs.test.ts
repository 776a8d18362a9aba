import { afterAll, beforeAll, expect, it } from 'vitest';
import { ElementFixture, drawVectors } from './element-fixture.js';
import type { WatchedPage } from './support/chromium.js';

let fixture: ElementFixture;
let watched: WatchedPage;

beforeAll(async () => {
  fixture = await ElementFixture.start();
  watched = await fixture.open();
});

afterAll(async () => {
  expect(watched.problems).toEqual([]);
  await fixture.stop();
});

/**
 * The largest distance, as a share of the textbook's weight, between what the element says of three rows of its last
 * head and softmax((softcap·tanh(scale·q·k / softcap) − slope·|i − j|) / temperature) in double, with q and k rotated as
 * complex numbers.
 */
function worst(): Promise<number> {
  return watched.page.evaluate(async () => {
    const { scope } = window.harness;
    const [query, key] = [scope.query, scope.key] as { data: Float32Array; shape: [number, number, number] }[];
    if (query === undefined || key === undefined) throw new Error('no vectors');
    const [heads, queries, depth] = query.shape;
    const keys = key.shape[1];
    const head = heads - 1;
    const vector = (data: Float32Array, row: number, position: number): number[] => {
      const given = Array.from(data.subarray(row * depth, (row + 1) * depth));
      if (scope.positions !== 'rotary') return given;
      return given.map((x, d) => {
        const pair = d % (depth / 2);
        const other = given[d < depth / 2 ? d + depth / 2 : pair] as number;
        const angle = position * Math.pow(10000, (-2 * pair) / depth);
        return x * Math.cos(angle) + (d < depth / 2 ? -other : other) * Math.sin(angle);
      });
    };
    const { scale = 1 / Math.sqrt(depth), softcap, temperature, causal, window: reach = Infinity } = scope;
    // The last of two heads.
    const slope = scope.positions === 'alibi' ? 2 ** -8 : 0;
    let most = 0;
    for (const i of [0, Math.floor(queries / 2), queries - 1]) {
      const q = vector(query.data, head * queries + i, i);
      const powers = Array.from({ length: keys }, (_, j) => {
        if ((causal && j > i) || Math.abs(i - j) > reach) return 0;
        const score = scale * vector(key.data, head * keys + j, j).reduce((sum, x, d) => sum + x * (q[d] as number), 0);
        const capped = softcap === 0 ? score : softcap * Math.tanh(score / softcap);
        return Math.exp((capped - slope * Math.abs(i - j)) / temperature);
      });
      const total = powers.reduce((a, b) => a + b);
      const row = await scope.getRow(head, i);
      powers.forEach((power, j) => {
        const expected = power / total;
        const distance = Math.abs((row[j] as number) - expected);
        // Where nothing is expected nothing may be.
        if (expected > 1e-30 || distance > 0) most = Math.max(most, distance / Math.max(expected, 1e-30));
      });
    }
    return most;
  });
}

const NONE = { temperature: 1, scale: undefined, causal: false, window: undefined, softcap: 0, positions: 'none' };

it.each([
  ['held', 40, 50],
  ['looked at', 2900, 3000],
] as const)('weights that are %s come about as the knobs say', async (_, queries, keys) => {
  for (const knobs of [
    { temperature: 0.5 },
    { temperature: 3, softcap: 1.5, scale: 0.4 },
    { positions: 'alibi', temperature: 2, causal: true },
    { positions: 'rotary', window: 7, temperature: 0.8 },
    { positions: 'alibi', softcap: 2, causal: true, window: 30 },
  ]) {
    await drawVectors(watched.page, [2, queries, keys, 8], { ...NONE, ...knobs });
    await expect.poll(() => watched.page.evaluate(() => window.harness.scope.result === null)).toBe(queries > 40);
    expect(await worst(), JSON.stringify(knobs)).toBeLessThan(1e-4);
  }
});
