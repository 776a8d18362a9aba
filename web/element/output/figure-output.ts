import { css } from '../../views/palette.js';
import { layOutFigure, type Figure } from '../../views/figure/figure.js';
import type { Block, Fill, Mark, Measure } from '../../views/figure/drawing.js';
import { fontOf, newCanvas, paintMarks, rasterCanvas, type Style } from './paint.js';

/** Most pixels along one side, and in all, that canvases of all browsers can have. */
const LONGEST_SIDE = 8192;

/** Pixels per CSS pixel. */
const PIXEL_RATIO = 2;

const SVG = 'http://www.w3.org/2000/svg';

function layOut(figure: Figure, fontFamily: string): Block {
  const { context } = newCanvas(1, 1);
  const measure: Measure = (text, size, bold) => {
    context.font = fontOf(size, bold, fontFamily);
    return context.measureText(text).width;
  };
  return layOutFigure(figure, measure);
}

/** A figure as PNG, two pixels per CSS pixel unless it would be too large. */
export function pngOf(figure: Figure, fontFamily: string): Promise<Blob> {
  const block = layOut(figure, fontFamily);
  const pixelRatio = Math.min(PIXEL_RATIO, LONGEST_SIDE / Math.max(block.width, block.height));
  const { canvas, context } = newCanvas(Math.ceil(block.width * pixelRatio), Math.ceil(block.height * pixelRatio));
  context.scale(pixelRatio, pixelRatio);
  paintMarks(context, block.marks, { palette: figure.palette, fontFamily }, PIXEL_RATIO);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error('the picture could not be encoded')) : resolve(blob)),
      'image/png',
    );
  });
}

/**
 * A figure as the text of an SVG file: shapes and text, but for what is made of pixels, which is a PNG within. Built of
 * nodes, so that no token can be anything but text.
 */
export function svgOf(figure: Figure, fontFamily: string): string {
  const block = layOut(figure, fontFamily);
  const page = document.implementation.createDocument(SVG, 'svg', null);
  const make = (name: string, attributes: Record<string, string | number>, text?: string): Element => {
    const element = page.createElementNS(SVG, name);
    for (const [attribute, value] of Object.entries(attributes)) {
      element.setAttribute(attribute, typeof value === 'number' ? String(Math.round(100 * value) / 100) : value);
    }
    if (text !== undefined) element.textContent = legal(text);
    return element;
  };
  const style: Style = { palette: figure.palette, fontFamily };
  const root = page.documentElement;
  const { width, height } = block;
  const attributes = { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'font-family': fontFamily };
  for (const [name, value] of Object.entries(attributes)) root.setAttribute(name, String(value));
  // The blanks of tokens are part of them.
  root.setAttributeNS('http://www.w3.org/XML/1998/namespace', 'xml:space', 'preserve');
  root.append(make('title', {}, figure.caption), make('desc', {}, figure.sentences.join(' ')), patterns(make, style));
  root.append(...block.marks.map((mark) => svgMark(mark, make)));
  return new XMLSerializer().serializeToString(page);
}

type Make = (name: string, attributes: Record<string, string | number>, text?: string) => Element;

/** Without the characters that XML cannot hold, not even escaped, and halves of pairs. */
function legal(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\0-\x08\v\f\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
}

function patterns(make: Make, { palette }: Style): Element {
  const defs = make('defs', {});
  const pattern = (fill: string, side: number, path: Element): Element => {
    const element = make('pattern', { id: `headscope-${fill}`, width: side, height: side });
    element.setAttribute('patternUnits', 'userSpaceOnUse');
    element.append(make('rect', { width: side, height: side, fill: css(palette.ground) }), path);
    return element;
  };
  defs.append(
    pattern('masked', 6, make('path', { d: 'M-1 1L1-1M0 6L6 0M5 7L7 5', stroke: css(palette.hatch) })),
    pattern('hidden', 6, make('path', { d: 'M0 0h2v2h-2z', fill: css(palette.hatch) })),
    pattern('invalid', 4, make('path', { d: 'M0 0h2v2h-2zM2 2h2v2h-2z', fill: css(palette.invalid) })),
  );
  return defs;
}

const fillOf = (fill: Fill): string => (typeof fill === 'string' ? `url(#headscope-${fill})` : css(fill));

function svgMark(mark: Mark, make: Make): Element {
  switch (mark.kind) {
    case 'group': {
      const group = make('g', { transform: `translate(${mark.x} ${mark.y})` });
      group.append(...mark.marks.map((inner) => svgMark(inner, make)));
      return group;
    }
    case 'rect': {
      const { x, y, width, height, fill } = mark;
      return make('rect', { x, y, width, height, fill: fillOf(fill) });
    }
    case 'frame': {
      const { x, y, width, height, stroke } = mark;
      return make('rect', { x, y, width, height, fill: 'none', stroke: css(stroke), 'stroke-width': 0.5 });
    }
    case 'raster': {
      const { x, y, width, height, raster } = mark;
      const href = rasterCanvas(raster).toDataURL('image/png');
      const shape = { x, y, width, height, href, preserveAspectRatio: 'none', 'image-rendering': 'pixelated' };
      return make('image', shape);
    }
    case 'curve': {
      const [x, y] = mark.from;
      const [endX, endY] = mark.to;
      const reach = 0.4 * (endX - x);
      const d = `M${x} ${y}C${x + reach} ${y} ${endX - reach} ${endY} ${endX} ${endY}`;
      const { thickness, opacity } = mark;
      return make('path', { d, fill: 'none', stroke: css(mark.stroke), 'stroke-width': thickness, opacity });
    }
    case 'text': {
      const { x, y, text, size, bold = false, fill, anchor = 'start', turn = 0 } = mark;
      const attributes = { x, y, 'font-size': size, fill: css(fill), 'text-anchor': anchor };
      return make(
        'text',
        {
          ...attributes,
          ...(bold ? { 'font-weight': 600 } : {}),
          ...(turn === 0 ? {} : { transform: `rotate(${turn} ${x} ${y})` }),
        },
        text,
      );
    }
  }
}
