import { describe, expect, it } from 'vitest';
import { numbersOf, tensorOf } from '../../web/element/output/frame-numbers.js';
import { rowOf, tileOf } from '../../web/element/output/head-numbers.js';
import { csvOf } from '../../web/element/output/numbers-text.js';
import type { Frame } from '../../web/element/panels/panel.js';
import type { Pin } from '../../web/element/selection.js';
import type { HeadWeights } from '../../web/element/source/head-weights.js';
import type { Picture } from '../../web/element/source/picture.js';
import { MASKED } from '../../web/views/pooling.js';
import { AxisLabels } from '../../web/views/token-labels.js';

/** Two queries and three keys, the last masked for the first query; nothing is known when it is asked for at first. */
function headWeights(unknown = 0): HeadWeights {
  const rows = [
    [0.25, 0.75, MASKED],
    [0.5, NaN, 0.125],
  ];
  const known = <T>(value: T): T | null => (unknown-- > 0 ? null : value);
  return {
    rows: 2,
    columns: 3,
    whole: unknown === 0,
    range: [0, 0.75],
    row: (query) => known(Float32Array.from(rows[query] ?? [])),
    column: (key) => known(Float32Array.from(rows, (row) => row[key] ?? NaN)),
    tile: ({ height, width }) =>
      known({ values: Float32Array.from(rows.flat()).slice(0, height * width), rows: height, columns: width }),
  };
}

const picture = (weights = headWeights()): Picture =>
  ({ scene: { heads: 2 }, head: () => weights }) as unknown as Picture;

const frame = (pin: Pin | null, weights = headWeights()): Frame =>
  ({
    weights,
    selection: { hover: null, pin },
    scene: { queryLabels: new AxisLabels(2, ['q', '=1+1']), keyLabels: new AxisLabels(3, null) },
  }) as unknown as Frame;

describe('a row and a tile', () => {
  it('come when they are known, with 0 for what is masked', async () => {
    const weights = headWeights(2);
    expect(Array.from(await rowOf(() => picture(weights), 1, 0))).toEqual([0.25, 0.75, 0]);
    const tile = { rows: { first: 0, count: 2 }, columns: { first: 0, count: 3 }, height: 2, width: 3 };
    const { data, shape } = await tileOf(() => picture(), 0, tile, 'max');
    expect(shape).toEqual([2, 3]);
    expect(Array.from(data)).toEqual([0.25, 0.75, 0, 0.5, NaN, 0.125]);
  });

  it('are refused where there is nothing such', async () => {
    const all = { rows: { first: 0, count: 2 }, columns: { first: 0, count: 3 }, height: 2, width: 3 };
    const messages = await Promise.all(
      [
        rowOf(() => null, 0, 0),
        rowOf(() => picture(), 2, 0),
        rowOf(() => picture(), 0, 1.5),
        rowOf(() => picture(), 0, -1),
        tileOf(() => picture(), 0, { ...all, rows: { first: 1, count: 2 } }, 'max'),
        tileOf(() => picture(), 0, { ...all, columns: { first: 0, count: 0 } }, 'max'),
        tileOf(() => picture(), 0, { ...all, width: 4 }, 'max'),
      ].map((refused) => refused.then(String, (error: Error) => error.message)),
    );
    expect(messages).toEqual([
      'head: expected a head that is drawn, got nothing drawn yet',
      'head: expected a head from 0 to 1, got 2',
      'query: expected a query from 0 to 1, got 1.5',
      'query: expected a query from 0 to 1, got -1',
      'rows: expected { first, count } within 2, got {"first":1,"count":2}',
      'columns: expected { first, count } within 3, got {"first":0,"count":0}',
      'size: expected { height, width } up to 2 × 3, got {"height":2,"width":4}',
    ]);
  });
});

describe('numbers to take along', () => {
  it('are all, or those of what is pinned', () => {
    expect(numbersOf(frame(null))?.values.length).toBe(6);
    expect(numbersOf(frame({ queries: [1], keys: [] }))).toMatchObject({ rows: ['=1+1'], columns: ['0', '1', '2'] });
    const cells = numbersOf(frame({ queries: [0, 1], keys: [2, 0] }));
    expect(cells?.columns).toEqual(['2', '0']);
    expect(Array.from(cells?.values ?? [])).toEqual([MASKED, 0.25, 0.125, 0.5]);
    const column = numbersOf(frame({ queries: [], keys: [0] }));
    expect(Array.from(column?.values ?? [])).toEqual([0.25, 0.5]);
    expect(numbersOf(frame(null, headWeights(1)))).toBeNull();
  });

  it('are a tensor in which what is masked has no weight', () => {
    const named = numbersOf(frame({ queries: [0], keys: [] }));
    expect(named && tensorOf(named)).toEqual({ data: Float32Array.of(0.25, 0.75, 0), shape: [1, 3] });
  });

  it('are CSV that no spreadsheet computes', () => {
    const values = Float32Array.of(0.25, MASKED, NaN, 1);
    const text = csvOf({ values, rows: ['say "hi", twice', '=HYPERLINK("x")'], columns: ['-', '+1'] });
    expect(text).toBe('"","-","\'+1"\r\n"say ""hi"", twice",0.25,\r\n"\'=HYPERLINK(""x"")",NaN,1\r\n');
  });
});
