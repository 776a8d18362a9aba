import { countDigits } from '../views/numbers.js';
import { filled } from '../views/words.js';
import type { Frame } from './panels/panel.js';
import { DEFAULT_SETTINGS, KNOBS, type Settings } from './settings.js';
import { knobText } from './title.js';

/**
 * What is shown in numbers, and every knob that is turned, as its control may be out of sight: "4 heads · 6 queries × 6
 * keys · temperature 2".
 *
 * @param asked the settings before those are taken out that a picture of this size cannot have
 */
export function factsOf({ scene, picture, settings, edited, words }: Frame, asked: Settings): string {
  const { layers, heads, queries, keys } = scene;
  const count = (n: number, one: string, many: string): string => filled(n === 1 ? one : many, countDigits(n));
  const each = count(heads / layers, words.oneHead, words.heads);
  const turned =
    picture.scene.vectors === null ? [] : KNOBS.filter((name) => settings[name] !== DEFAULT_SETTINGS[name]);
  const { composite, topK, mass, hide, mergeWords } = asked;
  const transformed = composite !== 'none' || topK > 0 || mass < 1 || hide.length > 0 || mergeWords;
  return [
    layers > 1 ? `${filled(words.layers, layers)} × ${each}` : each,
    `${count(queries, words.oneQuery, words.queries)} × ${count(keys, words.oneKey, words.keys)}`,
    ...turned.map((name) => knobText(name, settings, words)),
    ...(edited ? [words.edited] : []),
    ...(transformed && !picture.canTransform ? [words.barredLarge] : []),
  ].join(' · ');
}
