import { makeScale, type ValueScale } from '../../views/value-scale.js';
import { remembered } from '../remembered.js';
import type { Frame } from './panel.js';

/** What has no more than this share of a scale can hardly be told from nothing. */
const FAINT = 1 / 8;

/** Colours for what is shown where all of it is too faint on the scale of the picture: up to the largest of it. */
export class RaisedScale {
  readonly #make = remembered((kind: ValueScale['kind'], most: number, palette: Frame['scheme']['palette']) =>
    makeScale({ kind, domain: [0, most], palette }),
  );

  /**
   * @param most the largest of what is shown
   * @param faint the share of the scale below which that is too faint
   * @returns the picture's own scale where that will do, or is compared with others
   */
  of({ scale, compare, scheme }: Frame, most: number, faint = FAINT): ValueScale {
    const raised = compare === null && scale.kind !== 'row' && most > 0 && scale.index(most, most) < 255 * faint;
    return raised ? this.#make(scale.kind, most, scheme.palette) : scale;
  }
}
