import type { Palette } from './palette.js';
import type { Rgb } from './colour-ramp.js';

/** From a weight to a colour, and back to words. */
export interface ValueScale {
  readonly kind: 'linear' | 'sqrt' | 'log' | 'row';
  /**
   * Ends of the scale; what lies beyond them has the colour of the end. For `row` each row has an upper end of its own,
   * and this is the shares' 0 to 1, or -1 to 1. With a sign, `log` goes down to 1 / LOG_RANGE of the end on both sides of 0.
   */
  readonly domain: readonly [number, number];
  /** Whether numbers have a sign (a difference), so that the ramp diverges from 0. */
  readonly diverging: boolean;
  /** 256 colours from the lower to the upper end. */
  readonly ramp: readonly Rgb[];
  /**
   * Index of a value's colour, 0 to 255.
   * @param rowMax largest weight of the value's row, with a sign the largest magnitude; only `row` looks at it
   */
  index(value: number, rowMax: number): number;
}

/** So many times smaller than its upper end is the lower end of a logarithmic scale; what is less, 0 too, is drawn like it. */
export const LOG_RANGE = 1e4;

export interface ScaleRequest {
  readonly kind: ValueScale['kind'];
  /** Lower and upper end. With `diverging` the one farther from 0 counts on both sides; `log` needs one above 0, or has its own. */
  readonly domain: readonly [number, number];
  readonly diverging?: boolean;
  readonly palette: Palette;
}

/** Makes a scale. Where its ends do not differ, everything has the colour of the lower one, or of 0. */
export function makeScale({ kind, domain: [least, most], diverging = false, palette }: ScaleRequest): ValueScale {
  const row = kind === 'row';
  const log = kind === 'log';
  const high = row ? 1 : diverging ? Math.max(-least, most) : most;
  const low = diverging || row || log ? 0 : least;
  const bottom = diverging ? -high : !log ? low : least > 0 ? least : high / LOG_RANGE;
  const decades = Math.log(diverging ? LOG_RANGE : high / bottom);
  const curve = (share: number): number =>
    log ? 1 + Math.log(share) / decades : kind === 'sqrt' ? Math.sqrt(share) : share;
  const along = (value: number, end: number): number =>
    value > low && end > low ? Math.min(1, Math.max(0, curve((value - low) / (end - low)))) : 0;
  return {
    kind,
    domain: [bottom, high],
    diverging,
    ramp: diverging ? palette.diverging : palette.ramp,
    index(value, rowMax) {
      const end = row ? rowMax : high;
      if (!diverging) return Math.round(255 * along(value, end));
      const length = along(Math.abs(value), end);
      return Math.round(127.5 + 127.5 * (value < 0 ? -length : length));
    },
  };
}
