import { colourRamp } from 'headscope/element';

/** More attention is lighter, in light and dark themes alike: a picture seems lit where a patch looks. */
const RAMP = colourRamp('dark');

/** How much of a patch is covered where its weight is 0, and where it is the largest: what matters reads as its colour. */
const THIN_VEIL = 0.64;
const THICK_VEIL = 0.84;

/** Under the veil the picture keeps some of its colour, enough to be known by, too little to be taken for the ramp's. */
const GROUND_SATURATION = 0.4;
const GROUND_CONTRAST = 0.9;
const GROUND_MIDDLE = 128;

/** Largest weight of a row that is a number; 0 for a row without any above it. */
export function largestWeight(row: Float32Array): number {
  return row.reduce((largest, weight) => (weight > largest ? weight : largest), 0);
}

/** Takes so much of the colour out of everything painted so far: 0 nothing, 1 all. */
export function paintPale(context: CanvasRenderingContext2D, amount: number): void {
  context.save();
  context.globalCompositeOperation = 'saturation';
  context.fillStyle = `rgb(128 128 128 / ${amount})`;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.restore();
}

/** Turns everything painted so far into the ground that attention is painted over: pale, and nearer to the middle grey. */
export function paintGround(context: CanvasRenderingContext2D): void {
  paintPale(context, 1 - GROUND_SATURATION);
  context.fillStyle = `rgb(${GROUND_MIDDLE} ${GROUND_MIDDLE} ${GROUND_MIDDLE} / ${1 - GROUND_CONTRAST})`;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
}

/** RGBA bytes of the veil over each patch: 0 is the ramp's dark end, the largest weight of the row its bright end. */
export function veil(row: Float32Array): Uint8ClampedArray<ArrayBuffer> {
  const largest = largestWeight(row);
  const pixels = new Uint8ClampedArray(row.length * 4);
  row.forEach((weight, patch) => {
    const share = largest === 0 || !(weight > 0) ? 0 : weight / largest;
    const [red, green, blue] = RAMP[Math.round(share * (RAMP.length - 1))] ?? [0, 0, 0];
    pixels.set([red, green, blue, 255 * (THIN_VEIL + share * (THICK_VEIL - THIN_VEIL))], patch * 4);
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
