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

/** One view of all pictures that are compared, side by side; of the only picture where nothing is. */
export interface Sides<View> {
  /** What they have in common; empty for nothing. */
  readonly heading: string;
  readonly views: readonly View[];
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
  readonly matrices: Sides<MatrixView>;
  readonly lines: Sides<LinesView>;
  /** One below the other. */
  readonly texts: readonly Sides<TextView>[];
  readonly images: Sides<ImageView>;
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

/** Room for the cells, the text or the image of each of several pictures. */
const SHARED_ROOM = 360;

/** Room for a view of each of so many pictures, in CSS pixels. */
export const roomFor = (sides: number): number => (sides > 1 ? SHARED_ROOM : CELL_ROOM);

/** Lays out a whole figure. */
export function layOutFigure(figure: Figure, measure: Measure): Block {
  const { palette, matrices, lines, texts, images } = figure;
  const blocksOf = <View>(
    { heading, views }: Sides<View>,
    block: (view: View, room: number) => Block,
  ): Sides<Block> => ({
    heading,
    views: views.map((view) => block(view, roomFor(views.length))),
  });
  const views = sideBySide(
    [
      blocksOf(matrices, (view, room) => matrixBlock(view, room, palette, measure)),
      blocksOf(lines, (view) => linesBlock(view, palette, measure)),
      ...texts.map((text) => blocksOf(text, (view, room) => textBlock(view, room, palette, measure))),
      blocksOf(images, (view, room) => imageBlock(view, room, palette, measure)),
    ].filter((sides) => sides.views.length > 0),
    palette,
  );
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

/** Rows of blocks, those of the same picture below each other. */
function sideBySide(rows: readonly Sides<Block>[], palette: Palette): Block[] {
  const count = Math.max(0, ...rows.map(({ views }) => views.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map(({ views }) => views[i]?.width ?? 0)));
  const left = (side: number): number => widths.slice(0, side).reduce((sum, width) => sum + width + GAP, 0);
  return rows.map(({ heading, views }) => {
    const top = heading === '' ? 0 : NOTE_LINE + GAP / 4;
    const said: Mark = { kind: 'text', x: 0, y: SIZE, text: heading, size: SIZE, fill: palette.text };
    const groups = views.map(({ marks }, i): Mark => ({ kind: 'group', x: left(i), y: top, marks }));
    return {
      width: left(views.length - 1) + (views.at(-1)?.width ?? 0),
      height: top + Math.max(...views.map(({ height }) => height)),
      marks: heading === '' ? groups : [said, ...groups],
    };
  });
}

function imageBlock({ title, raster }: ImageView, room: number, palette: Palette, measure: Measure): Block {
  const shrink = room / Math.max(raster.width, raster.height);
  const width = Math.round(raster.width * shrink);
  const height = Math.round(raster.height * shrink);
  return {
    width: Math.max(width, measure(title, SIZE, true)),
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
