import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import { describe } from '../../wasm-bindings/js/tensor.js';
import { GrowingValues } from './growing-values.js';
import type { NamedLabels, TensorFile } from './named-tensor.js';

/** One line of a table that has something in it. */
interface Row {
  readonly cells: readonly string[];
  /** As an editor counts, from 1. */
  readonly line: number;
}

interface Format {
  readonly separator: string | RegExp;
  /** Where the separator is no comma, a comma may stand in a number. */
  readonly decimalComma: boolean;
}

/** Tabs before semicolons before commas before blanks, in the first row apart from what stands in quotes. */
function formatOf(text: string, start: number): Format {
  const beginning = text.slice(start, start + 2 ** 16).replace(/"[^"]*"?/g, '');
  const row = beginning.split('\n', 1)[0] ?? '';
  if (row.includes('\t')) return { separator: '\t', decimalComma: true };
  if (row.includes(';')) return { separator: ';', decimalComma: true };
  if (row.includes(',')) return { separator: ',', decimalComma: false };
  return { separator: /\s+/, decimalComma: false };
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const NAN = /^[-+]?nan$/i;
const INFINITE = /^([-+]?)inf(?:inity)?$/i;

/** The number in a cell, or undefined where it holds none. NaN and infinities are numbers. */
function readNumber(cell: string, decimalComma: boolean): number | undefined {
  const text = (decimalComma ? cell.replace(',', '.') : cell).replace(/^\u2212/, '-');
  if (NUMBER.test(text)) return Number(text);
  if (NAN.test(text)) return NaN;
  const infinite = INFINITE.exec(text);
  return infinite ? (infinite[1] === '-' ? -Infinity : Infinity) : undefined;
}

/**
 * Cells of a line in which quotes occur: a quoted cell may hold separators, line breaks, and quotes written twice.
 * Returns the cells and where the next line begins.
 */
function readQuoted(
  text: string,
  start: number,
  separator: string,
  argument: string,
  line: number,
): [string[], number] {
  const cells: string[] = [];
  let at = start;
  for (;;) {
    let cell = '';
    if (text[at] === '"') {
      for (++at; ; ++at) {
        const close = text.indexOf('"', at);
        if (close < 0) throw new HeadscopeError('InvalidArgument', argument, `a closing quote for row ${line}`, 'none');
        cell += text.slice(at, close);
        at = close + 1;
        if (text[at] !== '"') break;
        cell += '"';
      }
    }
    const rest = at;
    while (at < text.length && text[at] !== '\n' && text[at] !== separator) ++at;
    cells.push((cell + text.slice(rest, at)).trim());
    if (text[at] !== separator) return [cells, at + 1];
    ++at;
  }
}

/** The lines of the text that are not blank. */
function* readRows(text: string, start: number, { separator }: Format, argument: string): Generator<Row, void> {
  let line = text.slice(0, start).split('\n').length;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    let next = newline < 0 ? text.length : newline + 1;
    const content = text.slice(start, newline < 0 ? text.length : newline);
    if (content.includes('"') && typeof separator === 'string') {
      const [cells, after] = readQuoted(text, start, separator, argument, line);
      next = after;
      yield { cells, line };
    } else if (content.trim() !== '') {
      const whole = typeof separator === 'string' ? content : content.trim();
      yield { cells: whole.split(separator).map((cell) => cell.trim()), line };
    }
    for (let at = start; ; ++line) {
      at = text.indexOf('\n', at) + 1;
      if (at === 0 || at > next) break;
    }
    start = next;
  }
}

/** Where the table begins: after blank lines and the comments (#) that numpy.savetxt writes as a header. */
function skipComments(text: string): number {
  for (let start = 0; ;) {
    const newline = text.indexOf('\n', start);
    const line = text.slice(start, newline < 0 ? text.length : newline).trim();
    if (newline < 0 || (line !== '' && !line.startsWith('#'))) return start;
    start = newline + 1;
  }
}

/** Whether a row holds names: words in every cell but the first, where the table may have its corner. */
function isHeader(first: Row, second: Row | undefined, isNumber: (cell: string | undefined) => boolean): boolean {
  if (second === undefined || !second.cells.some(isNumber)) return false;
  const [corner, ...others] = first.cells;
  if (others.length === 0) return corner !== '' && !isNumber(corner);
  return corner === '' || others.every((cell) => cell !== '' && !isNumber(cell));
}

/**
 * Reads a table of numbers: cells between tabs, semicolons, commas or blanks; a row of names at the top and a column of
 * names at the left become labels (`tokens` for the rows, `columns` for the columns). NaN and inf are numbers.
 *
 * @param name What the table's tensor is called.
 * @param argument What an error calls the text.
 * @throws HeadscopeError `InvalidShape` for rows of different lengths, `InvalidType` for a word where a number belongs;
 *   both say in which row. `InvalidArgument` for a text with nothing in it.
 */
export function readTable(text: string, name: string, argument: string): TensorFile {
  const start = skipComments(text);
  const format = formatOf(text, start);
  const isNumber = (cell: string | undefined): boolean =>
    cell !== undefined && readNumber(cell, format.decimalComma) !== undefined;

  const rows = readRows(text, start, format, argument);
  const head: Row[] = [];
  for (let row = rows.next(); !row.done; row = rows.next()) {
    head.push(row.value);
    if (head.length === 3) break;
  }
  const [first, second] = head;
  if (first === undefined) throw new HeadscopeError('InvalidArgument', argument, 'rows of numbers', 'nothing');
  const header = isHeader(first, second, isNumber) ? first : undefined;
  if (header !== undefined) head.shift();
  const [one, two] = head;
  const isNamed = ({ cells }: Row): boolean => cells[0] !== '' && !isNumber(cells[0]);
  const named =
    (header !== undefined && header.cells.length > 1 && header.cells[0] === '') ||
    (one !== undefined && isNamed(one) && one.cells.some(isNumber) && (two === undefined || isNamed(two)));

  const width = first.cells.length;
  const skipped = named ? 1 : 0;
  const values = new GrowingValues(argument);
  const names: string[] = [];
  function add({ cells, line }: Row): void {
    if (cells.length !== width) {
      const expected = `${width} cells in row ${line}, as in row ${first?.line}`;
      throw new HeadscopeError('InvalidShape', argument, expected, `${cells.length}`);
    }
    if (named) names.push(cells[0] ?? '');
    for (let column = skipped; column < width; ++column) {
      const cell = cells[column] ?? '';
      const value = readNumber(cell, format.decimalComma);
      if (value === undefined) {
        const got = cell === '' ? 'an empty cell' : describe(cell);
        throw new HeadscopeError('InvalidType', argument, `a number in row ${line}, column ${column + 1}`, got);
      }
      values.push(value);
    }
  }
  let count = 0;
  for (const row of head) {
    add(row);
    ++count;
  }
  for (const row of rows) {
    add(row);
    ++count;
  }

  const labels: NamedLabels[] = [];
  if (named) labels.push({ name: 'tokens', labels: names });
  if (header !== undefined) labels.push({ name: 'columns', labels: header.cells.slice(skipped) });
  const tensor = { data: values.toArray(), shape: [count, width - skipped] };
  return { tensors: [{ name, tensor, dtype: 'number' }], labels };
}
