// Where calls are cut. Rows are counted through all heads.
import { expect, it } from 'vitest';
import { Work, type Geometry } from '../../wasm-bindings/js/worker/split.js';

function geometry(heads: number, length: number, kvHeads = heads): Geometry {
  const sizes = { batch: 1, heads, kvHeads, queryLength: length, keyLength: length, pastLength: 0 };
  return { ...sizes, depth: 64, valueDepth: 64 };
}

it('whole heads go to each worker where they can', () => {
  expect(new Work(geometry(12, 256), {}).shares(2)).toEqual([0, 6 * 256, 12 * 256]);
  expect(new Work(geometry(16, 512), { causal: true }).shares(4)).toEqual([0, 4, 8, 12, 16].map((head) => head * 512));
});

it('the halves of a causal head cost the same, and do not have as many rows', () => {
  const [start, middle, end] = new Work(geometry(1, 8192), { causal: true }).shares(2);
  expect([start, end]).toEqual([0, 8192]);
  // The triangle above row 8192/√2 = 5793 is half of the whole.
  expect(Math.abs((middle as number) - 5793)).toBeLessThanOrEqual(64);
  expect((middle as number) % 64).toBe(0);
});

it('a window makes rows cost the same again', () => {
  const [, middle] = new Work(geometry(1, 8192), { causal: true, window: { left: 16 } }).shares(2);
  expect(Math.abs((middle as number) - 4096)).toBeLessThanOrEqual(64);
});

it('a batch element with few keys is little work', () => {
  const sizes = { ...geometry(1, 4096), batch: 2 };
  const [, middle] = new Work(sizes, { keyLengths: [4096, 16] }).shares(2);
  expect(middle).toBeLessThan(2200);
});

it('work that is not worth a message stays whole', () => {
  expect(new Work(geometry(12, 16), {}).shares(8)).toEqual([0, 12 * 16]);
});

it('heads are cut at blocks of 64 rows, and no rest is shorter than 8', () => {
  for (const length of [64, 71, 72, 100, 135, 136, 700]) {
    const work = new Work(geometry(1, length), {});
    const ends: number[] = [];
    for (let row = 0; row < length;) {
      const step = work.step(row, length, 1);
      row += step.rows;
      ends.push(row);
    }
    expect(ends.at(-1)).toBe(length);
    expect(ends.slice(0, -1).every((end) => end % 64 === 0 && length - end >= 8)).toBe(true);
  }
});

it('heads that share keys go together, or those of one key alone', () => {
  const work = new Work(geometry(12, 64, 3), {});
  const heads: [number, number][] = [];
  for (let row = 64; row < 12 * 64;) {
    const step = work.step(row, 12 * 64, Infinity);
    heads.push([step.head, step.heads]);
    row += step.heads * step.rows;
  }
  expect(heads).toEqual([
    [1, 3],
    [4, 8],
  ]);
});
