import type { Rgb } from './colour-ramp.js';

/** From a weight to a colour, and back to words. */
export interface ValueScale {
  readonly kind: 'linear' | 'sqrt' | 'log' | 'row';
  /** Ends of the scale. For `row` each row has an upper end of its own, and this is the shares' 0 to 1. */
  readonly domain: readonly [number, number];
  /** Whether numbers have a sign (a difference), so that the ramp diverges from 0. */
  readonly diverging: boolean;
  /** 256 colours from the lower to the upper end. */
  readonly ramp: readonly Rgb[];
  /**
   * Index of a value's colour, 0 to 255.
   * @param rowMax largest weight of the value's row; only `row` looks at it
   */
  index(value: number, rowMax: number): number;
}
