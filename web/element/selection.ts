import type { Display } from './settings.js';

/** A query and a key; either may be left open: a whole row, a whole column. Indices count from 0. */
export interface Place {
  readonly query: number | null;
  readonly key: number | null;
}

/** Queries and keys that stay chosen when the pointer leaves; a cell is one of each. Ascending, never both empty. */
export interface Pin {
  readonly queries: readonly number[];
  readonly keys: readonly number[];
}

/** How a place is pinned: alone (and released when it was), with all between it and the last one, or besides the others. */
export type Reach = 'only' | 'range' | 'also';

/** The one selection that all views of an element share. Hovering never touches the pin. */
export interface Selection {
  readonly hover: Place | null;
  readonly pin: Pin | null;
}

/** Most queries or keys that a pin given by a script, a page or a link may name. */
const MOST_PINNED = 4096;

/**
 * A pin from outside: `{ query, key }` or `{ queries, keys }` with indices from 0; what is no index is left out. Null
 * where nothing is left.
 */
export function readPin(given: unknown): Pin | null {
  if (typeof given !== 'object' || given === null) return null;
  const { query, key, queries, keys } = given as Readonly<Record<string, unknown>>;
  const indices = (value: unknown): number[] => {
    const list: readonly unknown[] = Array.isArray(value) ? value.slice(0, MOST_PINNED) : [value];
    const wanted = list.filter((index): index is number => Number.isSafeInteger(index) && (index as number) >= 0);
    return [...new Set(wanted)].sort((a, b) => a - b);
  };
  const pin = { queries: indices(queries ?? query), keys: indices(keys ?? key) };
  return pin.queries.length + pin.keys.length === 0 ? null : pin;
}

export const NOTHING_SELECTED: Selection = { hover: null, pin: null };

function samePlace(a: Place | null, b: Place | null): boolean {
  return a === b || (a?.query === b?.query && a?.key === b?.key);
}

export function hovered(selection: Selection, place: Place | null): Selection {
  return samePlace(selection.hover, place) ? selection : { ...selection, hover: place };
}

const alone = (index: number | null): number[] => (index === null ? [] : [index]);

function extended(chosen: readonly number[], index: number | null, reach: Reach): readonly number[] {
  if (index === null) return chosen;
  if (reach === 'only' || chosen.length === 0) return [index];
  if (reach === 'also') {
    return chosen.includes(index) ? chosen.filter((one) => one !== index) : [...chosen, index].sort((a, b) => a - b);
  }
  const from = Math.min(index, chosen[0] as number);
  const to = Math.max(index, chosen.at(-1) as number);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Whether exactly this place is pinned. */
export function isPinned({ pin }: Selection, place: Place): boolean {
  const same = (chosen: readonly number[], index: number | null): boolean =>
    index === null ? chosen.length === 0 : chosen.length === 1 && chosen[0] === index;
  return pin !== null && same(pin.queries, place.query) && same(pin.keys, place.key);
}

/** The selection after a click on a place. */
export function pinned(selection: Selection, place: Place, reach: Reach = 'only'): Selection {
  if (reach === 'only') {
    const pin = isPinned(selection, place) ? null : { queries: alone(place.query), keys: alone(place.key) };
    return { ...selection, pin };
  }
  const { queries, keys } = selection.pin ?? { queries: [], keys: [] };
  const next = { queries: extended(queries, place.query, reach), keys: extended(keys, place.key, reach) };
  return { ...selection, pin: next.queries.length + next.keys.length === 0 ? null : next };
}

/** The selection after a sweep from one place to another: all queries and keys between them. */
export function swept(selection: Selection, from: Place, to: Place): Selection {
  const between = (a: number | null, b: number | null): number[] => {
    if (a === null || b === null) return [];
    const first = Math.min(a, b);
    return Array.from({ length: Math.abs(a - b) + 1 }, (_, i) => first + i);
  };
  const pin = { queries: between(from.query, to.query), keys: between(from.key, to.key) };
  return { ...selection, pin: pin.queries.length + pin.keys.length === 0 ? null : pin };
}

/** The selection without what is outside of a matrix of this size; the same object where nothing is. */
export function within(selection: Selection, queries: number, keys: number): Selection {
  const { hover, pin } = selection;
  const outside = hover !== null && ((hover.query ?? 0) >= queries || (hover.key ?? 0) >= keys);
  const kept = pin && { queries: pin.queries.filter((q) => q < queries), keys: pin.keys.filter((k) => k < keys) };
  const same = kept?.queries.length === pin?.queries.length && kept?.keys.length === pin?.keys.length;
  if (!outside && same) return selection;
  return { hover: outside ? null : hover, pin: kept && kept.queries.length + kept.keys.length > 0 ? kept : null };
}

/** The queries that are meant: the hovered one, or else the pinned ones. */
export function activeQueries({ hover, pin }: Selection): readonly number[] {
  return hover === null ? (pin?.queries ?? []) : alone(hover.query);
}

/** The keys that are meant: the hovered one, or else the pinned ones. */
export function activeKeys({ hover, pin }: Selection): readonly number[] {
  return hover === null ? (pin?.keys ?? []) : alone(hover.key);
}

/** The one query, the one key or both that are pinned; null for none, or several of them. */
export function activePlace({ pin }: Selection): Place | null {
  const { queries, keys } = pin ?? { queries: [], keys: [] };
  return queries.length > 1 || keys.length > 1 ? null : { query: queries[0] ?? null, key: keys[0] ?? null };
}

/** The cell that is meant: one query and one key; null for none, or several. */
export function activeCell(selection: Selection): { readonly query: number; readonly key: number } | null {
  const [query, ...otherQueries] = activeQueries(selection);
  const [key, ...otherKeys] = activeKeys(selection);
  if (query === undefined || key === undefined || otherQueries.length + otherKeys.length > 0) return null;
  return { query, key };
}

/**
 * What of the settings a click changes on one of `count` heads: it alone, or a composite of it and others. The last head of a
 * composite cannot be taken away.
 */
export function headChosen(
  { head, heads, composite }: Pick<Display, 'head' | 'heads' | 'composite'>,
  count: number,
  clicked: number,
  reach: Reach,
): Partial<Display> {
  if (reach === 'only') return { head: clicked, heads: [], composite: 'none' };
  const all = Array.from({ length: count }, (_, i) => i);
  const chosen = composite === 'none' ? [head] : heads.length > 0 ? heads : all;
  const next = extended(chosen, clicked, reach);
  return { heads: next.length > 0 ? next : [clicked], composite: composite === 'none' ? 'mean' : composite };
}
