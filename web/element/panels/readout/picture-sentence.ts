import {
  columnSentence,
  headSentence,
  invalidSentence,
  rowSentence,
  type Link,
  type MeanEntropy,
} from '../../../views/summary.js';
import { composed, type SentencePart } from '../../../views/sentence.js';
import { readLine } from '../../../views/row-statistics.js';
import { blockStart } from '../../../views/pooling.js';
import type { HeadWeights, Span } from '../../source/head-weights.js';
import type { Frame } from '../panel.js';
import { chosenLine } from './chosen-line.js';

/** Rows and columns of the grid that the largest weight is looked for in, before its block is read cell by cell. */
const COARSE = 256;

/** What is looked for in a whole picture. */
interface Found {
  /** The largest weight, of a difference the one farthest from 0; null where none is finite, or known to be the largest. */
  readonly link: Link | null;
  /** Whether some weight is not a finite number. */
  readonly invalid: boolean;
}

const found = new WeakMap<HeadWeights, Found>();

/** Place of the largest number; -1 where none is finite. */
function largest(values: ArrayLike<number>, size: (value: number) => number): number {
  let at = -1;
  for (let i = 0; i < values.length; ++i) {
    const value = values[i] as number;
    if (Number.isFinite(value) && (at < 0 || size(value) > size(values[at] as number))) at = i;
  }
  return at;
}

/** Of numbers among which are such that are none: these hide what lies in their blocks, so each row is read. */
function amongInvalid(weights: HeadWeights, first: number, size: (value: number) => number): Link | null {
  let best: Link | null = null;
  for (let query = first; query < weights.rows; ++query) {
    const row = weights.row(query) as Float32Array;
    const key = largest(row, size);
    const weight = row[key] ?? NaN;
    if (key >= 0 && (best === null || size(weight) > size(best.weight))) best = { query, key, weight };
  }
  return best;
}

/**
 * The largest weight from row `first` on; null as long as it is not known.
 * @param signed whether the weights are differences
 */
function strongestLink(weights: HeadWeights, first: number, signed: boolean): Found | null {
  const size = signed ? Math.abs : (value: number): number => value;
  let rows: Span = { first, count: weights.rows - first };
  let columns: Span = { first: 0, count: weights.columns };
  let invalid = false;
  for (;;) {
    const height = Math.min(COARSE, rows.count);
    const width = Math.min(COARSE, columns.count);
    const grid = weights.tile({ rows, columns, height, width, pooling: 'max' });
    if (grid === null) return null;
    const coarse = height < rows.count || width < columns.count;
    invalid ||= grid.values.some(Number.isNaN);
    if (invalid && coarse) return { link: weights.whole ? amongInvalid(weights, first, size) : null, invalid };
    const at = largest(grid.values, size);
    if (at < 0) return { link: null, invalid };
    const block = ({ first, count }: Span, index: number, blocks: number): Span => ({
      first: first + blockStart(index, count, blocks),
      count: blockStart(index + 1, count, blocks) - blockStart(index, count, blocks),
    });
    rows = block(rows, Math.floor(at / width), height);
    columns = block(columns, at % width, width);
    if (!coarse) return { link: { query: rows.first, key: columns.first, weight: grid.values[at] as number }, invalid };
  }
}

/** The same for a whole picture, and kept. */
function strongestOf({ weights, scene, scale }: Frame): Found | null {
  const known = found.get(weights);
  if (known !== undefined) return known;
  // The first query of a causal head has nothing but itself to look at: no link is stronger, or says less.
  const first = scene.knobs.causal ? 1 : 0;
  let result = strongestLink(weights, first, scale.diverging);
  if (result?.link === null && first > 0) result = strongestLink(weights, 0, scale.diverging);
  if (result !== null) found.set(weights, result);
  return result;
}

/** The mean entropy of what is shown: null for what is made of several heads, or of some of the weights, and where there is none. */
function meanEntropy({ weights, picture, settings }: Frame): MeanEntropy | null {
  const known = weights === picture.head(settings.head) ? picture.statistics(settings.head) : null;
  if (known === null || Number.isNaN(known.entropy)) return null;
  return { bits: known.entropy / Math.LN2, rows: weights.rows, invalidRows: known.invalidRows ?? 0 };
}

/** The whole picture in one sentence, or what is chosen of it; nothing as long as that is not known. */
export function pictureSentence(frame: Frame): SentencePart[] {
  const { scene, selection, weights, words, scale } = frame;
  const labels = { queries: scene.queryLabels, keys: scene.keyLabels, same: scene.same };
  if (selection.hover === null && selection.pin === null && weights.rows > 1) {
    const strongest = strongestOf(frame);
    if (strongest === null) return [];
    const { link, invalid } = strongest;
    if (link === null)
      return composed(!invalid ? words.allMasked : weights.whole ? words.allInvalid : words.someInvalid);
    const entropy = meanEntropy(frame);
    const sentence = headSentence(labels, link, entropy, scale.diverging, words);
    return invalid ? [...sentence, ...composed(words.between), ...invalidSentence(entropy, words)] : sentence;
  }
  const line = chosenLine(frame);
  if (line === null) return [];
  const statistics = readLine(line.mean, 2, scale.diverging);
  return line.of === 'key'
    ? columnSentence(labels, line.chosen, statistics, words)
    : rowSentence(labels, line.chosen, statistics, words, scale.diverging);
}
