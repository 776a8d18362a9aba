/** A number to three significant digits, as short as it can be said: 0.412, 1.84, 12.3, 0, 1.23e-5, −2.5, NaN. */
export function threeDigits(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size < 1e-4 || size >= 999_500 ? size.toExponential(2) : plainThreeDigits(size);
  return value < 0 ? `−${text}` : text;
}

function plainThreeDigits(size: number): string {
  const rounded = Number(size.toPrecision(3));
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(rounded)));
  return rounded.toFixed(decimals);
}

/** As threeDigits, with its sign even when it is positive: +0.412. */
export function signedDigits(value: number): string {
  return value > 0 ? `+${threeDigits(value)}` : threeDigits(value);
}

/** Every digit there is: the shortest decimal that names exactly this double. */
export function exactDigits(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A share as a whole percentage with a no-break space: "41 %", "< 1 %". */
export function percent(share: number): string {
  const whole = Math.round(100 * share);
  if (whole === 0 && share > 0) return '<\u00a01\u00a0%';
  return `${whole}\u00a0%`;
}

/** How shares are said of which this is the largest: in percent, or as plain numbers where that would be "< 1 %". */
export function shareDigits(most: number): (share: number) => string {
  return most < 0.005 ? threeDigits : percent;
}

/** A number for the inside of a cell, with so many decimals: "0.41", "1.00", "0", "<.01", "12", "4e3". */
export function cellDigits(value: number, decimals: 2 | 3): string {
  if (!Number.isFinite(value)) return threeDigits(value);
  const size = Math.abs(value);
  const sign = value < 0 ? '−' : '';
  if (size === 0) return '0';
  const least = 10 ** -decimals;
  if (size < least / 2) return value > 0 ? `<${least.toFixed(decimals).slice(1)}` : '−0';
  if (size < 9.995) return sign + size.toFixed(decimals);
  if (size < 999.5) return sign + size.toFixed(0);
  return sign + size.toExponential(0).replace('+', '');
}

/** A count with thin separators, the same in every locale: "1 048 576". */
export function countDigits(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
