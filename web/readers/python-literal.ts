/** What a .npy header consists of: strings, whole numbers, True/False/None, tuples, lists and dicts of them. */
export type PythonValue = string | number | boolean | null | readonly PythonValue[] | ReadonlyMap<string, PythonValue>;

/** Deeper nesting stands in no header that NumPy writes. */
const DEEPEST = 16;

/** One token with the blanks before it: a string, a whole number (Python 2 wrote `3L`), a word, or a bracket. */
const TOKEN = /\s*(?:'([^'\\]*)'|"([^"\\]*)"|(-?\d+)L?|(True|False|None)|([{}()[\],:]))/y;

type Token = { readonly value: string | number | boolean | null } | { readonly mark: string };

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  private next(): Token {
    TOKEN.lastIndex = this.at;
    const match = TOKEN.exec(this.text);
    if (match === null) throw new SyntaxError(`unexpected ${JSON.stringify(this.text.slice(this.at, this.at + 20))}`);
    this.at = TOKEN.lastIndex;
    const [, single, double, digits, word, mark] = match;
    if (mark !== undefined) return { mark };
    if (digits !== undefined) return { value: Number(digits) };
    if (word !== undefined) return { value: word === 'None' ? null : word === 'True' };
    return { value: single ?? double ?? '' };
  }

  private isNext(mark: string): boolean {
    const before = this.at;
    const token = this.next();
    if ('mark' in token && token.mark === mark) return true;
    this.at = before;
    return false;
  }

  private expect(mark: string): void {
    if (!this.isNext(mark)) throw new SyntaxError(`expected ${mark}`);
  }

  private items(close: string, depth: number): PythonValue[] {
    const items: PythonValue[] = [];
    while (!this.isNext(close)) {
      items.push(this.value(depth + 1));
      if (this.isNext(close)) break;
      this.expect(',');
    }
    return items;
  }

  private dict(depth: number): Map<string, PythonValue> {
    const result = new Map<string, PythonValue>();
    while (!this.isNext('}')) {
      const key = this.value(depth + 1);
      if (typeof key !== 'string' || result.has(key)) throw new SyntaxError('expected a key that is a new string');
      this.expect(':');
      result.set(key, this.value(depth + 1));
      if (this.isNext('}')) break;
      this.expect(',');
    }
    return result;
  }

  private value(depth: number): PythonValue {
    if (depth > DEEPEST) throw new SyntaxError('too deeply nested');
    const token = this.next();
    if ('value' in token) return token.value;
    if (token.mark === '(') return this.items(')', depth);
    if (token.mark === '[') return this.items(']', depth);
    if (token.mark === '{') return this.dict(depth);
    throw new SyntaxError(`unexpected ${token.mark}`);
  }

  whole(): PythonValue {
    const value = this.value(0);
    if (this.text.slice(this.at).trim() !== '') throw new SyntaxError('unexpected text after the end');
    return value;
  }
}

/**
 * Reads a Python literal; nothing is ever evaluated.
 * @throws SyntaxError where the text is none.
 */
export function readPythonLiteral(text: string): PythonValue {
  return new Reader(text).whole();
}
