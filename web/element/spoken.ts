import { threeDigits } from '../views/numbers.js';
import { MASKED } from '../views/pooling.js';
import { rankIn } from '../views/row-statistics.js';
import { itemName, plainSentence } from '../views/sentence.js';
import { filled } from '../views/words.js';
import { missingWord } from './panels/missing.js';
import type { Frame } from './panels/panel.js';
import { pictureSentence } from './panels/readout/picture-sentence.js';
import { activeCell, isPinned } from './selection.js';

/** What a screen reader hears of the active cell; of anything else, the head and the sentence about it. */
export function spoken(frame: Frame): string {
  const { scene, picture, settings, weights, title, words, selection } = frame;
  const head = title.charAt(0).toUpperCase() + title.slice(1);
  const cell = activeCell(selection);
  const row = cell && weights.row(cell.query);
  if (cell === null || row === null) {
    const sentence = cell === null ? plainSentence(pictureSentence(frame)) : '';
    return [filled(words.spokenHead, head), sentence].filter(Boolean).join(words.between);
  }
  const name = (role: 'query' | 'key', index: number): string => {
    const labels = role === 'query' ? scene.queryLabels : scene.keyLabels;
    const item = plainSentence(itemName(labels, index, role, words));
    return labels.named ? `${words[role]} ${item}` : item;
  };
  const place = filled(words.spokenPlace, head, name('query', cell.query), name('key', cell.key));
  const pinned = isPinned(selection, cell) ? words.spokenPinned : '';
  const weight = row[cell.key] as number;
  if (weight === MASKED) return filled(words.spokenMasked, place, pinned, missingWord(frame, cell.query, cell.key));
  const number = (value: number): string => (Number.isNaN(value) ? words.notFinite : threeDigits(value));
  const exact = picture.score(settings.head, cell.query, cell.key, settings);
  const score = exact === null || settings.composite !== 'none' ? '' : filled(words.spokenScore, number(exact));
  const open = row.filter((one) => one !== MASKED).length;
  const rank = Number.isFinite(weight) ? filled(words.spokenRank, rankIn(row, cell.key), open) : '';
  return filled(words.spoken, place, number(weight), score, rank, pinned);
}
