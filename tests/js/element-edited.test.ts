import { describe, expect, it } from 'vitest';
import { edited } from '../../web/element/edited.js';
import { readScene, type Scene, type SceneInput } from '../../web/element/scene.js';
import { DEFAULT_SETTINGS } from '../../web/element/settings.js';

/** Two heads of three queries and two keys, depth 2. */
const scene = readScene({
  query: { data: Float32Array.from({ length: 12 }, (_, i) => i), shape: [2, 3, 2] },
  key: { data: Float32Array.from({ length: 8 }, (_, i) => i), shape: [2, 2, 2] },
  layers: false,
  knobs: DEFAULT_SETTINGS,
} as unknown as SceneInput) as Scene;

describe('a changed scene', () => {
  it('has other numbers where it was changed, and leaves what the page gave', () => {
    const changed = edited(scene, [
      { tensor: 'query', head: 1, index: 2, component: 1, value: 0.5 },
      { tensor: 'key', head: 0, index: 1, component: 0, value: -3 },
    ]);
    expect(changed.vectors?.query).toEqual(Float32Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0.5]));
    expect(changed.vectors?.key).toEqual(Float32Array.from([0, 1, -3, 3, 4, 5, 6, 7]));
    expect(scene.vectors?.query[11]).toBe(11);
    expect(edited(scene, [])).toBe(scene);
  });

  it.each([
    ['query', 2, 0, 0],
    ['query', 0, 3, 0],
    ['key', 0, 2, 0],
    ['key', 0, 0, 2],
  ] as const)(
    'is refused where there is no such component: %s, head %d, index %d, component %d',
    (tensor, head, index, component) => {
      const change = { tensor, head, index, component, value: 1 };
      expect(() => edited(scene, [change])).toThrow(
        `edits: expected a component of 2 heads × ${tensor === 'query' ? 3 : 2} × 2`,
      );
    },
  );
});
