import { cellEdges, cellGeometry } from './cell-geometry.js';
import { drawCellNumbers } from './cell-numbers.js';
import type { Matrix, MatrixFacts } from './matrix.js';
import { threeDigits } from './numbers.js';
import { css, pixel, type Palette } from './palette.js';
import { emptyGrid, poolRows } from './pooling.js';
import { rasterRows, rowMaximum } from './raster.js';
import { labelledItems } from './ticks.js';
import type { AxisLabels } from './token-labels.js';
import { makeScale } from './value-scale.js';
import { filled, type Words } from './words.js';

/** A picture of one head for print and for slides: caption, labels, cells, colour bar, sentence. */
export interface Figure {
  readonly matrix: Matrix;
  readonly facts: MatrixFacts;
  /** Upper end of the scale, the same for every head. */
  readonly max: number;
  readonly queries: AxisLabels;
  readonly keys: AxisLabels;
  readonly caption: string;
  readonly sentence: string;
  /** What the scale is, in a few words. */
  readonly scaleWords: string;
  readonly words: Words;
  readonly palette: Palette;
  readonly fontFamily: string;
  /** Device pixels per unit of the layout. */
  readonly scale: number;
}

export interface FigureLayout {
  /** Size of the whole picture in pixels. */
  readonly width: number;
  readonly height: number;
  draw(context: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D): void;
}

type Context = OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D;

const MARGIN = 24;
const CELL_ROOM = 640;
const LABEL_LENGTH = 112;
const FONT_SIZE = 13;
const NOTE_SIZE = 12;
const DIAGONAL = Math.SQRT1_2;
const LEAST_WIDTH = 420;
const BAR_WIDTH = 120;
const BAR_HEIGHT = 10;

function shortened(context: Context, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  const characters = Array.from(text);
  while (characters.length > 1 && context.measureText(`${characters.join('')}…`).width > room) characters.pop();
  return `${characters.join('')}…`;
}

/** Breaks a sentence into lines that fit. */
function lines(context: Context, text: string, room: number): string[] {
  const result: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && context.measureText(longer).width > room) {
      result.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...result, line];
}

/**
 * Measures a figure, and returns its size and the function that draws it.
 * @param measure any 2D context, to measure text with
 */
export function layOutFigure(figure: Figure, measure: Context): FigureLayout {
  const { matrix, facts, palette, fontFamily, scale, queries, keys } = figure;
  const font = (size: number, weight = 400): string => `${weight} ${size}px ${fontFamily}`;
  const geometry = cellGeometry({
    rows: matrix.rows,
    columns: matrix.columns,
    width: CELL_ROOM,
    height: CELL_ROOM,
    pixelRatio: scale,
  });
  measure.font = font(FONT_SIZE);
  const named = (labels: AxisLabels, items: number[]): { item: number; text: string; width: number }[] =>
    items.map((item) => {
      const text = shortened(measure, labels.label(item), LABEL_LENGTH);
      return { item, text, width: measure.measureText(text).width };
    });
  const rowLabels = named(queries, labelledItems(matrix.rows, geometry.cellHeight));
  const spacing = keys.named ? undefined : measure.measureText(String(matrix.columns)).width + 10;
  const columnLabels = named(keys, labelledItems(matrix.columns, geometry.cellWidth, spacing));
  const horizontal = !keys.named || columnLabels.every(({ width }) => width <= geometry.cellWidth - 4);
  const widestRow = Math.max(0, ...rowLabels.map(({ width }) => width));
  const headRoom = horizontal
    ? FONT_SIZE + 8
    : 12 + DIAGONAL * (Math.max(0, ...columnLabels.map((l) => l.width)) + FONT_SIZE);
  const overhang = horizontal
    ? 0
    : Math.max(
        0,
        ...columnLabels.map((l) => (l.item + 0.5) * geometry.cellWidth + DIAGONAL * (l.width + 10) - geometry.width),
      );

  const axisWord = 22;
  const left = MARGIN + axisWord + widestRow + 8;
  const captionLine = FONT_SIZE + 14;
  const top = MARGIN + captionLine + axisWord + headRoom;
  measure.font = font(NOTE_SIZE);
  const most = threeDigits(figure.max);
  const barLeft = MARGIN + measure.measureText('0').width + 6;
  const wordsLeft = barLeft + BAR_WIDTH + 6 + measure.measureText(most).width + 12;
  const legendRight = wordsLeft + measure.measureText(figure.scaleWords).width;
  const width = Math.max(left + geometry.width + overhang, legendRight, LEAST_WIDTH) + MARGIN;
  const across = Math.ceil(matrix.columns / geometry.pixelWidth);
  const down = Math.ceil(matrix.rows / geometry.pixelHeight);
  const remarks = [
    figure.sentence,
    ...(facts.masked > 0 ? [figure.words.hatched] : []),
    ...(facts.invalid > 0 ? [figure.words.chequered] : []),
    ...(across > 1 || down > 1 ? [filled(figure.words.pooled, down, across)] : []),
  ];
  const note = lines(measure, remarks.join(' '), width - 2 * MARGIN);
  const barTop = top + geometry.height + 20;
  const height = barTop + BAR_HEIGHT + 22 + note.length * 18 + MARGIN;

  function drawCells(context: Context): void {
    const grid = emptyGrid(matrix, geometry.pixelHeight, geometry.pixelWidth);
    poolRows(matrix, facts, grid, 0, grid.rows);
    const edges = cellEdges(geometry, grid.rows, grid.columns);
    const colours = makeScale({ kind: 'linear', domain: [0, figure.max], palette });
    const x = Math.round(left * scale);
    const y = Math.round(top * scale);
    const image = context.createImageData(geometry.pixelWidth, geometry.pixelHeight);
    const target = { words: new Uint32Array(image.data.buffer), width: geometry.pixelWidth };
    rasterRows(target, grid, edges, palette, colours, 0, grid.rows);
    context.putImageData(image, x, y);
    context.save();
    context.setTransform(1, 0, 0, 1, x, y);
    drawCellNumbers(context, grid, edges, palette, colours, (row) => rowMaximum(grid, row), fontFamily);
    context.restore();
    context.strokeStyle = css(palette.hatch);
    context.lineWidth = 1 / scale;
    context.strokeRect(x / scale, y / scale, geometry.width, geometry.height);
  }

  function drawBar(context: Context): void {
    const image = context.createImageData(BAR_WIDTH * scale, BAR_HEIGHT * scale);
    const words = new Uint32Array(image.data.buffer);
    for (let i = 0; i < words.length; ++i) {
      const t = (i % image.width) / (image.width - 1);
      words[i] = pixel(palette.ramp[Math.round(t * (palette.ramp.length - 1))] ?? palette.ground);
    }
    const x = Math.round(barLeft * scale);
    const y = Math.round(barTop * scale);
    context.putImageData(image, x, y);
    context.strokeRect(x / scale, y / scale, BAR_WIDTH, BAR_HEIGHT);
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    const middle = barTop + BAR_HEIGHT / 2 + 1;
    context.fillStyle = css(palette.text);
    context.fillText('0', MARGIN, middle);
    context.fillText(most, barLeft + BAR_WIDTH + 6, middle);
    context.fillStyle = css(palette.muted);
    context.fillText(figure.scaleWords, wordsLeft, middle);
  }

  function draw(context: Context): void {
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = css(palette.ground);
    context.fillRect(0, 0, width, height);
    drawCells(context);
    context.textBaseline = 'alphabetic';
    context.textAlign = 'left';
    context.fillStyle = css(palette.text);
    context.font = font(FONT_SIZE, 600);
    context.fillText(figure.caption, MARGIN, MARGIN + FONT_SIZE, width - 2 * MARGIN);

    context.fillStyle = css(palette.muted);
    context.font = font(NOTE_SIZE);
    context.fillText(figure.words.keyAxis, left, MARGIN + captionLine + NOTE_SIZE);
    context.save();
    context.translate(MARGIN + NOTE_SIZE, top + geometry.height);
    context.rotate(-Math.PI / 2);
    context.textAlign = 'right';
    context.fillText(figure.words.queryAxisTurned, geometry.height, 0);
    context.restore();

    context.fillStyle = css(palette.text);
    context.font = font(FONT_SIZE);
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    for (const { item, text } of rowLabels) context.fillText(text, left - 8, top + (item + 0.5) * geometry.cellHeight);
    for (const { item, text } of columnLabels) {
      context.save();
      context.translate(left + (item + 0.5) * geometry.cellWidth, top - 6);
      if (!horizontal) context.rotate(-Math.PI / 4);
      context.textAlign = horizontal ? 'center' : 'left';
      context.textBaseline = horizontal ? 'alphabetic' : 'middle';
      context.fillText(text, 0, 0);
      context.restore();
    }

    context.font = font(NOTE_SIZE);
    drawBar(context);
    context.fillStyle = css(palette.text);
    context.textAlign = 'left';
    context.textBaseline = 'alphabetic';
    note.forEach((line, i) => context.fillText(line, MARGIN, barTop + BAR_HEIGHT + 22 + i * 18 + 12));
  }

  return { width: Math.ceil(width * scale), height: Math.ceil(height * scale), draw };
}
