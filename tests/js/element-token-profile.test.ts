import { describe, expect, it } from 'vitest';
import type { Frame } from '../../web/element/panels/panel.js';
import { profileTitle, tokenProfile, type Axis } from '../../web/element/panels/token-profile.js';
import type { Selection } from '../../web/element/selection.js';
import type { HeadWeights } from '../../web/element/source/head-weights.js';
import { MASKED } from '../../web/views/pooling.js';
import { wordsOf } from '../../web/views/words.js';
import '../../web/views/words-later.js';

const ROWS = [
  [1, MASKED, MASKED],
  [0.5, 0.5, MASKED],
  [0.25, 0.25, 0.5],
];
const weights: HeadWeights = {
  rows: 3,
  columns: 3,
  whole: true,
  range: [0, 1],
  row: (query) => Float32Array.from(ROWS[query] ?? []),
  column: (key) => Float32Array.from(ROWS, (row) => row[key] ?? NaN),
  tile: ({ height, width, pooling }) => {
    expect([height, width, pooling]).toEqual([1, 3, 'mean']);
    return { rows: 1, columns: 3, values: Float32Array.of(7, 8, 9) };
  },
};

function frame(selection: Partial<Selection>, given: Partial<HeadWeights> = {}, diverging = false): Frame {
  return {
    weights: { ...weights, ...given },
    selection: { hover: null, pin: null, ...selection },
    scale: { diverging },
    words: wordsOf('en'),
    title: 'head 3',
  } as unknown as Frame;
}

const values = (frame: Frame, preferred: Axis, how: 'sum' | 'mean' = 'mean'): unknown => {
  const { of, items, values } = tokenProfile(frame, preferred, how);
  return [of, items, values && [...Array.from(values)]];
};

describe('what the chosen tokens say about the others', () => {
  it('is the row of a query, the column of a key', () => {
    expect(values(frame({ hover: { query: 2, key: null } }), 'query')).toEqual(['query', [2], [0.25, 0.25, 0.5]]);
    expect(values(frame({ hover: { query: null, key: 1 } }), 'query')).toEqual(['key', [1], [MASKED, 0.5, 0.25]]);
    expect(values(frame({ hover: { query: 1, key: 0 } }), 'key')).toEqual(['key', [0], [1, 0.5, 0.25]]);
  });

  it('is the sum or the mean of several, masked only where all are', () => {
    const pin = { queries: [0, 1], keys: [] };
    expect(values(frame({ pin }), 'query', 'sum')).toEqual(['query', [0, 1], [1.5, 0.5, MASKED]]);
    expect(values(frame({ pin }), 'query', 'mean')).toEqual(['query', [0, 1], [0.75, 0.25, MASKED]]);
  });

  it('keeps to the pinned axis while a cell is hovered', () => {
    const pin = { queries: [], keys: [2] };
    expect(values(frame({ pin, hover: { query: 1, key: 2 } }), 'query')).toEqual(['key', [2], [MASKED, MASKED, 0.5]]);
    expect(values(frame({ pin, hover: { query: 1, key: null } }), 'query')).toEqual(['query', [1], [0.5, 0.5, MASKED]]);
  });

  it('is what each key gets on average when none is chosen, or what the view falls back on', () => {
    expect(values(frame({}), 'key')).toEqual(['query', [], [7, 8, 9]]);
    expect(tokenProfile(frame({}), 'query', 'mean', [0]).items).toEqual([0]);
    expect(tokenProfile(frame({ hover: { query: 1, key: null } }), 'query', 'mean', [0]).items).toEqual([1]);
  });

  it('is nothing when none is chosen and the mean is not asked for', () => {
    const none = tokenProfile(frame({}), 'query', 'mean', null);
    expect(none).toMatchObject({ items: [], values: null });
    expect(profileTitle(frame({}), none, [])).toEqual([{ text: 'head 3', token: false }]);
  });

  it('is the row of the last query when none is chosen and the mean would take too many weights', () => {
    const long = frame({}, { rows: 4097, columns: 4096, row: (query) => Float32Array.of(query) });
    expect(values(long, 'key')).toEqual(['query', [4096], [4096]]);
    expect(tokenProfile(long, 'query', 'mean', null).items).toEqual([]);
  });

  it('knows its largest value, of differences the largest magnitude', () => {
    const most = (row: number[], diverging: boolean): number =>
      tokenProfile(
        frame({ hover: { query: 0, key: null } }, { row: () => Float32Array.from(row) }, diverging),
        'query',
        'mean',
      ).most;
    expect(most([0.25, NaN, 0.5, MASKED], false)).toBe(0.5);
    expect(most([-0.75, 0.5, MASKED], true)).toBe(0.75);
    expect(most([-0.75, 0.5, MASKED], false)).toBe(0.5);
    expect(most([MASKED, NaN], true)).toBe(0);
  });

  it('is null as long as some of it is on its way', () => {
    const row = (query: number): Float32Array | null => (query === 0 ? weights.row(0) : null);
    const pin = { queries: [0, 1], keys: [] };
    expect(tokenProfile(frame({ pin }, { row }), 'query', 'sum')).toMatchObject({ values: null, most: 0 });
    expect(tokenProfile(frame({}, { tile: () => null }), 'query', 'mean').values).toBeNull();
  });
});

describe('its title', () => {
  const title = (selection: Partial<Selection>, preferred: Axis = 'query'): string => {
    const shown = frame(selection);
    const profile = tokenProfile(shown, preferred, 'mean');
    return profileTitle(shown, profile, [{ text: '"sat"', token: true }])
      .map(({ text }) => text)
      .join('');
  };

  it.each([
    [{ hover: { query: 1, key: null } }, 'Where "sat" looks, head 3'],
    [{ hover: { query: null, key: 1 } }, 'Who looks at "sat", head 3'],
    [{ pin: { queries: [0, 2], keys: [] } }, 'Where 2 queries look, head 3'],
    [{ pin: { queries: [], keys: [0, 1, 2] } }, 'Who looks at 3 keys, head 3'],
    [{}, 'What each key gets on average, head 3'],
  ])('says %j', (selection, expected) => {
    expect(title(selection)).toBe(expected);
  });
});
