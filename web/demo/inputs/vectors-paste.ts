/** A block of cells as it came from the clipboard, still as text: the table shows it and marks what is not a number. */
export interface PastedBlock {
  readonly rows: readonly (readonly string[])[];
  /** The first column, where it holds words and the others numbers. */
  readonly names: readonly string[] | null;
  /** The first row was left out because it holds only words. */
  readonly header: boolean;
}

/** A number as people write it, with `.` or a single decimal comma; null where it is not one. */
export function readNumber(text: string): number | null {
  const plain = text.trim().replace(/^[−–]/, '-');
  if (!/^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const value = Math.fround(Number(plain.replace(',', '.')));
  return Number.isFinite(value) ? value : null;
}

/** The character between cells: tabs before semicolons before commas before blanks; a comma is decimal beside the first two. */
function separatorOf(text: string): RegExp | null {
  if (text.includes('\t')) return /\t/;
  if (text.includes(';')) return /;/;
  if (text.includes(',')) return /,/;
  const parts = text.trim().split(/\s+/);
  return parts.length > 1 && parts.every((part) => readNumber(part) !== null) ? / +/ : null;
}

/** Splits what was pasted into cells; null where it is a single value, which the field itself can take. */
export function readPaste(text: string): PastedBlock | null {
  const lines = text.replace(/\r\n?/g, '\n').replace(/\n+$/, '').split('\n');
  const separator = separatorOf(text);
  if (lines.length === 1 && separator === null) return null;
  let rows = lines
    .filter((line) => line.trim() !== '')
    .map((line) =>
      (separator ? line.trimEnd().split(separator) : [line]).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1')),
    );
  const isWord = (cell: string | undefined): boolean => cell !== undefined && cell !== '' && readNumber(cell) === null;
  const [first, second] = rows;
  const header =
    first !== undefined &&
    second !== undefined &&
    first.length > 1 &&
    first.slice(1).every(isWord) &&
    readNumber(first[0] ?? '') === null &&
    second.some((cell) => readNumber(cell) !== null);
  if (header) rows = rows.slice(1);
  const named =
    rows.length > 0 &&
    rows.every((row) => row.length > 1 && isWord(row[0])) &&
    rows.some((row) => row.slice(1).some((cell) => readNumber(cell) !== null));
  const names = named ? rows.map((row) => row[0] ?? '') : null;
  if (named) rows = rows.map((row) => row.slice(1));
  return { rows, names, header };
}
