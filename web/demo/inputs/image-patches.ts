import type { Tensor } from 'headscope';

/** Every patch is sampled at 8 x 8 pixels, so the dimension of a token does not change with the number of patches. */
export const PATCH_SIDE = 8;

/**
 * Added to the mean square of a patch before its root is taken, as in layer norm. Values lie in 0..1, so a patch that is
 * within 1 % of the mean patch counts as equal to it, and noise in plain areas is not blown up.
 */
const EPSILON = 1e-4;

/** Pixels as a canvas hands them out: RGBA, 8 bits each, row-major. */
export interface PixelGrid {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Red, green and blue, or brightness alone. */
export type Channels = 1 | 3;

/** sRGB luma weights of Rec. ITU-R BT.709. */
export function brightness(red: number, green: number, blue: number): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * Cuts a picture into patches in the layout `b p n d` of MobileViT: picture, pixel within the patch, patch, channel.
 * Patches and the pixels within one are counted row by row. Values are sRGB in 0..1; alpha is ignored.
 *
 * @returns shape (1, patchSide * patchSide, n, channels)
 * @throws RangeError when the picture is not a whole number of patches wide and high
 */
export function cutPatches(picture: PixelGrid, patchSide: number, channels: Channels): Tensor {
  const columns = picture.width / patchSide;
  const rows = picture.height / patchSide;
  if (!Number.isInteger(columns) || !Number.isInteger(rows)) {
    throw new RangeError(
      `expected a picture of whole ${patchSide} x ${patchSide} patches, got ${picture.width} x ${picture.height} pixels`,
    );
  }
  const pixels = patchSide * patchSide;
  const patches = rows * columns;
  const data = new Float32Array(pixels * patches * channels);
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const from = 4 * (y * picture.width + x);
      const red = (picture.data[from] ?? 0) / 255;
      const green = (picture.data[from + 1] ?? 0) / 255;
      const blue = (picture.data[from + 2] ?? 0) / 255;
      const pixel = (y % patchSide) * patchSide + (x % patchSide);
      const patch = Math.floor(y / patchSide) * columns + Math.floor(x / patchSide);
      const to = (pixel * patches + patch) * channels;
      if (channels === 1) {
        data[to] = brightness(red, green, blue);
      } else {
        data[to] = red;
        data[to + 1] = green;
        data[to + 2] = blue;
      }
    }
  }
  return { data, shape: [1, pixels, patches, channels] };
}

/**
 * Lays each patch of one picture out in a row: (1, p, n, d) -> (n, p * d), pixel by pixel, channels together.
 *
 * @throws RangeError for more than one picture
 */
export function patchRows(patches: Tensor): Tensor {
  const [pictures = 0, pixels = 0, count = 0, channels = 0] = patches.shape;
  if (pictures !== 1) throw new RangeError(`expected one picture, got ${pictures}`);
  const data = new Float32Array(patches.data.length);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let patch = 0; patch < count; patch++) {
      const from = (pixel * count + patch) * channels;
      data.set(patches.data.subarray(from, from + channels), (patch * pixels + pixel) * channels);
    }
  }
  return { data, shape: [count, pixels * channels] };
}

/**
 * Makes dot products of patches telling: takes the mean patch from each patch, then scales each to a root mean square of
 * 1. Under identity projections the score of two patches is then their likeness, from -sqrt(dim) (opposite) over 0
 * (unrelated) to sqrt(dim) (the same), whatever the picture's brightness and contrast. Patches equal to the mean are 0.
 *
 * @param rows (n, dim)
 * @returns (n, dim)
 */
export function normalisePatches(rows: Tensor): Tensor {
  const [count = 0, dim = 0] = rows.shape;
  const mean = new Float64Array(dim);
  for (let patch = 0; patch < count; patch++) {
    for (let i = 0; i < dim; i++) mean[i] = (mean[i] ?? 0) + (rows.data[patch * dim + i] ?? 0) / count;
  }
  const data = new Float32Array(rows.data.length);
  for (let patch = 0; patch < count; patch++) {
    let squares = 0;
    for (let i = 0; i < dim; i++) squares += ((rows.data[patch * dim + i] ?? 0) - (mean[i] ?? 0)) ** 2;
    const scale = 1 / Math.sqrt(squares / dim + EPSILON);
    for (let i = 0; i < dim; i++) {
      data[patch * dim + i] = ((rows.data[patch * dim + i] ?? 0) - (mean[i] ?? 0)) * scale;
    }
  }
  return { data, shape: rows.shape };
}

/** `r1c1`, `r1c2`, ... for a square of patches, row by row. */
export function patchNames(perSide: number): string[] {
  return Array.from({ length: perSide * perSide }, (_, patch) => patchName(patch, perSide));
}

/** `r2c5`: row and column, from 1. */
export function patchName(patch: number, perSide: number): string {
  return `r${Math.floor(patch / perSide) + 1}c${(patch % perSide) + 1}`;
}
