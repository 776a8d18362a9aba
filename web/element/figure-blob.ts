import { layOutFigure, type Figure } from '../views/figure.js';

/** Most pixels along one side that canvases of all browsers can have. */
const LONGEST_SIDE = 8192;

/** Draws a figure and encodes it as PNG. */
export function figureBlob(figure: Figure): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no 2D canvas');
  const layout = layOutFigure(figure, context);
  canvas.width = Math.min(LONGEST_SIDE, layout.width);
  canvas.height = Math.min(LONGEST_SIDE, layout.height);
  layout.draw(context);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob === null ? reject(new Error('the picture could not be encoded')) : resolve(blob)),
      'image/png',
    );
  });
}
