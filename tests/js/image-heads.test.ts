import { describe, expect, it } from 'vitest';
import { patchHeads } from '../../web/demo/inputs/image-heads.js';

const SIDE = 8;

/** A grey patch of 8 x 8 as one token. */
function patch(value: (x: number, y: number) => number): number[] {
  return Array.from({ length: SIDE * SIDE }, (_, pixel) => value(pixel % SIDE, Math.floor(pixel / SIDE)));
}

function project(
  token: readonly number[],
  { data, shape }: { data: Float32Array; shape: readonly number[] },
): number[] {
  const width = shape[1] ?? 0;
  return Array.from({ length: width }, (_, column) =>
    token.reduce((sum, value, row) => sum + value * (data[row * width + column] ?? NaN), 0),
  );
}

/** The score of two tokens in a head of the given name, at the scale 1/sqrt(D). */
function score(name: string, query: readonly number[], key: readonly number[]): number {
  const head = patchHeads(1).find((candidate) => candidate.name === name);
  if (head === undefined) throw new Error(`no head is called ${name}`);
  const q = project(query, head.query);
  const k = project(key, head.key);
  return q.reduce((sum, value, index) => sum + value * (k[index] ?? NaN), 0) / Math.sqrt(q.length);
}

// Each has a root mean square of 1, as normalised patches have.
const light = patch(() => 1);
const dark = patch(() => -1);
const lightAbove = patch((_, y) => (y < SIDE / 2 ? 1 : -1));
const lightBelow = patch((_, y) => (y < SIDE / 2 ? -1 : 1));
const lightLeft = patch((x) => (x < SIDE / 2 ? 1 : -1));

describe('patchHeads', () => {
  it('alike: the same is 7, the opposite -7, the unrelated 0', () => {
    expect(score('alike', light, light)).toBeCloseTo(7, 5);
    expect(score('alike', light, dark)).toBeCloseTo(-7, 5);
    expect(score('alike', lightAbove, lightLeft)).toBeCloseTo(0, 5);
  });

  it('brightness: sees the mean alone', () => {
    expect(score('brightness', light, light)).toBeCloseTo(7, 5);
    expect(score('brightness', lightAbove, lightAbove)).toBeCloseTo(0, 5);
  });

  it('pattern: sees everything but the mean', () => {
    expect(score('pattern', light, light)).toBeCloseTo(0, 5);
    expect(score('pattern', lightAbove, lightAbove)).toBeCloseTo(28, 4);
    expect(score('pattern', lightAbove, lightBelow)).toBeCloseTo(-28, 4);
  });

  it('mirrored: looks at what is upside down', () => {
    expect(score('mirrored', lightAbove, lightBelow)).toBeCloseTo(7, 5);
    expect(score('mirrored', lightAbove, lightAbove)).toBeCloseTo(-7, 5);
    expect(score('mirrored', lightLeft, lightLeft)).toBeCloseTo(7, 5);
  });

  it('fits below: compares the bottom edge with top edges', () => {
    expect(score('fits below', lightAbove, dark)).toBeCloseTo(7, 5);
    expect(score('fits below', lightAbove, lightBelow)).toBeCloseTo(7, 5);
    expect(score('fits below', lightAbove, lightAbove)).toBeCloseTo(-7, 5);
  });

  it('fits right: compares the right edge with left edges', () => {
    expect(score('fits right', lightLeft, dark)).toBeCloseTo(7, 5);
    expect(score('fits right', lightLeft, lightLeft)).toBeCloseTo(-7, 5);
  });

  it('in colour, keeps the channels apart', () => {
    const heads = patchHeads(3);
    expect(heads.map(({ query, key }) => [query.shape, key.shape])).toEqual(
      heads.map(() => [
        [192, 48],
        [192, 48],
      ]),
    );
    const red = Array.from({ length: 192 }, (_, index) => (index % 3 === 0 ? Math.sqrt(3) : 0));
    const green = Array.from({ length: 192 }, (_, index) => (index % 3 === 1 ? Math.sqrt(3) : 0));
    const colour = heads.find(({ name }) => name === 'colour');
    if (colour === undefined) throw new Error('no head compares colours');
    const [q, k, other] = [project(red, colour.query), project(red, colour.key), project(green, colour.key)];
    const dot = (b: readonly number[]): number => q.reduce((sum, value, index) => sum + value * (b[index] ?? NaN), 0);
    expect(dot(k) / Math.sqrt(48)).toBeCloseTo(7, 5);
    expect(dot(other)).toBeCloseTo(0, 5);
  });

  it('says of every head what it compares', () => {
    for (const { description } of patchHeads(3)) expect(description).toMatch(/^Compares .*: .*\.$/);
  });
});
