/** The shortest decimal that names exactly this float32, as one would type it: 0.1, not 0.10000000149011612. */
export function shortestFloat(value: number): string {
  for (let digits = 1; digits <= 9; ++digits) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return String(short);
  }
  return String(value);
}

/** A number as people type it, with either minus sign and either decimal mark; null for what is none a float32 can hold. */
export function parsedNumber(text: string): number | null {
  const plain = text.trim().replace('−', '-').replace(',', '.');
  const value = plain === '' ? NaN : Number(plain);
  return Number.isFinite(Math.fround(value)) ? value : null;
}
