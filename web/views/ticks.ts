/** Least distance between two labels along an axis, in CSS pixels, so that their lines of text do not touch. */
export const LABEL_SPACING = 15;

/** Every how many items one label has room: 1, 2, 5, 10, 20, 50, ... @param cell size of an item in CSS pixels */
export function labelStep(cell: number, spacing = LABEL_SPACING): number {
  if (!(cell > 0)) return 1;
  for (let power = 1; ; power *= 10) {
    for (const step of [power, 2 * power, 5 * power]) {
      if (step * cell >= spacing) return step;
    }
  }
}

/** The items whose labels are shown: every `labelStep`-th, from the first. */
export function labelledItems(count: number, cell: number, spacing = LABEL_SPACING): number[] {
  const step = labelStep(cell, spacing);
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}
