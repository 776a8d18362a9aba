import { describe, expect, it } from 'vitest';
import { drawPatches, patchAt, patchBox, patchesBetween, patchStep } from '../../web/views/patch-grid.js';
import { palette } from '../../web/views/palette.js';
import { MASKED } from '../../web/views/pooling.js';

const grid = { rows: 3, columns: 4 };

describe('patches', () => {
  it('are found at a point', () => {
    expect(patchAt(grid, 0, 0)).toBe(0);
    expect(patchAt(grid, 0.26, 0)).toBe(1);
    expect(patchAt(grid, 0.999, 0.999)).toBe(11);
    expect(patchAt(grid, 0.5, 0.34)).toBe(6);
    for (const [x, y] of [
      [-0.01, 0.5],
      [1, 0.5],
      [0.5, 1],
      [NaN, 0],
    ] as const) {
      expect(patchAt(grid, x, y)).toBeNull();
    }
  });

  it('span a rectangle from any corner to the opposite one', () => {
    const rectangle = [1, 2, 5, 6, 9, 10];
    for (const [one, other] of [
      [1, 10],
      [10, 1],
      [2, 9],
      [9, 2],
    ] as const) {
      expect(patchesBetween(grid, one, other)).toEqual(rectangle);
    }
    expect(patchesBetween(grid, 7, 7)).toEqual([7]);
    expect(patchesBetween(grid, 0, 11)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it('are neighbours by the arrow keys, and end at the edges', () => {
    const steps = (patch: number): (number | null)[] =>
      ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'a'].map((key) => patchStep(grid, patch, key));
    expect(steps(5)).toEqual([4, 6, 1, 9, null]);
    expect(steps(0)).toEqual([0, 1, 0, 4, null]);
    expect(steps(11)).toEqual([10, 11, 7, 11, null]);
    expect(steps(4)).toEqual([4, 5, 0, 8, null]);
  });

  it('cover a picture without gaps, also where sizes do not divide', () => {
    const covered = new Uint8Array(10 * 7);
    for (let patch = 0; patch < 12; ++patch) {
      const [x, y, width, height] = patchBox(grid, patch, 10, 7);
      for (let i = 0; i < width; ++i)
        for (let j = 0; j < height; ++j) covered[(y + j) * 10 + x + i] = 1 + (covered[(y + j) * 10 + x + i] ?? 0);
    }
    expect([...covered].every((times) => times === 1)).toBe(true);
  });

  it('are laid over the picture: weights in colours, masked and invalid ones hatched each in their way', () => {
    const log: string[] = [];
    const context = {
      canvas: { width: 40, height: 10 },
      fillStyle: '',
      strokeStyle: '',
      globalAlpha: 1,
      lineWidth: 1,
      save: () => undefined,
      restore: () => undefined,
      beginPath: () => undefined,
      rect: () => undefined,
      clip: () => undefined,
      lineTo: () => undefined,
      moveTo: () => undefined,
      fillRect: (x: number, ..._rest: number[]) =>
        log.push(`fill ${x} ${context.fillStyle} ${context.globalAlpha.toFixed(2)}`),
      stroke: () => log.push(`hatch ${context.strokeStyle}`),
    };
    drawPatches(
      context as unknown as CanvasRenderingContext2D,
      { rows: 1, columns: 4 },
      [0.5, MASKED, NaN, 0],
      (value) => [value * 200, 0, 0],
      palette('light'),
      0.6,
      1,
    );
    expect(log[0]).toMatch(/^fill 0 #808080/);
    expect(log.slice(1)).toEqual([
      'fill 0 rgb(100, 0, 0) 0.60',
      'fill 10 rgb(255, 255, 255) 0.60',
      'hatch rgb(92, 101, 112)',
      'fill 20 rgb(255, 255, 255) 0.60',
      'hatch rgb(194, 24, 91)',
      'fill 30 rgb(0, 0, 0) 0.60',
    ]);
  });
});
