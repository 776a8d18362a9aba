import { filled, type Words } from '../views/words.js';
import { headName, type Scene } from './scene.js';
import type { Settings } from './settings.js';

/** What the main views show, in words: "head 3", or "mean of 12 heads". */
export function titleOf(scene: Scene, { head, heads, composite }: Settings, words: Words): string {
  if (composite === 'none') return filled(words.head, headName(scene, head));
  return filled(composite === 'mean' ? words.meanOfHeads : words.maxOfHeads, heads.length || scene.heads);
}
