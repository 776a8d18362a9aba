import { signedDigits, threeDigits } from '../../views/numbers.js';
import { MASKED } from '../../views/pooling.js';
import { filled } from '../../views/words.js';
import type { Frame } from './panel.js';

/** Why a cell has no weight, in words: its key is hidden, a filter left it out (then with its weight), or it is masked. */
export function missingWord({ words, settings, weights, scale }: Frame, query: number, key: number): string {
  if (settings.hide.includes(key)) return words.hidden;
  const weight = weights.unfiltered?.row(query)?.[key] ?? MASKED;
  if (weight === MASKED) return words.masked;
  return filled(words.droppedWeight, (scale.diverging ? signedDigits : threeDigits)(weight));
}
