import type { Tensor } from 'headscope';

/** Rows and columns of the picture that the model takes. */
export const SIZE = 32;
/** Of the pen, in pixels: the middle of what the model was trained on. */
const THICKNESS = 2;

export type Point = readonly [x: number, y: number];

export function emptySheet(): Tensor {
  return { data: new Float32Array(SIZE * SIZE), shape: [SIZE, SIZE] };
}

/** The picture with one more straight line: 1 on it, 0 off it, a pixel of grey between. */
export function withLine(picture: Tensor, [x0, y0]: Point, [x1, y1]: Point): Tensor {
  const data = picture.data.slice();
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      const [x, y] = [column + 0.5 - x0, row + 0.5 - y0];
      const part = length === 0 ? 0 : Math.min(1, Math.max(0, (x * dx + y * dy) / length));
      const ink = THICKNESS / 2 + 0.5 - Math.hypot(x - part * dx, y - part * dy);
      const index = row * SIZE + column;
      data[index] = Math.max(data[index] ?? 0, Math.min(1, ink));
    }
  }
  return { data, shape: picture.shape };
}

export const PRESETS = ['circle', 'square', 'triangle', 'star', 'heart', 'cross', 'arrow', 'spiral'] as const;
export type Preset = (typeof PRESETS)[number];

function polar(radius: number, turn: number): Point {
  return [radius * Math.sin(2 * Math.PI * turn), -radius * Math.cos(2 * Math.PI * turn)];
}

function curve(count: number, point: (part: number) => Point): Point[] {
  return Array.from({ length: count + 1 }, (_, index) => point(index / count));
}

/** Strokes of radius 1 around 0. */
function strokesOf(preset: Preset): readonly (readonly Point[])[] {
  switch (preset) {
    case 'circle':
      return [curve(24, (part) => polar(1, part))];
    case 'square':
      return [curve(4, (part) => polar(1.1, part + 0.125))];
    case 'triangle':
      return [curve(3, (part) => polar(1, part))];
    case 'star':
      return [curve(5, (part) => polar(1, 2 * part))];
    case 'heart':
      return [
        curve(28, (part) => {
          const t = 2 * Math.PI * part;
          const height = 13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t);
          return [0.95 * Math.sin(t) ** 3, -height / 16 - 0.1];
        }),
      ];
    case 'cross':
      return [
        [
          [-1, 0],
          [1, 0],
        ],
        [
          [0, -1],
          [0, 1],
        ],
      ];
    case 'arrow':
      return [
        [
          [0, 1],
          [0, -1],
        ],
        [
          [-0.5, -0.4],
          [0, -1],
          [0.5, -0.4],
        ],
      ];
    case 'spiral':
      return [curve(40, (part) => polar(0.05 + 0.95 * part, 2.1 * part))];
  }
}

/** A shape in the middle of the sheet, turned by some degrees. */
export function drawnShape(preset: Preset, degrees = 0): Tensor {
  const angle = (degrees * Math.PI) / 180;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const placed = ([x, y]: Point): Point => [
    SIZE / 2 + 11 * (cosine * x - sine * y),
    SIZE / 2 + 11 * (sine * x + cosine * y),
  ];
  let sheet = emptySheet();
  for (const stroke of strokesOf(preset)) {
    const points = stroke.map(placed);
    points.slice(1).forEach((point, index) => {
      sheet = withLine(sheet, points[index] ?? point, point);
    });
  }
  return sheet;
}
