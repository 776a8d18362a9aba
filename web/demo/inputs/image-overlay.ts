import { colourRamp } from 'headscope/element';
import { brightness } from './image-patches.js';

/** More attention is lighter, in light and dark themes alike: a picture seems lit where a patch looks. */
const RAMP = colourRamp('dark');

/** How much of the colour covers the picture. */
const VEIL = 0.78;

/** Greys under the veil keep near the middle, so that the picture shows through without changing the colours' order. */
const GROUND_MIDDLE = 128;
const GROUND_CONTRAST = 0.8;

/** Largest weight of a row that is a number; 0 for a row without any above it. */
export function largestWeight(row: Float32Array): number {
  return row.reduce((largest, weight) => (weight > largest ? weight : largest), 0);
}

/** Turns the pixels to brightness, in place; a contrast below 1 pulls them towards the middle grey. */
export function makeGrey(pixels: ImageData, contrast = 1): void {
  const { data } = pixels;
  for (let i = 0; i < data.length; i += 4) {
    const value = brightness(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0);
    data.fill(GROUND_MIDDLE + contrast * (value - GROUND_MIDDLE), i, i + 3);
  }
}

/** The ground that attention is painted over, in place. */
export function makeGround(pixels: ImageData): void {
  makeGrey(pixels, GROUND_CONTRAST);
}

/** RGBA bytes of the veil over each patch: 0 is the ramp's dark end, the largest weight of the row its bright end. */
export function veil(row: Float32Array): Uint8ClampedArray<ArrayBuffer> {
  const largest = largestWeight(row);
  const pixels = new Uint8ClampedArray(row.length * 4);
  row.forEach((weight, patch) => {
    const share = largest === 0 || !(weight > 0) ? 0 : weight / largest;
    const [red, green, blue] = RAMP[Math.round(share * (RAMP.length - 1))] ?? [0, 0, 0];
    pixels.set([red, green, blue, 255 * VEIL], patch * 4);
  });
  return pixels;
}

/** Paints one row of attention over the ground of a picture; `row` holds one weight per patch, row by row. */
export function paintAttention(
  context: CanvasRenderingContext2D,
  ground: CanvasImageSource,
  row: Float32Array,
  perSide: number,
): void {
  const { width, height } = context.canvas;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(ground, 0, 0, width, height);
  const tiles = document.createElement('canvas');
  tiles.width = perSide;
  tiles.height = perSide;
  tiles.getContext('2d')?.putImageData(new ImageData(veil(row), perSide, perSide), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(tiles, 0, 0, width, height);
}

/** Paints the scale of `paintAttention` from left to right, over the middle of the grounds. */
export function paintScale(context: CanvasRenderingContext2D): void {
  const { width, height } = context.canvas;
  context.fillStyle = `rgb(${GROUND_MIDDLE} ${GROUND_MIDDLE} ${GROUND_MIDDLE})`;
  context.fillRect(0, 0, width, height);
  const steps = new ImageData(veil(Float32Array.from(RAMP, (_, step) => step)), RAMP.length, 1);
  const strip = document.createElement('canvas');
  strip.width = RAMP.length;
  strip.height = 1;
  strip.getContext('2d')?.putImageData(steps, 0, 0);
  context.drawImage(strip, 0, 0, width, height);
}
