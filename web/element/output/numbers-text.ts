import { MASKED } from '../../views/pooling.js';

/** Numbers with the names of their rows and columns. */
export interface NamedNumbers {
  /** Row-major; a masked one is MASKED. */
  readonly values: Float32Array;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
}

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r].+/s;

/** A name as a field of CSV. One that a spreadsheet would compute gets an apostrophe before it, as people type it there. */
function nameField(name: string): string {
  const safe = FORMULA.test(name) ? `'${name}` : name;
  return `"${safe.replaceAll('"', '""')}"`;
}

/**
 * Comma-separated values (RFC 4180): a line of key names, then a line for each query, its name first. What is masked is
 * left empty.
 */
export function csvOf({ values, rows, columns }: NamedNumbers): string {
  const lines = rows.map((name, row) => {
    const numbers = Array.from(values.subarray(row * columns.length, (row + 1) * columns.length), (value) =>
      value === MASKED ? '' : String(value),
    );
    return [nameField(name), ...numbers].join(',');
  });
  return `${[['""', ...columns.map(nameField)].join(','), ...lines].join('\r\n')}\r\n`;
}
