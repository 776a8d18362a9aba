import type { Rgb } from '../colour-ramp.js';
import { linkLine, linkMiddle, type GroupedLink } from '../lines.js';
import type { Palette } from '../palette.js';
import type { AxisLabels } from '../token-labels.js';
import { MIDDLE, shortened, type Block, type Mark, type Measure } from './drawing.js';

/** Weights as lines from queries to keys. */
export interface LinesView {
  readonly title: string;
  readonly queries: AxisLabels;
  readonly keys: AxisLabels;
  /** The tokens that are drawn, on both sides: [first, end), as far as there are any. */
  readonly first: number;
  readonly end: number;
  /** Between tokens that are drawn, the strongest last. */
  readonly links: readonly GroupedLink[];
  /** A link's colour, and its share of the scale, 0 to 1. */
  readonly look: (link: GroupedLink) => { readonly colour: Rgb; readonly share: number };
  /** Names and colours of heads that are told apart; none for one head. */
  readonly groups: readonly { readonly name: string; readonly colour: Rgb }[];
}

const STEP = 24;
const ACROSS = 280;
const LABEL_LENGTH = 160;
const SIZE = 14;
const TOP = 32;
const KEY_SIZE = 10;

/** Lays out lines with their tokens on both sides. */
export function linesBlock(view: LinesView, palette: Palette, measure: Measure): Block {
  const { queries, keys, first, groups } = view;
  const side = (labels: AxisLabels): { text: string; width: number }[] =>
    Array.from({ length: Math.max(0, Math.min(view.end, labels.count) - first) }, (_, i) => {
      const text = shortened(labels.label(first + i), SIZE, LABEL_LENGTH, measure);
      return { text, width: measure(text, SIZE) };
    });
  const sides = [side(queries), side(keys)] as const;
  const [widest = 0, widestKey = 0] = sides.map((labels) => Math.max(0, ...labels.map((label) => label.width)));
  const left = widest + 8;
  const right = left + ACROSS;
  const top = TOP + (groups.length > 0 ? 24 : 0);
  const level = (item: number, group: number): number =>
    top + (item - first + linkMiddle(group, Math.max(1, groups.length))) * STEP;

  let at = 0;
  const text = { kind: 'text', size: SIZE, fill: palette.text } as const;
  const marks: Mark[] = [
    { ...text, bold: true, size: 13, x: 0, y: 13, text: view.title },
    ...groups.flatMap(({ name, colour }): Mark[] => {
      const x = at;
      at += KEY_SIZE + 6 + measure(name, 12) + 16;
      return [
        { kind: 'rect', x, y: TOP, width: KEY_SIZE, height: KEY_SIZE, fill: colour },
        { ...text, size: 12, x: x + KEY_SIZE + 6, y: TOP + KEY_SIZE, text: name },
      ];
    }),
    ...view.links.map((link): Mark => {
      const { colour, share } = view.look(link);
      return {
        kind: 'curve',
        from: [left, level(link.query, link.group)],
        to: [right, level(link.key, link.group)],
        stroke: colour,
        ...linkLine(share),
      };
    }),
    ...sides.flatMap((labels, i) =>
      labels.map((label, row) => ({
        ...text,
        x: i === 0 ? left - 8 : right + 8,
        y: top + (row + 0.5) * STEP + MIDDLE * SIZE,
        text: label.text,
        anchor: i === 0 ? ('end' as const) : ('start' as const),
      })),
    ),
  ];
  const rows = Math.max(sides[0].length, sides[1].length);
  return {
    width: Math.max(at, measure(view.title, 13, true), right + 8 + widestKey),
    height: top + rows * STEP,
    marks,
  };
}
