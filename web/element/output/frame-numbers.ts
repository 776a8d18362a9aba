import type { Tensor } from '../../../wasm-bindings/js/index.js';
import { MASKED } from '../../views/pooling.js';
import type { AxisLabels } from '../../views/token-labels.js';
import type { Frame } from '../panels/panel.js';
import type { NamedNumbers } from './numbers-text.js';

/** Most numbers that are taken along: 64 MiB of float32. */
const MOST_NUMBERS = 2 ** 24;

/**
 * The weights that are meant: of the pinned queries and keys, or all of the picture. What is masked is MASKED.
 * @returns null as long as they are not known; undefined where they are too many
 */
export function numbersOf({ weights, selection, scene }: Frame): NamedNumbers | null | undefined {
  const { pin } = selection;
  const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const some = (chosen: readonly number[] | undefined): readonly number[] | null => (chosen?.length ? chosen : null);
  const queries = some(pin?.queries) ?? all(weights.rows);
  const keys = some(pin?.keys) ?? all(weights.columns);
  if (queries.length * keys.length > MOST_NUMBERS) return undefined;
  const names = (labels: AxisLabels, items: readonly number[]): string[] => items.map((item) => labels.text(item));
  const named = { rows: names(scene.queryLabels, queries), columns: names(scene.keyLabels, keys) };
  const values = new Float32Array(queries.length * keys.length);
  if (pin === null) {
    const rows = { first: 0, count: weights.rows };
    const columns = { first: 0, count: weights.columns };
    const grid = weights.tile({ rows, columns, height: rows.count, width: columns.count, pooling: 'max' });
    return grid && { ...named, values: grid.values };
  }
  const byColumn = keys.length < queries.length;
  // All are asked for before one is missed, so that they are on their way together.
  const lines = byColumn ? keys.map((key) => weights.column(key)) : queries.map((query) => weights.row(query));
  for (const [i, line] of lines.entries()) {
    if (line === null) return null;
    (byColumn ? queries : keys).forEach((item, j) => {
      values[byColumn ? j * keys.length + i : i * keys.length + j] = line[item] as number;
    });
  }
  return { ...named, values };
}

/** The same as a tensor, in which what is masked has the weight 0. */
export function tensorOf({ values, rows, columns }: NamedNumbers): Tensor {
  return { data: values.map((value) => (value === MASKED ? 0 : value)), shape: [rows.length, columns.length] };
}
