import type { Rgb } from '../colour-ramp.js';
import type { TextPiece } from '../flowing-text.js';
import { inkOn, type Palette } from '../palette.js';
import { shortened, type Block, type Fill, type Mark, type Measure } from './drawing.js';

/** Tokens as running text, each on a colour. */
export interface TextView {
  readonly title: string;
  readonly pieces: readonly TextPiece[];
  /** What lies under each token; null for nothing. */
  readonly fills: readonly (Fill | null)[];
  readonly direction: 'ltr' | 'rtl';
}

const SIZE = 16;
const LINE = 30;
const PLATE = 24;
const TOP = 24;

/** Lays out running text in lines of at most this room. */
export function textBlock(view: TextView, room: number, palette: Palette, measure: Measure): Block {
  const blank = measure('n n', SIZE) - measure('nn', SIZE);
  const marks: Mark[] = [{ kind: 'text', x: 0, y: 13, text: view.title, size: 13, bold: true, fill: palette.text }];
  let x = 0;
  let line = 0;
  view.pieces.forEach((piece, i) => {
    const text = shortened(piece.text, SIZE, room - 2, measure);
    const width = measure(text, SIZE) + 2;
    const gap = piece.gap && x > 0 ? blank : 0;
    if (x > 0 && x + gap + width > room) {
      x = 0;
      line += 1;
    } else {
      x += gap;
    }
    const fill = view.fills[i] ?? null;
    const left = view.direction === 'rtl' ? room - x - width : x;
    const top = TOP + line * LINE;
    const ink: Rgb = fill === null || typeof fill === 'string' ? palette.text : inkOn(fill);
    if (fill !== null) marks.push({ kind: 'rect', x: left, y: top, width: width - 1, height: PLATE, fill });
    marks.push({ kind: 'text', x: left + 1, y: top + 17, text, size: SIZE, fill: ink });
    x += width;
    if (piece.breaks) {
      x = 0;
      line += 1;
    }
  });
  return { width: Math.max(room, measure(view.title, 13, true)), height: TOP + (line + 1) * LINE, marks };
}
