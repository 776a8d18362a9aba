/** A number as the page writes it: whole numbers as they are, others with three significant digits. */
export function threeDigits(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  let text: string;
  if (Number.isInteger(value) && size < 1e5) text = String(size);
  else if (size < 1e-3 || size >= 1e5) text = size.toExponential(2).replace('e-', 'e−').replace('e+', 'e');
  else text = size.toPrecision(3);
  return value < 0 ? `−${text}` : text;
}

/** A float32 in as few digits as read back to the same float32. */
export function shortestFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return Object.is(value, -0) ? '-0' : String(Number(value.toPrecision(9)));
}

/** "1,024" */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
