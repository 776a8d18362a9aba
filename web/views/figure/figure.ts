import { threeDigits } from '../numbers.js';
import { pixel, type Palette } from '../palette.js';
import type { ValueScale } from '../value-scale.js';
import { brokenLines, MIDDLE, type Block, type Mark, type Measure, type Raster } from './drawing.js';
import { linesBlock, type LinesView } from './lines-block.js';
import { CELL_ROOM, matrixBlock, type MatrixView } from './matrix-block.js';
import { textBlock, type TextView } from './text-block.js';

/** A picture with a caption. */
export interface ImageView {
  readonly title: string;
  readonly raster: Raster;
}

/** A colour bar. */
export interface Bar {
  readonly scale: ValueScale;
  /** What the upper end is called where it is no number. */
  readonly upper: string | null;
  /** What the colours mean. */
  readonly words: string;
}

/** What an element shows, for print and for slides: caption, views, colour bars, sentences. */
export interface Figure {
  readonly caption: string;
  /** Side by side. */
  readonly matrices: readonly MatrixView[];
  readonly lines: LinesView | null;
  readonly texts: readonly TextView[];
  readonly image: ImageView | null;
  readonly bars: readonly Bar[];
  /** What the picture says, and what one must know to read it. */
  readonly sentences: readonly string[];
  readonly palette: Palette;
}

const MARGIN = 24;
const GAP = 24;
const LEAST_WIDTH = 420;
const BAR_WIDTH = 120;
const BAR_HEIGHT = 10;
const SIZE = 13;
const NOTE_SIZE = 12;
const NOTE_LINE = 18;

/** Room for the cells of each of several matrices. */
const SHARED_ROOM = 360;

/** Lays out a whole figure. */
export function layOutFigure(figure: Figure, measure: Measure): Block {
  const { palette, matrices } = figure;
  const room = matrices.length > 1 ? SHARED_ROOM : CELL_ROOM;
  const views: Block[] = [];
  if (matrices.length > 0) views.push(row(matrices.map((view) => matrixBlock(view, room, palette, measure))));
  if (figure.lines !== null) views.push(linesBlock(figure.lines, palette, measure));
  views.push(...figure.texts.map((view) => textBlock(view, CELL_ROOM, palette, measure)));
  if (figure.image !== null) views.push(imageBlock(figure.image, palette));
  const bars = figure.bars.map((bar) => barBlock(bar, palette, measure));

  const widest = Math.max(LEAST_WIDTH, ...[...views, ...bars].map((block) => block.width));
  const text = { kind: 'text', fill: palette.text, x: 0 } as const;
  const caption = brokenLines(figure.caption, SIZE, widest, measure);
  const notes = brokenLines(figure.sentences.join(' '), NOTE_SIZE, widest, measure);
  const blocks: Block[] = [
    {
      width: widest,
      height: caption.length * NOTE_LINE,
      marks: caption.map((line, i) => ({ ...text, y: SIZE + i * NOTE_LINE, text: line, size: SIZE, bold: true })),
    },
    ...views,
    ...bars,
    {
      width: widest,
      height: notes.length * NOTE_LINE,
      marks: notes.map((line, i) => ({ ...text, y: NOTE_SIZE + i * NOTE_LINE, text: line, size: NOTE_SIZE })),
    },
  ];
  let y = MARGIN;
  const placed = blocks.map(({ height, marks }, i): Mark => {
    const group: Mark = { kind: 'group', x: MARGIN, y, marks };
    y += height + (i === 0 || i > views.length ? GAP / 2 : GAP);
    return group;
  });
  const width = Math.ceil(widest) + 2 * MARGIN;
  const height = Math.ceil(y - GAP / 2) + MARGIN;
  return { width, height, marks: [{ kind: 'rect', x: 0, y: 0, width, height, fill: palette.ground }, ...placed] };
}

/** Blocks beside each other. */
function row(blocks: readonly Block[]): Block {
  let x = 0;
  const marks = blocks.map((block): Mark => {
    const group: Mark = { kind: 'group', x, y: 0, marks: block.marks };
    x += block.width + GAP;
    return group;
  });
  return { width: x - GAP, height: Math.max(...blocks.map(({ height }) => height)), marks };
}

function imageBlock({ title, raster }: ImageView, palette: Palette): Block {
  const shrink = CELL_ROOM / Math.max(raster.width, raster.height);
  const width = Math.round(raster.width * shrink);
  const height = Math.round(raster.height * shrink);
  return {
    width,
    height: 24 + height,
    marks: [
      { kind: 'text', x: 0, y: SIZE, text: title, size: SIZE, bold: true, fill: palette.text },
      { kind: 'raster', x: 0, y: 24, width, height, raster },
    ],
  };
}

function barBlock({ scale, upper, words }: Bar, palette: Palette, measure: Measure): Block {
  const [low, high] = scale.domain;
  const least = scale.kind === 'log' && !scale.diverging ? `≤ ${threeDigits(low)}` : threeDigits(low);
  const most = upper ?? threeDigits(high);
  const left = measure(least, NOTE_SIZE) + 6;
  const wordsLeft = left + BAR_WIDTH + 6 + measure(most, NOTE_SIZE) + 12;
  const raster: Raster = {
    width: scale.ramp.length,
    height: 1,
    draw(context) {
      const image = context.createImageData(scale.ramp.length, 1);
      new Uint32Array(image.data.buffer).set(scale.ramp.map(pixel));
      context.putImageData(image, 0, 0);
    },
  };
  const y = BAR_HEIGHT / 2 + MIDDLE * NOTE_SIZE;
  const text = { kind: 'text', y, size: NOTE_SIZE } as const;
  return {
    width: wordsLeft + measure(words, NOTE_SIZE),
    height: BAR_HEIGHT,
    marks: [
      { ...text, x: 0, text: least, fill: palette.text },
      { kind: 'raster', x: left, y: 0, width: BAR_WIDTH, height: BAR_HEIGHT, raster },
      { kind: 'frame', x: left, y: 0, width: BAR_WIDTH, height: BAR_HEIGHT, stroke: palette.hatch },
      { ...text, x: left + BAR_WIDTH + 6, text: most, fill: palette.text },
      { ...text, x: wordsLeft, text: words, fill: palette.muted },
    ],
  };
}
