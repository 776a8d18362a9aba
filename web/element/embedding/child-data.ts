import { HeadscopeError } from '../../../wasm-bindings/js/index.js';
import { readState, type ScopeData, type ScopeState } from './state.js';

/** Most cells of a table that are read. */
const MOST_TABLE_CELLS = 2 ** 20;

/** "0.25", "25 %"; 0 where nothing stands, NaN where something else does. */
function numberOf(text: string): number {
  const percent = /^(.*?)\s*%$/.exec(text);
  return percent === null ? Number(text) : Number(percent[1]) / 100;
}

/** A matrix of weights: key tokens along the top, a query token before each row. Without either, indices. */
function tableData(table: HTMLTableElement): ScopeData {
  const rows = [...table.rows];
  const length = (row: HTMLTableRowElement): number => row.cells.length;
  if (rows.reduce((sum, row) => sum + length(row), 0) > MOST_TABLE_CELLS) {
    throw new HeadscopeError('TooLarge', 'table', `at most ${MOST_TABLE_CELLS} cells`, 'more');
  }
  const text = (cell: Element): string => (cell.textContent ?? '').trim();
  const tokensOf = (row: HTMLTableRowElement): string[] => [...row.querySelectorAll('th')].map(text);
  // Row headings stand in front, so a row that ends with a heading is one of headings.
  const isHeading = (row: HTMLTableRowElement): boolean => [...row.cells].at(-1)?.localName === 'th';
  const heading = rows.find(isHeading);
  const body = rows.filter((row) => !isHeading(row));
  const tokens = body.flatMap((row) => tokensOf(row).slice(0, 1));
  const weights = body.map((row) => [...row.querySelectorAll('td')].map((cell) => numberOf(text(cell))));
  // A corner above the query tokens names the axes, if anything.
  const keyTokens = heading && [...heading.cells].map(text).slice(-(weights[0]?.length ?? 0));
  const named = tokens.length === weights.length;
  return { weights, ...(named && { tokens }), ...(keyTokens && { keyTokens }) };
}

/**
 * What stands inside of the element in the page's own markup: a `<script type="application/json">`, or else a
 * `<table>`, which readers without scripts, printers and feeds see. Null where there is neither.
 *
 * @throws HeadscopeError where it cannot be read
 */
export function readChild(host: Element): ScopeState | null {
  const script = host.querySelector(':scope > script[type="application/json"]');
  if (script !== null) {
    let given: unknown;
    try {
      given = JSON.parse(script.textContent ?? '');
    } catch (error) {
      throw new HeadscopeError('InvalidType', 'script', 'JSON', String(error), { cause: error });
    }
    return readState(given);
  }
  const table = host.querySelector<HTMLTableElement>(':scope > table, :scope > figure > table');
  return table && { data: tableData(table), settings: {}, pin: undefined };
}
