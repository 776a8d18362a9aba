import { columnSentence, headSentence, rowSentence, type Link } from '../../../views/summary.js';
import { type SentencePart } from '../../../views/sentence.js';
import { readLine } from '../../../views/row-statistics.js';
import { blockStart } from '../../../views/pooling.js';
import type { HeadWeights, Span } from '../../source/head-weights.js';
import type { Frame } from '../panel.js';
import { chosenLine } from './chosen-line.js';

/** Rows and columns of the grid that the largest weight is looked for in, before its block is read cell by cell. */
const COARSE = 256;

const strongest = new WeakMap<HeadWeights, Link>();

/** Place of the number farthest from 0; -1 where none is finite. */
function farthest(values: ArrayLike<number>): number {
  let at = -1;
  for (let i = 0; i < values.length; ++i) {
    const size = Math.abs(values[i] as number);
    if (size < Infinity && (at < 0 || size > Math.abs(values[at] as number))) at = i;
  }
  return at;
}

/**
 * The largest weight from row `first` on.
 * @returns undefined where there is none; null as long as it is not known
 */
function strongestLink(weights: HeadWeights, first: number): Link | undefined | null {
  const known = strongest.get(weights);
  if (known !== undefined) return known;
  let rows: Span = { first, count: weights.rows - first };
  let columns: Span = { first: 0, count: weights.columns };
  for (;;) {
    const height = Math.min(COARSE, rows.count);
    const width = Math.min(COARSE, columns.count);
    const grid = weights.tile({ rows, columns, height, width, pooling: 'max' });
    if (grid === null) return null;
    const at = farthest(grid.values);
    if (at < 0) return undefined;
    const block = ({ first, count }: Span, index: number, blocks: number): Span => ({
      first: first + blockStart(index, count, blocks),
      count: blockStart(index + 1, count, blocks) - blockStart(index, count, blocks),
    });
    rows = block(rows, Math.floor(at / width), height);
    columns = block(columns, at % width, width);
    if (rows.count * columns.count > 1) continue;
    const link = { query: rows.first, key: columns.first, weight: grid.values[at] as number };
    strongest.set(weights, link);
    return link;
  }
}

/** The whole picture in one sentence, or what is chosen of it; nothing as long as that is not known. */
export function pictureSentence(frame: Frame): SentencePart[] {
  const { scene, selection, weights, words, settings, scale, picture } = frame;
  const labels = { queries: scene.queryLabels, keys: scene.keyLabels, same: scene.same };
  if (selection.hover === null && selection.pin === null && weights.rows > 1) {
    // The first query of a causal head has nothing but itself to look at: no link is stronger, or says less.
    const link = strongestLink(weights, scene.knobs.causal ? 1 : 0);
    if (link === null) return [];
    if (link !== undefined) {
      const nats = settings.composite === 'none' ? picture.statistics(settings.head)?.entropy : undefined;
      return headSentence(labels, link, nats === undefined ? null : nats / Math.LN2, scale.diverging, words);
    }
  }
  const line = chosenLine(frame);
  if (line === null) return [];
  const statistics = readLine(line.mean, 2, scale.diverging);
  return line.of === 'key'
    ? columnSentence(labels, line.chosen, statistics, words)
    : rowSentence(labels, line.chosen, statistics, words, scale.diverging);
}
