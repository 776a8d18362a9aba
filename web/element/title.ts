import { filled, type Words } from '../views/words.js';
import type { Scene } from './scene.js';
import type { Settings } from './settings.js';

/** What a head is called: "3", or "1.3" for head 3 of sequence 1 of a batch, or of layer 1. */
export function headName(scene: Scene, head: number): string {
  if (scene.headsPerSequence === scene.heads) return String(head);
  return `${Math.floor(head / scene.headsPerSequence)}.${head % scene.headsPerSequence}`;
}

/** What the main views show, in words: "head 3", or "mean of 12 heads". */
export function titleOf(scene: Scene, { head, heads, composite }: Settings, words: Words): string {
  if (composite === 'none') return filled(words.head, headName(scene, head));
  return filled(composite === 'mean' ? words.meanOfHeads : words.maxOfHeads, heads.length || scene.heads);
}
