import { threeDigits } from '../views/numbers.js';
import { MASKED } from '../views/pooling.js';
import { itemName, plainSentence } from '../views/sentence.js';
import { filled } from '../views/words.js';
import type { Frame } from './panels/panel.js';
import { activeCell, isPinned } from './selection.js';

/** What a screen reader hears of the active cell. */
export function spoken({ scene, picture, settings, weights, title, words, selection }: Frame): string {
  const head = title.charAt(0).toUpperCase() + title.slice(1);
  const cell = activeCell(selection);
  const row = cell && weights.row(cell.query);
  if (cell === null || row === null) return filled(words.spokenHead, head);
  const name = (role: 'query' | 'key', index: number): string => {
    const labels = role === 'query' ? scene.queryLabels : scene.keyLabels;
    const item = plainSentence(itemName(labels, index, role, words));
    return labels.named ? `${words[role]} ${item}` : item;
  };
  const place = filled(words.spokenPlace, head, name('query', cell.query), name('key', cell.key));
  const pinned = isPinned(selection, cell) ? words.spokenPinned : '';
  const weight = row[cell.key] as number;
  if (weight === MASKED) return filled(words.spokenMasked, place, pinned);
  const exact = picture.score(settings.head, cell.query, cell.key, settings);
  const score = exact === null || settings.composite !== 'none' ? '' : filled(words.spokenScore, threeDigits(exact));
  const open = row.filter((one) => one !== MASKED);
  const rank = Number.isFinite(weight)
    ? filled(words.spokenRank, 1 + open.filter((one) => one > weight).length, open.length)
    : '';
  return filled(words.spoken, place, threeDigits(weight), score, rank, pinned);
}
