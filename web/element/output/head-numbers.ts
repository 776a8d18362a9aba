import { HeadscopeError, type Tensor } from '../../../wasm-bindings/js/index.js';
import { MASKED } from '../../views/pooling.js';
import type { HeadWeights, Span, TileRequest } from '../source/head-weights.js';
import type { Picture } from '../source/picture.js';
import { whenKnown } from '../source/when-known.js';

/** Most numbers that are given at once: 64 MiB of float32. */
const MOST_NUMBERS = 2 ** 24;

/** The picture that is drawn; null for none. */
export type Ask = () => Picture | null;

/** What is masked has the weight 0. */
const plain = (values: Float32Array): Float32Array => values.map((value) => (value === MASKED ? 0 : value));

function check(fits: boolean, argument: string, expected: string, got: unknown): void {
  if (!fits) throw new HeadscopeError('InvalidArgument', argument, expected, JSON.stringify(got) ?? 'nothing');
}

const isIndex = (index: unknown, count: number): boolean =>
  Number.isInteger(index) && (index as number) >= 0 && (index as number) < count;

function headOf(picture: Ask, head: number): HeadWeights {
  const shown = picture();
  if (shown === null) throw new HeadscopeError('InvalidArgument', 'head', 'a head that is drawn', 'nothing drawn yet');
  const { heads } = shown.scene;
  check(isIndex(head, heads), 'head', `a head from 0 to ${heads - 1}`, head);
  return shown.head(head);
}

/**
 * Weights of one query in one head, (keys).
 * @param picture asked again until the weights are known
 * @throws HeadscopeError `InvalidArgument` where there is no such head or query, or nothing is drawn
 */
export async function rowOf(picture: Ask, head: number, query: number): Promise<Float32Array> {
  return plain(
    await whenKnown(() => {
      const weights = headOf(picture, head);
      check(isIndex(query, weights.rows), 'query', `a query from 0 to ${weights.rows - 1}`, query);
      return weights.row(query);
    }),
  );
}

/** Some rows and columns, and the size of the grid that they become. */
export type Tile = Omit<TileRequest, 'pooling'>;

/**
 * Some of a head's weights, pooled to (height, width).
 * @throws HeadscopeError `InvalidArgument` where there is no such head, row or column, the grid would have more cells
 *   than there are, or nothing is drawn; `InvalidShape` where it would be too large
 */
export async function tileOf(picture: Ask, head: number, tile: Tile, pooling: TileRequest['pooling']): Promise<Tensor> {
  const { rows, columns, height, width } = tile;
  const span = (given: Span, argument: string, count: number): void => {
    const inside = isIndex(given.first, count) && isIndex(given.count - 1, count - given.first);
    check(inside, argument, `{ first, count } within ${count}`, given);
  };
  const grid = await whenKnown(() => {
    const weights = headOf(picture, head);
    span(rows, 'rows', weights.rows);
    span(columns, 'columns', weights.columns);
    const fits = isIndex(height - 1, rows.count) && isIndex(width - 1, columns.count);
    check(fits, 'size', `{ height, width } up to ${rows.count} × ${columns.count}`, { height, width });
    if (height * width > MOST_NUMBERS) {
      throw new HeadscopeError('InvalidShape', 'size', `at most ${MOST_NUMBERS} numbers`, `${height} × ${width}`);
    }
    return weights.tile({ rows, columns, height, width, pooling });
  });
  return { data: plain(grid.values), shape: [grid.rows, grid.columns] };
}
