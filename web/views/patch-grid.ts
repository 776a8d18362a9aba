import type { Rgb } from './colour-ramp.js';
import { css, type Palette } from './palette.js';
import { MASKED } from './pooling.js';

type Context = CanvasRenderingContext2D;

/** A grid of patches over a picture that fills a canvas. */
export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
}

/** The index of the patch at a point, given as shares of the picture's width and height; null outside. */
export function patchAt({ rows, columns }: PatchGrid, x: number, y: number): number | null {
  if (!(x >= 0 && x < 1 && y >= 0 && y < 1)) return null;
  return Math.floor(y * rows) * columns + Math.floor(x * columns);
}

/** The patch that an arrow key leads to; at the edge the same. Null for other keys. */
export function patchStep({ rows, columns }: PatchGrid, patch: number, key: string): number | null {
  const row = Math.floor(patch / columns);
  const column = patch % columns;
  if (key === 'ArrowLeft') return patch - (column > 0 ? 1 : 0);
  if (key === 'ArrowRight') return patch + (column < columns - 1 ? 1 : 0);
  if (key === 'ArrowUp') return patch - (row > 0 ? columns : 0);
  return key === 'ArrowDown' ? patch + (row < rows - 1 ? columns : 0) : null;
}

/** The patches of the rectangle that has two of them in opposite corners; ascending. */
export function patchesBetween({ columns }: PatchGrid, one: number, other: number): number[] {
  const ends = (a: number, b: number): [number, number] => [Math.min(a, b), Math.max(a, b)];
  const [top, bottom] = ends(Math.floor(one / columns), Math.floor(other / columns));
  const [left, right] = ends(one % columns, other % columns);
  const wide = right - left + 1;
  return Array.from(
    { length: (bottom - top + 1) * wide },
    (_, i) => (top + Math.floor(i / wide)) * columns + left + (i % wide),
  );
}

/** Edges of a patch in whole pixels: left, top, width, height. */
export function patchBox(
  { rows, columns }: PatchGrid,
  patch: number,
  width: number,
  height: number,
): readonly [number, number, number, number] {
  const row = Math.floor(patch / columns);
  const column = patch % columns;
  const x = Math.round((column * width) / columns);
  const y = Math.round((row * height) / rows);
  return [x, y, Math.round(((column + 1) * width) / columns) - x, Math.round(((row + 1) * height) / rows) - y];
}

/** Under the veil the picture keeps so much of its colour: enough to be known by, too little to pass for the ramp's. */
const SATURATION = 0.35;

/**
 * Lays each patch's weight over the picture that is on the canvas already.
 * @param values a weight for each patch, row by row
 * @param colour a weight's colour
 * @param opacity of the veil, 0 to 1
 */
export function drawPatches(
  context: Context,
  grid: PatchGrid,
  values: ArrayLike<number>,
  colour: (value: number) => Rgb,
  palette: Palette,
  opacity: number,
  pixelRatio: number,
): void {
  const { width, height } = context.canvas;
  context.save();
  context.globalCompositeOperation = 'saturation';
  context.globalAlpha = opacity * (1 - SATURATION);
  context.fillStyle = '#808080';
  context.fillRect(0, 0, width, height);
  context.restore();
  for (let patch = 0; patch < grid.rows * grid.columns; ++patch) {
    const value = values[patch] as number;
    const box = patchBox(grid, patch, width, height);
    const plain = value !== MASKED && !Number.isNaN(value);
    context.save();
    context.globalAlpha = opacity;
    context.fillStyle = css(plain ? colour(value) : palette.ground);
    context.fillRect(...box);
    if (!plain) drawHatch(context, box, palette, value === MASKED, pixelRatio);
    context.restore();
  }
}

/** Lines that rise to the right for what is masked, crossed by others for what is not a finite number. */
function drawHatch(
  context: Context,
  [x, y, width, height]: readonly [number, number, number, number],
  palette: Palette,
  masked: boolean,
  pixelRatio: number,
): void {
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  const step = 6 * pixelRatio;
  for (let at = -height; at < width; at += step) {
    context.moveTo(x + at, y + height);
    context.lineTo(x + at + height, y);
    if (masked) continue;
    context.moveTo(x + at, y);
    context.lineTo(x + at + height, y + height);
  }
  context.strokeStyle = css(masked ? palette.muted : palette.invalid);
  context.lineWidth = pixelRatio;
  context.stroke();
}

/** Outlines a patch so that it can be seen on any ground: a line of colour within a line of ground. */
export function outlinePatch(
  context: Context,
  grid: PatchGrid,
  patch: number,
  colours: readonly [outer: string, inner: string],
  pixelRatio: number,
): void {
  const [x, y, width, height] = patchBox(grid, patch, context.canvas.width, context.canvas.height);
  colours.forEach((colour, i) => {
    const inset = (0.5 + 1.5 * i) * pixelRatio;
    context.strokeStyle = colour;
    context.lineWidth = (2 - i) * pixelRatio;
    context.strokeRect(x + inset, y + inset, width - 2 * inset, height - 2 * inset);
  });
}
