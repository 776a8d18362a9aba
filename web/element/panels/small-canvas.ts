import type { Palette } from '../../views/palette.js';
import type { PooledGrid } from '../../views/pooling.js';
import { rasterSmall } from '../../views/small-raster.js';
import type { ValueScale } from '../../views/value-scale.js';

/** Largest of some weights, masked ones and those that are not finite left out; 0 where there is none above it. */
export function largestOf(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Number.isFinite(value) ? value : 0), 0);
}

/** Paints a grid over all of a small canvas of so many CSS pixels; it is small enough to be done at once. */
export function paintSmall(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  grid: PooledGrid,
  scale: ValueScale,
  palette: Palette,
): void {
  const ratio = devicePixelRatio;
  const image = new ImageData(Math.round(width * ratio), Math.round(height * ratio));
  const target = { words: new Uint32Array(image.data.buffer), width: image.width };
  rasterSmall(target, image.height, grid, scale, palette, ratio);
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}
