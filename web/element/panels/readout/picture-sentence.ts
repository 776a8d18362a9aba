import {
  chosenName,
  columnSentence,
  headSentence,
  invalidSentence,
  rowSentence,
  type Link,
  type MeanEntropy,
} from '../../../views/summary.js';
import { composed, type SentencePart } from '../../../views/sentence.js';
import { readLine } from '../../../views/row-statistics.js';
import { blockStart, MASKED } from '../../../views/pooling.js';
import type { HeadWeights, Span } from '../../source/head-weights.js';
import type { Frame } from '../panel.js';
import { chosenLine, type ChosenLine } from './chosen-line.js';

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
  const known = weights === picture.head(settings.head, settings) ? picture.statistics(settings.head) : null;
  if (known === null || Number.isNaN(known.entropy)) return null;
  return { bits: known.entropy / Math.LN2, rows: weights.rows, invalidRows: known.invalidRows ?? 0 };
}

/** Whether some queries look at nothing but keys that are hidden. */
function looksAtHidden({ picture, settings, scale }: Frame, queries: readonly number[]): boolean {
  const { hide, composite, head, heads } = settings;
  if (hide.length === 0 || scale.diverging) return false;
  const all = heads.length > 0 ? heads : Array.from({ length: picture.scene.heads }, (_, index) => index);
  return (composite === 'none' ? [head] : all).some((one) => {
    const whole = picture.head(one, { ...settings, hide: [] });
    return queries.some((query) => hide.some((key) => (whole.row(query)?.[key] ?? 0) > 0));
  });
}

/** Why a row or a column has nothing but what is masked or 0, if it is not for the mask. */
function whyNothing(frame: Frame, { of, chosen, mean }: ChosenLine): string | null {
  const { words, settings, weights } = frame;
  if (of === 'key' && chosen.every((key) => settings.hide.includes(key))) return words.hiddenColumn;
  if (mean.some((weight) => weight !== MASKED && weight !== 0)) return null;
  if (of === 'query') return looksAtHidden(frame, chosen) ? words.nothingLeft : null;
  return weights.unfiltered !== undefined && mean.every((weight) => weight === MASKED) ? words.leftOutColumn : null;
}

/** The whole picture in one sentence, or what is chosen of it; nothing as long as that is not known. */
export function pictureSentence(frame: Frame): SentencePart[] {
  const { scene, selection, weights, words, scale, settings } = frame;
  const labels = { queries: scene.queryLabels, keys: scene.keyLabels, same: scene.same };
  if (selection.hover === null && selection.pin === null && weights.rows > 1) {
    const strongest = strongestOf(frame);
    if (strongest === null) return [];
    const { link, invalid } = strongest;
    const nothing = settings.hide.length > 0 ? words.allHidden : words.allMasked;
    if (link === null) return composed(!invalid ? nothing : weights.whole ? words.allInvalid : words.someInvalid);
    const entropy = meanEntropy(frame);
    const sentence = headSentence(labels, link, entropy, scale.diverging, words);
    return invalid ? [...sentence, ...composed(words.between), ...invalidSentence(entropy, words)] : sentence;
  }
  const line = chosenLine(frame);
  if (line === null) return [];
  const why = whyNothing(frame, line);
  if (why !== null) {
    const axis = line.of === 'key' ? labels.keys : labels.queries;
    return composed(why, chosenName(axis, line.chosen, line.of, words));
  }
  const all = readLine(line.mean, 2, scale.diverging);
  // What is left out may be smaller: of a filtered row it cannot be said that it looks at all keys alike.
  const statistics = weights.unfiltered === undefined ? all : { ...all, least: Math.min(0, all.least) };
  return line.of === 'key'
    ? columnSentence(labels, line.chosen, statistics, words)
    : rowSentence(labels, line.chosen, statistics, words, scale.diverging);
}
