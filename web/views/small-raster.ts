import { isChequer, isHatchLine } from './hatch.js';
import { pixel, type Palette } from './palette.js';
import { blockStart, MASKED, type PooledGrid } from './pooling.js';
import type { PixelBuffer } from './raster.js';
import type { ValueScale } from './value-scale.js';

/**
 * Paints a grid over all of a small picture, `height` pixels high and without gaps. Where several of its values share a
 * pixel, the largest is shown, so that a single bright one stays visible; NaN wins over all. Pure.
 */
export function rasterSmall(
  { words, width }: PixelBuffer,
  height: number,
  { values, rows, columns }: PooledGrid,
  scale: ValueScale,
  palette: Palette,
  pixelRatio: number,
): void {
  const ramp = Uint32Array.from(scale.ramp, pixel);
  const [ground, hatch, invalid] = [palette.ground, palette.hatch, palette.invalid].map(pixel) as [
    number,
    number,
    number,
  ];
  const period = Math.max(3, Math.round(6 * pixelRatio));
  const line = Math.max(1, Math.round(pixelRatio));
  const square = Math.max(1, Math.round(2 * pixelRatio));
  for (let y = 0; y < height; ++y) {
    const top = blockStart(y, rows, height);
    const bottom = Math.max(top + 1, blockStart(y + 1, rows, height));
    let rowMax = 0;
    for (let i = top * columns; i < bottom * columns; ++i) rowMax = Math.max(rowMax, values[i] || 0);
    for (let x = 0; x < width; ++x) {
      const left = blockStart(x, columns, width);
      const right = Math.max(left + 1, blockStart(x + 1, columns, width));
      let most = MASKED;
      for (let row = top; row < bottom; ++row) {
        for (let column = left; column < right; ++column) {
          const value = values[row * columns + column] as number;
          if (!(value <= most)) most = most === most ? value : NaN;
        }
      }
      let colour = ground;
      if (most === MASKED) {
        if (isHatchLine(x, y, period, line)) colour = hatch;
      } else if (most === most) colour = ramp[scale.index(most, rowMax)] as number;
      else if (isChequer(x, y, square)) colour = invalid;
      words[y * width + x] = colour;
    }
  }
}
