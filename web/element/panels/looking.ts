import type { Place } from '../selection.js';
import type { Axis, Together } from './token-profile.js';

/** How much of a picture the weights cover, until the reader says otherwise. */
export const OPACITY = 0.7;

/** How tokens are looked at in one view: the same for all pictures that are compared. */
export class Looking {
  /** Where the keyboard is, on each axis. */
  readonly cursor = { query: 0, key: 0 };
  /** The axis whose tokens are asked for first. */
  preferred: Axis = 'query';
  how: Together = 'mean';
  /** The token whose weight is read, on the axis that the profile runs over. */
  read: number | null = null;
  pointed: Place | null = null;
  /** Where choosing several began. */
  anchor: Place | null = null;
  /** How far lists are scrolled, in CSS pixels. */
  scrolled = 0;
  /** Of the weights over an image. */
  opacity = OPACITY;
}
