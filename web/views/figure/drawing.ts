import type { Rgb } from '../colour-ramp.js';

/** Colour, or what marks a cell that has none. */
export type Fill = Rgb | 'masked' | 'hidden' | 'invalid';

/** Pixels that are no shapes: a picture, or cells too many to be shapes. */
export interface Raster {
  /** In pixels of its own. */
  readonly width: number;
  readonly height: number;
  /** Draws it with its upper left corner at 0, 0. The context's units are the raster's pixels. */
  readonly draw: (context: CanvasRenderingContext2D) => void;
}

/** One thing that is drawn, in CSS pixels. What a group holds is placed from the group's corner. */
export type Mark =
  | { readonly kind: 'group'; readonly x: number; readonly y: number; readonly marks: readonly Mark[] }
  | (Box & { readonly kind: 'rect'; readonly fill: Fill })
  | (Box & { readonly kind: 'frame'; readonly stroke: Rgb })
  | (Box & { readonly kind: 'raster'; readonly raster: Raster })
  | {
      /** From one point to another, level at both. */
      readonly kind: 'curve';
      readonly from: readonly [x: number, y: number];
      readonly to: readonly [x: number, y: number];
      readonly stroke: Rgb;
      readonly thickness: number;
      readonly opacity: number;
    }
  | TextMark;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface TextMark {
  readonly kind: 'text';
  /** Of the line that letters stand on, where the anchor says. */
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly bold?: boolean;
  readonly fill: Rgb;
  /** Left, middle or right of the text, whatever its direction of writing. */
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Degrees clockwise around x, y. */
  readonly turn?: number;
}

/** What several marks look like together, from their upper left corner on. */
export interface Block {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
}

/** From the middle of a line of text down to what its letters stand on, as a share of the font's size. */
export const MIDDLE = 0.35;

/** Width of a text in CSS pixels. */
export type Measure = (text: string, size: number, bold?: boolean) => number;

/** Cuts a text so that it fits. */
export function shortened(text: string, size: number, room: number, measure: Measure): string {
  if (measure(text, size) <= room) return text;
  const characters = Array.from(text);
  while (characters.length > 1 && measure(`${characters.join('')}…`, size) > room) characters.pop();
  return `${characters.join('')}…`;
}

/** Breaks a sentence into lines that fit. Where nothing parts words, as in Chinese, it breaks anywhere. */
export function brokenLines(text: string, size: number, room: number, measure: Measure): string[] {
  const pieces = text.split(/(?<=[ \p{Script=Han}\u3000-\u303f\uff00-\uffef])(?![，。；：、）])/u);
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line !== '' && measure((line + piece).trimEnd(), size) > room) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += piece;
  }
  return [...lines, line];
}
