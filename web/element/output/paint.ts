import { isChequer, isDot, isHatchLine } from '../../views/hatch.js';
import type { Rgb } from '../../views/colour-ramp.js';
import { css, pixel, type Palette } from '../../views/palette.js';
import type { Fill, Mark, Raster } from '../../views/figure/drawing.js';

/** What painters know of the page. */
export interface Style {
  readonly palette: Palette;
  readonly fontFamily: string;
}

export function fontOf(size: number, bold: boolean | undefined, fontFamily: string): string {
  return `${bold ? 600 : 400} ${size}px ${fontFamily}`;
}

/** A canvas of its own. @throws Error where the browser gives none */
export function newCanvas(
  width: number,
  height: number,
): { readonly canvas: HTMLCanvasElement; readonly context: CanvasRenderingContext2D } {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no 2D canvas');
  return { canvas, context };
}

/** A raster as a canvas. */
export function rasterCanvas({ width, height, draw }: Raster): HTMLCanvasElement {
  const { canvas, context } = newCanvas(width, height);
  draw(context);
  return canvas;
}

/** Side of the square that hatching and chequer repeat, in CSS pixels. */
const TILE = 12;

/** A pattern that repeats, as it is drawn in the element. */
function patternOf(fill: Exclude<Fill, Rgb>, { palette }: Style, pixelRatio: number): CanvasPattern | string {
  const side = TILE * pixelRatio;
  const { canvas, context } = newCanvas(side, side);
  const image = context.createImageData(side, side);
  const words = new Uint32Array(image.data.buffer);
  const [ground, hatch, invalid] = [palette.ground, palette.hatch, palette.invalid].map(pixel) as [
    number,
    number,
    number,
  ];
  for (let i = 0; i < words.length; ++i) {
    const x = i % side;
    const y = Math.floor(i / side);
    const lines = isHatchLine(x, y, 6 * pixelRatio, pixelRatio) ? hatch : ground;
    const dots = isDot(x, y, 6 * pixelRatio, 2 * pixelRatio) ? hatch : ground;
    const chequer = isChequer(x, y, 2 * pixelRatio) ? invalid : ground;
    words[i] = { masked: lines, hidden: dots, invalid: chequer }[fill];
  }
  context.putImageData(image, 0, 0);
  const pattern = context.createPattern(canvas, 'repeat');
  pattern?.setTransform(new DOMMatrix([1 / pixelRatio, 0, 0, 1 / pixelRatio, 0, 0]));
  return pattern ?? css(palette.ground);
}

/** Paints marks on a canvas whose units are CSS pixels. */
export function paintMarks(
  context: CanvasRenderingContext2D,
  marks: readonly Mark[],
  style: Style,
  pixelRatio: number,
): void {
  const patterns = new Map<Fill, CanvasPattern | string>();
  const fillStyle = (fill: Fill): CanvasPattern | string => {
    if (typeof fill !== 'string') return css(fill);
    const made = patterns.get(fill) ?? patternOf(fill, style, pixelRatio);
    patterns.set(fill, made);
    return made;
  };
  const paint = (mark: Mark): void => {
    switch (mark.kind) {
      case 'group':
        context.save();
        context.translate(mark.x, mark.y);
        mark.marks.forEach(paint);
        context.restore();
        return;
      case 'rect':
        context.fillStyle = fillStyle(mark.fill);
        context.fillRect(mark.x, mark.y, mark.width, mark.height);
        return;
      case 'frame':
        context.strokeStyle = css(mark.stroke);
        context.lineWidth = 1 / pixelRatio;
        context.strokeRect(mark.x, mark.y, mark.width, mark.height);
        return;
      case 'raster':
        context.imageSmoothingEnabled = false;
        context.drawImage(rasterCanvas(mark.raster), mark.x, mark.y, mark.width, mark.height);
        return;
      case 'curve': {
        const [x, y] = mark.from;
        const [endX, endY] = mark.to;
        const reach = 0.4 * (endX - x);
        context.globalAlpha = mark.opacity;
        context.strokeStyle = css(mark.stroke);
        context.lineWidth = mark.thickness;
        context.beginPath();
        context.moveTo(x, y);
        context.bezierCurveTo(x + reach, y, endX - reach, endY, endX, endY);
        context.stroke();
        context.globalAlpha = 1;
        return;
      }
      case 'text': {
        const { anchor = 'start' } = mark;
        context.font = fontOf(mark.size, mark.bold, style.fontFamily);
        context.fillStyle = css(mark.fill);
        context.textAlign = anchor === 'middle' ? 'center' : anchor === 'end' ? 'right' : 'left';
        context.save();
        context.translate(mark.x, mark.y);
        context.rotate(((mark.turn ?? 0) * Math.PI) / 180);
        context.fillText(mark.text, 0, 0);
        context.restore();
      }
    }
  };
  marks.forEach(paint);
}
