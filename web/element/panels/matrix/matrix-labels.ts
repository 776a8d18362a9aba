import { LABEL_SPACING, labelStep } from '../../../views/ticks.js';
import type { AxisLabels } from '../../../views/token-labels.js';
import type { MatrixLayout } from './matrix-layout.js';
import type { SeenAxis } from './viewport.js';

/** Half of a line of label text, and about the width of one of its digits, in CSS pixels. */
const HALF_LINE = 8;
const DIGIT_WIDTH = 8;

const px = (length: number): string => `${length}px`;

/** The labels beside one axis: as many as have room, besides those of what is pointed at or pinned. */
export class MatrixLabels {
  readonly #elements = new Map<number, HTMLElement>();
  #container: HTMLElement | null = null;

  constructor(readonly role: 'row' | 'column') {}

  /** @param active items to be told from the others, ascending */
  place(
    container: HTMLElement,
    axis: SeenAxis,
    labels: AxisLabels,
    active: readonly number[],
    { flat, columnLabels, columnSpacing, rowSpacing }: MatrixLayout,
  ): void {
    const row = this.role === 'row';
    if (container !== this.#container) {
      this.#container = container;
      this.#elements.clear();
    }
    const { start, end, scale, length } = axis;
    const spacing = row ? rowSpacing : columnSpacing;
    // The first label of small cells is moved inside, up to half a line.
    const moved = scale < LABEL_SPACING && spacing === LABEL_SPACING ? HALF_LINE : 0;
    const step = labelStep(scale, spacing + moved);
    const inside = (item: number): boolean => item + 0.5 >= start && item + 0.5 <= end;
    const seen = active.filter((item) => item + 1 > start && item < end);
    const half = (item: number): number => (row ? HALF_LINE : flat ? DIGIT_WIDTH * (labels.label(item).length / 2) : 0);
    // The first and the last label stay inside where cells are smaller than they.
    const place = (item: number): number =>
      Math.max(half(item), Math.min(length - half(item), (item + 0.5 - start) * scale));
    const touch = (one: number, other: number): boolean =>
      Math.abs(place(one) - place(other)) < (row || !flat ? LABEL_SPACING : half(one) + half(other) + DIGIT_WIDTH);
    // Of many only the ends are sure to have labels, which would else lie upon each other.
    const ends = new Set(seen.slice(0, 1));
    for (const item of seen.slice(-1)) if (!touch(item, seen[0] ?? item)) ends.add(item);
    const items = new Set<number>();
    for (let item = Math.ceil((start - 0.5) / step) * step; item < axis.count && inside(item); item += step) {
      items.add(item);
    }
    for (const item of ends) items.add(item);
    for (const [item, element] of this.#elements) {
      if (items.has(item)) continue;
      element.remove();
      this.#elements.delete(item);
    }
    let last: number | null = null;
    for (const item of [...items].sort((a, b) => a - b)) {
      let element = this.#elements.get(item);
      if (element === undefined) {
        element = document.createElement('bdi');
        element.setAttribute('part', `${this.role}-label`);
        element.dataset['item'] = String(item);
        this.#elements.set(item, element);
        container.append(element);
      }
      const text = labels.label(item);
      if (element.textContent !== text) element.textContent = element.title = text;
      element.className = `label ${active.includes(item) ? 'active' : ''}`;
      const at = place(item);
      const { style } = element;
      if (row) {
        style.top = px(at);
      } else {
        style.transformOrigin = flat ? '' : '0 50%';
        style.transform = flat
          ? `translate(${px(at)}) translateX(-50%)`
          : `translate(${px(at)}, 3px) translateX(-4px) rotate(-45deg)`;
        style.maxWidth = flat ? '' : px((columnLabels - 6) * Math.SQRT2 - 12);
      }
      // What is active takes the place of what it would touch.
      const touched =
        !ends.has(item) && ((last !== null && touch(item, last)) || [...ends].some((end) => touch(item, end)));
      if (!touched) last = item;
      style.visibility = touched ? 'hidden' : '';
    }
  }
}
