import { describe, expect, it } from 'vitest';
import { readScene, type Scene, type SceneInput } from '../../web/element/scene.js';
import { DEFAULT_SETTINGS, type Settings } from '../../web/element/settings.js';
import type { HeadWeights, TileRequest } from '../../web/element/source/head-weights.js';
import { openPicture } from '../../web/element/source/open-picture.js';
import type { Picture } from '../../web/element/source/picture.js';
import { MASKED } from '../../web/views/pooling.js';

const M = MASKED;

/** Two heads of three tokens, causal: the first looks at the first token, the other at itself. */
const HEADS = [
  [
    [1, 0, 0],
    [0.75, 0.25, 0],
    [0.5, 0.25, 0.25],
  ],
  [
    [1, 0, 0],
    [0.125, 0.875, 0],
    [0, 0.25, 0.75],
  ],
];

function scene(input: Partial<SceneInput>): Scene {
  const nothing = { query: undefined, key: undefined, value: undefined, weights: undefined, image: undefined };
  const names = { tokens: undefined, keyTokens: undefined, words: undefined, patches: undefined, layers: false };
  return readScene({ ...nothing, ...names, knobs: DEFAULT_SETTINGS, ...input }) as Scene;
}

/** A picture, and what it said. */
class Opened {
  readonly said: string[] = [];
  readonly picture: Picture;
  readonly ready: Promise<void>;

  constructor(input: Partial<SceneInput>) {
    let isReady: () => void = () => undefined;
    this.ready = new Promise((resolve) => (isReady = resolve));
    this.picture = openPicture(scene(input), 1, {
      changed: () => this.said.push('changed'),
      progress: () => this.said.push('progress'),
      ready: () => {
        this.said.push('ready');
        isReady();
      },
      failed: (error) => this.said.push(String(error)),
    });
  }

  /** Asks until it is known, as drawing again does. */
  async known<T>(ask: () => T | null): Promise<T> {
    for (;;) {
      const answer = ask();
      if (answer !== null) return answer;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

async function opened(input: Partial<SceneInput>): Promise<Opened> {
  const one = new Opened(input);
  await one.ready;
  return one;
}

const causal = { ...DEFAULT_SETTINGS, causal: true };
const showing = (change: Partial<Settings>): Settings => ({ ...causal, ...change });

function whole(rows: number, columns: number, height: number, width: number): TileRequest {
  return { rows: { first: 0, count: rows }, columns: { first: 0, count: columns }, height, width, pooling: 'max' };
}

describe('a picture of weights in memory', () => {
  it('knows its heads, what they have in common, and what they do', async () => {
    const { picture, said, known } = await opened({ weights: HEADS, knobs: causal });
    expect(picture).toMatchObject({ whole: true, canTransform: true, known: 2, max: 1, min: 0 });
    expect(picture).toMatchObject({ hasMasked: true, hasInvalid: false });
    expect(said.at(-1)).toBe('ready');
    expect(Array.from(picture.thumbnail(0)?.values ?? [])).toEqual([1, M, M, 0.75, 0.25, M, 0.5, 0.25, 0.25]);
    const head = picture.head(1);
    expect(head).toMatchObject({ rows: 3, columns: 3, whole: true, range: [0, 1] });
    expect(Array.from(head.row(1) ?? [])).toEqual([0.125, 0.875, M]);
    expect(Array.from(head.column(1) ?? [])).toEqual([M, 0.875, 0.25]);
    expect(picture.order('none')).toEqual([0, 1]);
    await known(() => picture.statistics(1));
    expect(picture.order('sink')).toEqual([0, 1]);
    expect(picture.order('diagonal')).toEqual([1, 0]);
    expect(picture.score(0, 0, 0)).toBeNull();
  });

  it('gives the same object as long as its numbers are the same', async () => {
    const { picture } = await opened({ weights: HEADS, knobs: causal });
    expect(picture.shown(showing({}))).toBe(picture.head(0));
    const top = picture.shown(showing({ topK: 1 }));
    expect(picture.shown(showing({ topK: 1, colorScale: 'log' }))).toBe(top);
    expect(picture.shown(showing({ topK: 1, head: 1 }))).not.toBe(top);
  });

  it('composes, filters and hides', async () => {
    const { picture, known, said } = await opened({ weights: HEADS, knobs: causal });
    const row = async (change: Partial<Settings>, query: number): Promise<number[]> =>
      Array.from(await known(() => picture.shown(showing(change)).row(query)));
    expect(picture.shown(showing({ composite: 'mean' })).whole).toBe(false);
    expect(await row({ composite: 'mean' }, 1)).toEqual([0.4375, 0.5625, M]);
    expect(said.at(-1)).toBe('changed');
    expect(await row({ composite: 'max', heads: [1] }, 2)).toEqual([0, 0.25, 0.75]);
    expect(await row({ composite: 'max', topK: 1 }, 2)).toEqual([M, M, 0.75]);
    expect(await row({ hide: [0] }, 2)).toEqual([M, 0.5, 0.5]);
    // Thumbnails and the scale that heads share follow: without key 0 the first head's largest is 1 once more.
    await known(() => (picture.thumbnail(0)?.values[8] === 0.5 ? true : null));
    expect(Array.from(picture.thumbnail(0)?.values ?? [])).toEqual([0, M, M, 0, 1, M, 0, 0.5, 0.5]);
    picture.shown(showing({ topK: 1 }));
    await known(() => (picture.thumbnail(0)?.values[8] === 0 ? true : null));
    expect(Array.from(picture.thumbnail(0)?.values ?? [])).toEqual([1, M, M, 0.75, 0, M, 0.5, 0, 0]);
    picture.shown(showing({}));
    expect(picture.thumbnail(0)?.values[0]).toBe(1);
    expect(picture.thumbnail(0)?.values[8]).toBe(0.25);
  });

  it('calls nothing masked that is hidden or left out', async () => {
    const { picture, known } = await opened({ weights: [[[0.5, 0.25, 0.25]]] });
    expect(picture.hasMasked).toBe(false);
    picture.shown({ ...DEFAULT_SETTINGS, hide: [1], topK: 1 });
    await known(() => (picture.thumbnail(0)?.values[1] === 0 ? true : null));
    expect(picture.hasMasked).toBe(false);
  });

  it('knows all the weights of which a filter left the largest', async () => {
    const { picture, known } = await opened({ weights: HEADS, knobs: causal });
    expect(picture.head(0).unfiltered).toBeUndefined();
    expect(picture.shown(showing({ topK: 1 })).unfiltered).toBe(picture.head(0));
    const both = showing({ composite: 'mean', mass: 0.5 });
    const mean = await known(() => picture.shown(both).unfiltered?.row(1) ?? null);
    expect(Array.from(mean)).toEqual([0.4375, 0.5625, M]);
    const [one, other] = [0, 1].map((head) => picture.shown(showing({ topK: 1, head }))) as [HeadWeights, HeadWeights];
    const difference = picture.difference(one, other);
    expect(Array.from(await known(() => difference.row(2)))).toEqual([0.5, M, -0.75]);
    expect(Array.from(await known(() => difference.unfiltered?.row(2) ?? null))).toEqual([0.5, 0, -0.5]);
  });

  it('tells what heads do without the keys that are hidden, and in what order they are', async () => {
    const { picture, known } = await opened({ weights: HEADS, knobs: causal });
    await known(() => picture.statistics(1));
    expect(picture.statistics(0)?.firstKey).toBe(0.75);
    expect(picture.order('sink')).toEqual([0, 1]);
    const hidden = { ...showing({}), hide: [0] };
    picture.shown(hidden);
    // Never those of other weights than are shown.
    expect(picture.statistics(0)).toBeNull();
    const { firstKey, diagonal, entropy } = await known(() => picture.statistics(1));
    // The first query sees nothing any more; the others look at themselves with 1 and 3/4.
    expect([firstKey, diagonal]).toEqual([0, 0.875]);
    expect(entropy / Math.LN2).toBeCloseTo(0.811278 / 2, 5);
    expect(picture.statistics(0)?.diagonal).toBe(0.75);
    expect(picture.order('diagonal')).toEqual([1, 0]);
    picture.shown({ ...hidden, topK: 1 });
    expect(picture.statistics(1)?.diagonal).toBe(0.875);
  });

  it('merges words, on its axes too', async () => {
    const { picture, known } = await opened({
      weights: HEADS,
      tokens: ['ca', '##t', 'sat'],
      words: [0, 2],
      knobs: causal,
    });
    const merged = showing({ mergeWords: true });
    const shown = picture.shownScene(merged);
    expect(shown).toMatchObject({ queries: 2, keys: 2, vectors: null });
    expect(shown.queryLabels.label(0)).toBe('cat');
    expect(picture.shownScene(merged)).toBe(shown);
    expect(picture.shown(merged)).toMatchObject({ rows: 2, columns: 2 });
    expect(Array.from(await known(() => picture.shown(merged).row(1)))).toEqual([0.75, 0.25]);
    expect(Array.from(await known(() => picture.shown(merged).row(0)))).toEqual([1, M]);
  });

  it('takes differences, of which a pixel shows the one farthest from 0', async () => {
    const { picture, known } = await opened({ weights: HEADS, knobs: causal });
    const [one, other] = [picture.head(0), picture.head(1)];
    const difference = picture.difference(one, other);
    expect(picture.difference(one, other)).toBe(difference);
    expect(Array.from(await known(() => difference.row(1)))).toEqual([0.625, -0.625, M]);
    expect(Array.from(await known(() => difference.column(1)))).toEqual([M, -0.625, 0]);
    expect(await known(() => difference.range)).toEqual([-0.625, 0.625]);
    const grid = await known(() => difference.tile(whole(3, 3, 1, 3)));
    expect(Array.from(grid.values)).toEqual([0.625, -0.625, -0.5]);
  });

  it('makes large tiles in slices and keeps them', async () => {
    const side = 1024;
    const data = Float32Array.from({ length: side * side }, (_, i) => i / side ** 2);
    const { picture, known } = await opened({ weights: { data, shape: [side, side] } });
    const ask = () => picture.head(0).tile(whole(side, side, 2, 2));
    expect(ask()).toBeNull();
    const grid = await known(ask);
    expect(Array.from(grid.values)).toEqual(
      [511, 1023].flatMap((y) => [511, 1023].map((x) => (y * side + x) / side ** 2)),
    );
    expect(ask()).toBe(grid);
    const small = { ...whole(side, side, 4, 4), rows: { first: 100, count: 4 }, columns: { first: 7, count: 4 } };
    expect(picture.head(0).tile(small)?.values[5]).toBe((101 * side + 8) / side ** 2);
  });

  it('is silent after it was disposed of', async () => {
    const late = new Opened({ weights: HEADS, knobs: causal });
    late.picture.dispose();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(late.said).toEqual([]);
    const { picture, said } = await opened({ weights: HEADS, knobs: causal });
    const count = said.length;
    picture.shown(showing({ composite: 'mean' }));
    picture.dispose();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(said).toHaveLength(count);
  });
});
