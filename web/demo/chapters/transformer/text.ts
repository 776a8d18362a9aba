/** A share of 1 in per cent; what is nearly all or nothing is not rounded to it. */
export function percent(share: number): string {
  if (Number.isNaN(share)) return 'NaN';
  if (share > 0 && share < 0.001) return '<\u00a00.1\u00a0%';
  if (share < 1 && share > 0.999) return '>\u00a099.9\u00a0%';
  return `${(100 * share).toFixed(1)}\u00a0%`;
}

/** Softmax of a few numbers. */
export function softmax(scores: ArrayLike<number>): number[] {
  const all = Array.from(scores);
  const most = Math.max(...all);
  const powers = all.map((score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Places of the largest values, largest first. */
export function largest(values: readonly number[], count: number): number[] {
  return values
    .map((value, index) => ({ value, index }))
    .sort((a, b) => b.value - a.value)
    .slice(0, count)
    .map(({ index }) => index);
}

/** A text of the visitor's, or of a model's, in a sentence of whatever language: Unicode's isolates around it. */
export function isolated(text: string): string {
  return `\u2068${text}\u2069`;
}
