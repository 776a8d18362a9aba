import { colourRamp, contrast, divergingRamp, rampBetween, type Rgb } from './colour-ramp.js';

/** Every colour that a picture of weights needs. */
export interface Palette {
  /** 256 colours from nothing to the most. */
  readonly ramp: readonly Rgb[];
  /** 256 colours for differences, from the lowest through 0 to the highest. */
  readonly diverging: readonly Rgb[];
  /** What lies between cells and under hatching. */
  readonly ground: Rgb;
  /** Lines of hatching over masked cells. */
  readonly hatch: Rgb;
  /** Marks of cells that are not a finite number. */
  readonly invalid: Rgb;
  readonly text: Rgb;
  readonly muted: Rgb;
}

const LIGHT_PALETTE: Palette = {
  ramp: colourRamp('light'),
  diverging: divergingRamp('light'),
  ground: [255, 255, 255],
  hatch: [208, 212, 217],
  invalid: [194, 24, 91],
  text: [28, 33, 39],
  muted: [92, 101, 112],
};

const DARK_PALETTE: Palette = {
  ramp: colourRamp('dark'),
  diverging: divergingRamp('dark'),
  ground: [20, 23, 27],
  hatch: [62, 69, 78],
  invalid: [255, 122, 176],
  text: [230, 232, 235],
  muted: [160, 168, 178],
};

export function palette(theme: 'light' | 'dark'): Palette {
  return theme === 'light' ? LIGHT_PALETTE : DARK_PALETTE;
}

/** The palette made of nothing but the system's two colours. */
export function forcedPalette(canvas: Rgb, text: Rgb): Palette {
  const ramp = rampBetween(canvas, text);
  // Two colours cannot tell signs apart: what is shown is how large a difference is.
  const diverging = ramp.map((_, i) => ramp[Math.floor(Math.abs(2 * i - 255))] as Rgb);
  return { ramp, diverging, ground: canvas, hatch: ramp[110] ?? text, invalid: text, text, muted: text };
}

/** Which of black and white reads better on a colour. */
export function inkOn(colour: Rgb): Rgb {
  const black: Rgb = [0, 0, 0];
  const white: Rgb = [255, 255, 255];
  return contrast(colour, black) >= contrast(colour, white) ? black : white;
}

/** A colour as CSS. */
export function css([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** A colour as one pixel of an ImageData seen as 32-bit words (little-endian, as every browser's machine is). */
export function pixel([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
