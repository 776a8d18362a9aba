import { filled, type Words } from '../views/words.js';
import type { Scene } from './scene.js';
import { KNOBS, type Knobs, type Settings } from './settings.js';

/** Heads of a composite that are named; of more the number is told. */
const MOST_NAMED = 3;

/** What a head is called: "3", or "1.3" for head 3 of sequence 1 of a batch, or of layer 1. */
export function headName(scene: Scene, head: number): string {
  if (scene.headsPerSequence === scene.heads) return String(head);
  return `${Math.floor(head / scene.headsPerSequence)}.${head % scene.headsPerSequence}`;
}

/** The same in words: "head 3", "layer 1, head 3". */
export function headWords(scene: Scene, head: number, words: Words): string {
  const { layers, headsPerSequence } = scene;
  return layers > 1
    ? filled(words.layerHead, Math.floor(head / headsPerSequence), head % headsPerSequence)
    : filled(words.head, headName(scene, head));
}

/** One knob as it is turned: "temperature 2", "not causal". */
export function knobText(name: keyof Knobs, { [name]: value }: Knobs, words: Words): string {
  if (name === 'causal') return value === true ? words.causal : words.notCausal;
  if (name === 'scale' && value === undefined) return words.label_scale;
  if (name === 'positions') return `${words.label_positions} ${words[`positions_${value as Knobs['positions']}`]}`;
  const label = name === 'scale' ? words.scaleFactor : words[`label_${name}`];
  return `${label} ${typeof value === 'number' ? Number(value.toPrecision(3)) : words.positions_none}`;
}

/**
 * What the main views show, in words: "head 3", "mean of heads 0, 2", or "mean of 12 heads".
 *
 * @param others what it is compared with: knobs that are turned otherwise are named as well
 */
export function titleOf(scene: Scene, settings: Settings, words: Words, others: Settings = settings): string {
  const { head, heads, composite } = settings;
  const mean = composite === 'mean';
  const named = heads.length > 0 && heads.length <= MOST_NAMED;
  const what =
    composite === 'none'
      ? headWords(scene, head, words)
      : named
        ? filled(
            mean ? words.meanOfThese : words.maxOfThese,
            heads.map((one) => headName(scene, one)).join(words.comma),
          )
        : filled(mean ? words.meanOfHeads : words.maxOfHeads, heads.length || scene.heads);
  const knobs = KNOBS.filter((name) => settings[name] !== others[name]);
  return [what, ...knobs.map((name) => knobText(name, settings, words))].join(words.comma);
}
