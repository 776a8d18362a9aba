import type { OpenPicture } from './picture.js';
import { SessionPicture } from './session-picture.js';
import { StoredPicture } from './stored-picture.js';

/**
 * Up to so many cells (heads x queries x keys) are computed at once and held: 64 MiB of float32, a third of a second on
 * two workers. What is held can be composed, filtered and merged.
 */
const MOST_STORED_CELLS = 2 ** 24;

export const openPicture: OpenPicture = (scene, pixelRatio, listener) => {
  const { heads, queries, keys, vectors } = scene;
  return vectors !== null && heads * queries * keys > MOST_STORED_CELLS
    ? new SessionPicture(scene, vectors, pixelRatio, listener)
    : new StoredPicture(scene, pixelRatio, listener);
};
