import { msg } from '@lit/localize';

/** Strokes drawn by hand over a picture, and their short text form for links. */

/** Points lie on a grid of 256 x 256 over the picture: fine enough to draw on, short enough to write down. */
export const STROKE_GRID = 256;

/** Longest text form that goes into a link. */
export const LONGEST_STROKES = 1600;

export interface Ink {
  /** The swatch's class. */
  readonly name: string;
  readonly label: string;
  readonly css: string;
}

export const INKS: readonly Ink[] = [
  { name: 'black', label: msg('black'), css: '#1d1f23' },
  { name: 'red', label: msg('red'), css: '#c8321f' },
  { name: 'yellow', label: msg('yellow'), css: '#f2b632' },
  { name: 'blue', label: msg('blue'), css: '#2d62a8' },
  { name: 'white', label: msg('white'), css: '#ffffff' },
];

export interface Pen {
  readonly name: string;
  /** Width in steps of the grid. */
  readonly width: number;
}

export const PENS: readonly Pen[] = [
  { name: msg('fine'), width: 4 },
  { name: msg('medium'), width: 12 },
  { name: msg('broad'), width: 32 },
];

export interface Stroke {
  /** Index into INKS. */
  readonly ink: number;
  /** Index into PENS. */
  readonly pen: number;
  /** x0, y0, x1, y1, ... whole steps of the grid, 0..255. */
  readonly points: number[];
}

/** 64 characters that a URL keeps as they are. */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const LARGEST_STEP = 31;

function digit(value: number): string {
  return DIGITS.charAt(value);
}

/**
 * One stroke: ink, pen, then x and y of the first point (two digits to the base 64 each), then the way to each next point
 * (one digit each for x and y, offset by 32; long ways are cut into several). Strokes are separated by a full stop.
 */
export function encodeStrokes(strokes: readonly Stroke[]): string {
  return strokes
    .filter((stroke) => stroke.points.length >= 2)
    .map((stroke) => {
      const [startX = 0, startY = 0] = stroke.points;
      let text = digit(stroke.ink) + digit(stroke.pen);
      for (const value of [startX, startY]) text += digit(value >> 6) + digit(value & 63);
      let x = startX;
      let y = startY;
      for (let i = 2; i + 1 < stroke.points.length; i += 2) {
        const endX = stroke.points[i] ?? x;
        const endY = stroke.points[i + 1] ?? y;
        while (x !== endX || y !== endY) {
          const longest = Math.max(Math.abs(endX - x), Math.abs(endY - y));
          const part = Math.min(1, LARGEST_STEP / longest);
          const stepX = Math.round((endX - x) * part);
          const stepY = Math.round((endY - y) * part);
          text += digit(stepX + 32) + digit(stepY + 32);
          x += stepX;
          y += stepY;
        }
      }
      return text;
    })
    .join('.');
}

/** The strokes that `encodeStrokes` wrote, or null when the text is not one of its own. */
export function decodeStrokes(text: string): Stroke[] | null {
  if (text === '') return [];
  const strokes: Stroke[] = [];
  for (const part of text.split('.')) {
    const values = Array.from(part, (character) => DIGITS.indexOf(character));
    const [ink = -1, pen = -1, x1 = -1, x0 = -1, y1 = -1, y0 = -1] = values;
    if (values.length < 6 || values.length % 2 !== 0 || values.includes(-1)) return null;
    if (ink >= INKS.length || pen >= PENS.length) return null;
    let x = x1 * 64 + x0;
    let y = y1 * 64 + y0;
    const points = [x, y];
    for (let i = 6; i + 1 < values.length; i += 2) {
      x += (values[i] ?? 0) - 32;
      y += (values[i + 1] ?? 0) - 32;
      points.push(x, y);
    }
    if (points.some((value) => value < 0 || value >= STROKE_GRID)) return null;
    strokes.push({ ink, pen, points });
  }
  return strokes;
}

/** Paints the strokes over a square of `side` pixels: round pens, curves through the middles between points. */
export function paintStrokes(context: CanvasRenderingContext2D, strokes: readonly Stroke[], side: number): void {
  context.save();
  context.scale(side / STROKE_GRID, side / STROKE_GRID);
  context.lineCap = 'round';
  context.lineJoin = 'round';
  for (const { ink, pen, points } of strokes) {
    const [x0, y0] = points;
    const colour = INKS[ink]?.css;
    const width = PENS[pen]?.width;
    if (x0 === undefined || y0 === undefined || colour === undefined || width === undefined) continue;
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    // A line of no length is not painted: the dot where the pen came down is.
    context.arc(x0, y0, width / 2, 0, 2 * Math.PI);
    context.fill();
    context.beginPath();
    context.moveTo(x0, y0);
    let fromX = x0;
    let fromY = y0;
    for (let i = 2; i + 1 < points.length; i += 2) {
      const x = points[i] ?? fromX;
      const y = points[i + 1] ?? fromY;
      context.quadraticCurveTo(fromX, fromY, (fromX + x) / 2, (fromY + y) / 2);
      fromX = x;
      fromY = y;
    }
    context.lineTo(fromX, fromY);
    context.stroke();
  }
  context.restore();
}
