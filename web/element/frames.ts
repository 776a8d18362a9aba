import { makeScale, type ValueScale } from '../views/value-scale.js';
import type { Palette } from '../views/palette.js';
import { filled } from '../views/words.js';
import type { Pictures } from './computation.js';
import type { Frame } from './panels/panel.js';
import { remembered } from './remembered.js';
import type { ColorScale, Settings } from './settings.js';
import type { HeadWeights } from './source/head-weights.js';
import type { Picture } from './source/picture.js';
import { titleOf } from './title.js';

/** The frames of a comparison; the first one is the only one where nothing is compared. */
export const SIDES = ['shown', 'compared', 'difference'] as const;

/** What all frames of one moment have in common. */
export type FrameBase = Omit<Frame, 'picture' | 'weights' | 'title' | 'scale'>;

/** Ends of the scale of what a picture shows. */
function domainOf(picture: Picture, weights: HeadWeights, { domain }: Settings): readonly [number, number] {
  if (typeof domain !== 'string') return domain;
  if (domain === 'shared') return [0, picture.max];
  return [0, weights.range?.[1] ?? picture.max];
}

/** Makes the frames of an element. It has scales of its own: panels paint anew only where the scale is another object. */
export class Frames {
  readonly #scales = SIDES.map(() =>
    remembered((kind: ColorScale, low: number, high: number, diverging: boolean, palette: Palette) =>
      makeScale({ kind, domain: [low, high], diverging, palette }),
    ),
  );

  /** One frame; three of them when two pictures are compared: the first, the other, their difference. */
  make({ shown: picture, other }: Pictures, base: FrameBase): readonly Frame[] {
    const { settings, compare, scheme, words } = base;
    const frameOf = (picture: Picture, settings: Settings, side: number, others?: Settings): Frame => {
      const weights = picture.shown(settings);
      const [low, high] = domainOf(picture, weights, settings);
      const scale = this.#scales[side]?.(settings.colorScale, low, high, false, scheme.palette) as ValueScale;
      return { ...base, picture, settings, weights, title: titleOf(picture.scene, settings, words, others), scale };
    };
    if (compare === null) return [frameOf(picture, settings, 0)];
    const { heads } = (other ?? picture).scene;
    const others = { ...settings, ...compare, head: Math.min(heads - 1, compare.head ?? settings.head) };
    const first = frameOf(picture, settings, 0, others);
    const second = frameOf(other ?? picture, others, 1, settings);
    const weights = picture.difference(first.weights, second.weights);
    const [least, most] = weights.range ?? [0, 0];
    const scale = this.#scales[2]?.('linear', least, most, true, scheme.palette) as ValueScale;
    const title = filled(words.difference, first.title, second.title);
    return [first, second, { ...first, weights, title, scale }];
  }
}
