import { describe, expect, it } from 'vitest';
import {
  activeCell,
  activePlace,
  headChosen,
  isPinned,
  pinned,
  readPin,
  swept,
  within,
  type Pin,
  type Selection,
} from '../../web/element/selection.js';

const selection = (pin: Pin | null): Selection => ({ hover: null, pin });

describe('what a click pins', () => {
  const cell = { query: 2, key: 1 };

  it('is released by the same click', () => {
    const once = pinned(selection(null), cell);
    expect(once.pin).toEqual({ queries: [2], keys: [1] });
    expect(isPinned(once, cell)).toBe(true);
    expect(pinned(once, cell).pin).toBeNull();
  });

  it('is one more with Ctrl, and all between with Shift', () => {
    const once = pinned(selection(null), cell);
    expect(pinned(once, { query: 0, key: null }, 'also').pin).toEqual({ queries: [0, 2], keys: [1] });
    expect(pinned(once, { query: 2, key: null }, 'also').pin).toEqual({ queries: [], keys: [1] });
    expect(pinned(once, { query: 5, key: 0 }, 'range').pin).toEqual({ queries: [2, 3, 4, 5], keys: [0, 1] });
  });

  it('is a rectangle after a sweep in any direction', () => {
    const { pin } = swept(selection(null), { query: 3, key: 0 }, { query: 1, key: 1 });
    expect(pin).toEqual({ queries: [1, 2, 3], keys: [0, 1] });
  });

  it('stays as far as there is such a place', () => {
    const given = selection({ queries: [0, 4], keys: [1] });
    expect(within(given, 5, 2)).toBe(given);
    expect(within(given, 4, 2).pin).toEqual({ queries: [0], keys: [1] });
    expect(within(selection({ queries: [4], keys: [] }), 4, 2).pin).toBeNull();
  });
});

describe('the place that is meant', () => {
  it('is a cell, a row or a column, and none of several', () => {
    expect(activePlace(selection({ queries: [3], keys: [1] }))).toEqual({ query: 3, key: 1 });
    expect(activePlace(selection({ queries: [3], keys: [] }))).toEqual({ query: 3, key: null });
    expect(activePlace(selection({ queries: [], keys: [1] }))).toEqual({ query: null, key: 1 });
    expect(activePlace(selection({ queries: [1, 2], keys: [1] }))).toBeNull();
    expect(activePlace(selection(null))).toEqual({ query: null, key: null });
    expect(activeCell(selection({ queries: [3], keys: [] }))).toBeNull();
  });
});

describe('a pin from outside', () => {
  it.each<[unknown, Pin | null]>([
    [
      { query: 2, key: 0 },
      { queries: [2], keys: [0] },
    ],
    [
      { query: 2, key: null },
      { queries: [2], keys: [] },
    ],
    [
      { queries: [2, 0, 2], keys: [] },
      { queries: [0, 2], keys: [] },
    ],
    [
      { queries: [1, -1, 0.5, NaN, '3', null], keys: 4 },
      { queries: [1], keys: [4] },
    ],
    [{ query: null, key: null }, null],
    [{ queries: [], keys: [] }, null],
    [{ query: -1, key: 1e99 }, null],
    ...['x', 5, null, undefined, true, []].map((value): [unknown, null] => [value, null]),
  ])('%j is %j', (given, expected) => {
    expect(readPin(given)).toEqual(expected);
  });

  it('names no more than 4096 of each', () => {
    const queries = Array.from({ length: 5000 }, (_, i) => i);
    expect(readPin({ queries })?.queries).toHaveLength(4096);
  });
});

describe('a click on a head', () => {
  const solo = { head: 1, heads: [], composite: 'none' } as const;

  it('shows it alone', () => {
    expect(headChosen({ head: 0, heads: [0, 1], composite: 'max' }, 4, 3, 'only')).toEqual({ ...solo, head: 3 });
  });

  it('makes a mean of it and the one before', () => {
    expect(headChosen(solo, 4, 3, 'also')).toEqual({ heads: [1, 3], composite: 'mean' });
    expect(headChosen(solo, 4, 3, 'range')).toEqual({ heads: [1, 2, 3], composite: 'mean' });
  });

  it('takes one out of all, and never the last one', () => {
    const all = { head: 0, heads: [], composite: 'max' } as const;
    expect(headChosen(all, 3, 1, 'also')).toEqual({ heads: [0, 2], composite: 'max' });
    expect(headChosen({ ...all, heads: [2] }, 3, 2, 'also')).toEqual({ heads: [2], composite: 'max' });
  });
});
