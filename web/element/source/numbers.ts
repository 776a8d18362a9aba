import { HeadscopeError, type Tensor } from '../../../wasm-bindings/js/index.js';
import { MASKED } from '../../views/pooling.js';
import type { HeadWeights, Span, TileRequest } from './head-weights.js';

/** Which part of a head a page wants as numbers, and how small. */
export interface TileSize {
  readonly height: number;
  readonly width: number;
}

/** What is masked has the weight 0. */
const plain = (values: Float32Array): Float32Array => values.map((value) => (value === MASKED ? 0 : value));

function check(fits: boolean, argument: string, expected: string, got: unknown): void {
  if (!fits) throw new HeadscopeError('InvalidArgument', argument, expected, JSON.stringify(got) ?? 'nothing');
}

/**
 * The head that a page asks for.
 * @throws HeadscopeError `InvalidArgument` where there is none
 */
export function checkHead(head: number, heads: number): void {
  check(Number.isInteger(head) && head >= 0 && head < heads, 'head', `a head from 0 to ${heads - 1}`, head);
}

/** Weights of one query, (keys); null as long as they are not known. @throws HeadscopeError `InvalidArgument` */
export function rowOf(weights: HeadWeights, query: number): Float32Array | null {
  const inside = Number.isInteger(query) && query >= 0 && query < weights.rows;
  check(inside, 'query', `a query from 0 to ${weights.rows - 1}`, query);
  const row = weights.row(query);
  return row && plain(row);
}

/**
 * Some rows and columns, pooled to `size`, (height, width); null as long as they are not known.
 * @throws HeadscopeError `InvalidArgument`
 */
export function tileOf(
  weights: HeadWeights,
  rows: Span,
  columns: Span,
  size: TileSize,
  pooling: TileRequest['pooling'],
): Tensor | null {
  const whole = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0;
  const span = (given: Span, argument: string, most: number): void => {
    const { first, count } = given;
    const inside = whole(first) && whole(count) && count > 0 && first + count <= most;
    check(inside, argument, `{ first, count } within ${most}`, given);
  };
  span(rows, 'rows', weights.rows);
  span(columns, 'columns', weights.columns);
  const { height, width } = size;
  const fits =
    whole(height) && whole(width) && height > 0 && width > 0 && height <= rows.count && width <= columns.count;
  check(fits, 'size', `{ height, width } from 1 × 1 to ${rows.count} × ${columns.count}`, size);
  const grid = weights.tile({ rows, columns, height, width, pooling });
  return grid && { data: plain(grid.values), shape: [grid.rows, grid.columns] };
}
