import { MASKED } from '../../../views/pooling.js';
import type { Picture } from '../../source/picture.js';
import type { Settings } from '../../settings.js';
import type { Frame } from '../panel.js';

/** A weight that takes no part in a sum counts as 0. */
const counted = (weight: number): number => (weight === MASKED ? 0 : weight);

/** The heads that the main views show: one, or those of the composite. */
export function shownHeads({ composite, head, heads }: Settings, { scene }: Picture): readonly number[] {
  if (composite === 'none') return [head];
  const some = heads.filter((one) => one < scene.heads);
  return some.length > 0 ? some : Array.from({ length: scene.heads }, (_, index) => index);
}

/** The weight that each head of a composite gives to a cell, and what they become. */
export interface HeadsOfCell {
  readonly heads: readonly { readonly head: number; readonly weight: number }[];
  /** MASKED where all are. */
  readonly together: number;
}

/** Null as long as it is not known. The masked weights of some heads count as 0 in the mean, and not at all in the largest. */
export function headsOfCell({ settings, picture }: Frame, query: number, key: number): HeadsOfCell | null {
  // All are asked for before one is missed, so that they are on their way together.
  const rows = shownHeads(settings, picture).map((head) => ({ head, row: picture.head(head, settings).row(query) }));
  const heads: { head: number; weight: number }[] = [];
  let together = MASKED;
  for (const { head, row } of rows) {
    if (row === null) return null;
    const weight = row[key] as number;
    heads.push({ head, weight });
    if (weight === MASKED) continue;
    together = settings.composite === 'max' ? Math.max(together, weight) : counted(together) + weight / rows.length;
  }
  return { heads, together };
}

/** The weights between the tokens of two words, and what they become. */
export interface TokensOfCell {
  readonly queries: readonly number[];
  readonly keys: readonly number[];
  /** Of each query's token, to the keys' tokens: MASKED where they are masked. */
  readonly rows: readonly (readonly number[])[];
  /** What each query's token gives to the whole key. */
  readonly sums: readonly number[];
  /** The mean of these; MASKED where all is. */
  readonly mean: number;
}

const tokensOf = (starts: readonly number[], word: number, tokens: number): number[] => {
  const first = starts[word] ?? 0;
  return Array.from({ length: (starts[word + 1] ?? tokens) - first }, (_, i) => first + i);
};

/** Null as long as it is not known, and where words are not. What is masked counts as 0. */
export function tokensOfCell(picture: Picture, head: number, query: number, key: number): TokensOfCell | null {
  const { words, queries: tokens } = picture.scene;
  if (words === null) return null;
  const [queries, keys] = [tokensOf(words, query, tokens), tokensOf(words, key, tokens)];
  const lines = queries.map((token) => picture.head(head).row(token));
  const known = lines.filter((line) => line !== null);
  if (known.length < lines.length) return null;
  const rows = known.map((line) => keys.map((token) => line[token] as number));
  const sums = rows.map((row) => row.reduce((sum, weight) => sum + counted(weight), 0));
  const masked = rows.every((row) => row.every((weight) => weight === MASKED));
  const mean = masked ? MASKED : sums.reduce((sum, one) => sum + one, 0) / queries.length;
  return { queries, keys, rows, sums, mean };
}

/** The share of a query's row that is shown where keys are hidden, by which its weights are divided; null as long as it is not known. */
export function shownShare({ picture, settings }: Frame, head: number, query: number): number | null {
  const row = picture.head(head, { ...settings, hide: [] }).row(query);
  return row && row.reduce((sum, weight, key) => (settings.hide.includes(key) ? sum : sum + counted(weight)), 0);
}
