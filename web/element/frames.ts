import { makeScale } from '../views/value-scale.js';
import type { Palette } from '../views/palette.js';
import { filled } from '../views/words.js';
import type { Pictures } from './computation.js';
import type { Comparison, Frame } from './panels/panel.js';
import { remembered } from './remembered.js';
import { KNOBS, type DrawnScale, type DrawnSettings, type Knobs, type Settings } from './settings.js';
import { settingsOf } from './settings-attributes.js';
import { titleOf } from './title.js';

/** What all frames of one moment have in common. */
export type FrameBase = Omit<Frame, 'picture' | 'weights' | 'title' | 'scale' | 'settings'>;

/** Of more keys than this most weights are too small for a linear scale: 1 / 64 has the fourth of its 256 colours. */
const LINEAR_UP_TO = 64;

/** Ends of the scale of what pictures show: the same for all of them, so that their colours can be compared. */
function domainOf(frames: readonly Pick<Frame, 'picture' | 'weights' | 'settings'>[]): readonly [number, number] {
  const [domain] = frames.map(({ settings }) => settings.domain);
  if (typeof domain === 'object') return domain;
  const ends = frames.map(({ picture, weights }) => (domain === 'head' && weights.range?.[1]) || picture.max);
  return [0, Math.max(...ends)];
}

/** Makes the frames of an element. It has scales of its own: panels paint anew only where the scale is another object. */
export class Frames {
  readonly #scaleOf = remembered((kind: DrawnScale, low: number, high: number, palette: Palette) =>
    makeScale({ kind, domain: [low, high], palette }),
  );
  readonly #differenceScale = remembered((low: number, high: number, palette: Palette) =>
    makeScale({ kind: 'linear', domain: [low, high], diverging: true, palette }),
  );

  /** One frame; three of them when two pictures are compared: the first, the other, their difference. */
  make({ shown: picture, other }: Pictures, given: Settings, base: FrameBase): readonly Frame[] {
    const { compare, scheme, words } = base;
    const automatic = picture.scene.keys > LINEAR_UP_TO ? 'sqrt' : 'linear';
    const colorScale = given.colorScale === 'auto' ? automatic : given.colorScale;
    const settings = { ...given, colorScale };
    const parts = [{ picture, settings, weights: picture.shown(settings) }];
    if (compare !== null) {
      const second = other ?? picture;
      const others = comparedSettings(settings, compare, second.scene.heads);
      parts.push({ picture: second, settings: others, weights: second.shown(others) });
    }
    const [low, high] = domainOf(parts);
    const scale = this.#scaleOf(colorScale, low, high, scheme.palette);
    const frames = parts.map((part, i) => {
      const { settings: others } = parts[1 - i] ?? part;
      return { ...base, ...part, scale, title: titleOf(part.picture.scene, part.settings, words, others) };
    });
    const [first, second] = frames;
    if (first === undefined || second === undefined) return frames;
    const weights = picture.difference(first.weights, second.weights);
    const [least, most] = weights.range ?? [0, 0];
    const title = filled(words.difference, first.title, second.title);
    return [first, second, { ...first, weights, title, scale: this.#differenceScale(least, most, scheme.palette) }];
  }
}

/** The settings of the other picture: head and knobs as they are given, everything else as in the first one. */
function comparedSettings(settings: DrawnSettings, compare: Comparison, heads: number): DrawnSettings {
  const knobs = KNOBS.filter((name) => name in compare).map((name) => [name, compare[name]]);
  const { head = settings.head } = compare;
  const others = settingsOf({ ...settings, ...(Object.fromEntries(knobs) as Partial<Knobs>), head });
  // Another head is compared as it is, with a composite, too.
  const alone = compare.head === undefined ? null : ({ composite: 'none', heads: [] } as const);
  return { ...others, ...alone, head: Math.min(heads - 1, others.head), colorScale: settings.colorScale };
}
