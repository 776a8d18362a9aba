import { Pacer } from './pacer.js';
import { Picture, readHead } from './whole-picture.js';
import type { Scene } from '../scene.js';
import { produceWeights } from './weights-source.js';

/** Share of the progress that goes to computing; the rest is reading and thumbnails. */
const COMPUTING = 0.8;

export interface ComputationListener {
  /** One more head of the picture is known. */
  onHead(picture: Picture): void;
  onProgress(fraction: number): void;
}

/** A finished computation. */
export interface Computed {
  readonly picture: Picture;
  /** (heads, queries, keys) */
  readonly weights: Float32Array;
}

/**
 * Turns a scene into a picture, head by head, without blocking the page. After `signal` fires nothing is called any
 * more, and the promise rejects.
 */
export async function compute(
  scene: Scene,
  pixelRatio: number,
  signal: AbortSignal,
  listener: ComputationListener,
): Promise<Computed> {
  const picture = new Picture(scene);
  const pacer = new Pacer(signal);
  let computed = scene.vectors === null ? 1 : 0;
  const report = (): void => {
    const read = picture.known / scene.heads;
    listener.onProgress(scene.vectors === null ? read : COMPUTING * computed + (1 - COMPUTING) * read);
  };
  const read = async (head: number, weights: Float32Array): Promise<void> => {
    if (signal.aborted || picture.heads[head] !== null) return;
    picture.heads[head] = await readHead(scene, weights, pixelRatio, pacer);
    listener.onHead(picture);
    report();
    if (pacer.due) await pacer.pause();
  };
  let reading = Promise.resolve();
  const weights = await produceWeights(scene, {
    signal,
    onHead(head, matrix) {
      reading = reading.then(() => read(head, matrix));
      // Whoever awaits `reading` below hears of it; until then it must not count as unhandled.
      reading.catch(() => undefined);
    },
    onProgress(fraction) {
      if (signal.aborted) return;
      computed = fraction;
      report();
    },
  });
  await reading;
  signal.throwIfAborted();
  return { picture, weights };
}
