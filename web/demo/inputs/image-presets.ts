import { msg } from '@lit/localize';
/** Pictures of our own making, drawn in code: nothing to download, and free of anyone's rights. */
export interface PicturePreset {
  /** Name in links. */
  readonly name: string;
  readonly title: string;
  /** A telling place to look from at first: fractions of the width and height. */
  readonly lookFrom: { readonly x: number; readonly y: number };
  /** Paints the picture over a square of `side` pixels. */
  paint(context: CanvasRenderingContext2D, side: number): void;
}

/** Coordinates of all paintings below run from 0 to this. */
const CANVAS = 512;

type Painter = (context: CanvasRenderingContext2D) => void;

function onCanvas(painter: Painter): PicturePreset['paint'] {
  return (context, side) => {
    context.save();
    context.scale(side / CANVAS, side / CANVAS);
    painter(context);
    context.restore();
  };
}

function disc(context: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function polygon(
  context: CanvasRenderingContext2D,
  points: readonly (readonly [number, number])[],
  colour: string,
): void {
  context.fillStyle = colour;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.fill();
}

const SHORE = 320;

function ridge(context: CanvasRenderingContext2D, colour: string, height: (x: number) => number): void {
  context.fillStyle = colour;
  context.beginPath();
  context.moveTo(0, SHORE);
  for (let x = 0; x <= CANVAS; x += 4) context.lineTo(x, SHORE - height(x));
  context.lineTo(CANVAS, SHORE);
  context.fill();
}

function sunsetAboveShore(context: CanvasRenderingContext2D): void {
  const sky = context.createLinearGradient(0, 0, 0, SHORE);
  sky.addColorStop(0, '#2b3a67');
  sky.addColorStop(0.45, '#8a6a8f');
  sky.addColorStop(0.8, '#e7a07a');
  sky.addColorStop(1, '#f6d2a0');
  context.fillStyle = sky;
  context.fillRect(0, 0, CANVAS, SHORE);
  disc(context, 336, 168, 52, '#d8361f');
  ridge(context, '#7a6a92', (x) => 74 + 34 * Math.sin(x / 62 + 0.6) + 14 * Math.sin(x / 23));
  ridge(context, '#4c5078', (x) => 44 + 30 * Math.sin(x / 90 + 3.6) + 8 * Math.sin(x / 31 + 1));
  ridge(context, '#263353', (x) => 16 + 14 * Math.sin(x / 120 + 1.2) + 5 * Math.sin(x / 17));
}

/** Height of the water relative to what it mirrors: a little less than 1, so that the sun's reflection is in the picture. */
const FORESHORTENING = 0.92;

/** Every row of the water shows the row as far above the shore, pushed aside by the waves and darkened. */
function lake(context: CanvasRenderingContext2D): void {
  const above = document.createElement('canvas');
  above.width = CANVAS;
  above.height = SHORE;
  const aboveContext = above.getContext('2d');
  if (aboveContext === null) return;
  sunsetAboveShore(aboveContext);
  context.drawImage(above, 0, 0);
  const depth = CANVAS - SHORE;
  const row = 2;
  for (let y = 0; y < depth; y += row) {
    const sway = (1 + y / 40) * Math.sin(y / 4 + y * y * 0.0009);
    // A little wider than the picture: no gap opens at its sides.
    context.drawImage(above, 0, SHORE - 1 - y / FORESHORTENING, CANVAS, 1, sway - 8, SHORE + y, CANVAS + 16, row);
  }
  const water = context.createLinearGradient(0, SHORE, 0, CANVAS);
  water.addColorStop(0, 'rgb(24 40 74 / 0.1)');
  water.addColorStop(1, 'rgb(16 28 58 / 0.42)');
  context.fillStyle = water;
  context.fillRect(0, SHORE, CANVAS, depth);
  context.fillStyle = 'rgb(250 226 190 / 0.28)';
  context.fillRect(0, SHORE - 1, CANVAS, 2);
}

const TILES = 8;
const ODD_TILE = { row: 2, column: 5 };

function tiles(context: CanvasRenderingContext2D): void {
  const side = CANVAS / TILES;
  for (let row = 0; row < TILES; row++) {
    for (let column = 0; column < TILES; column++) {
      const dark = (row + column) % 2 === 1;
      const odd = row === ODD_TILE.row && column === ODD_TILE.column;
      const x = column * side;
      const y = row * side;
      context.fillStyle = dark ? '#23475e' : '#ece6d8';
      context.fillRect(x, y, side, side);
      if (odd) {
        disc(context, x + side / 2, y + side / 2, side * 0.36, '#e2622c');
        continue;
      }
      const [cx, cy, r] = [x + side / 2, y + side / 2, side * 0.28];
      const lozenge = [
        [cx, cy - r],
        [cx + r, cy],
        [cx, cy + r],
        [cx - r, cy],
      ] as const;
      polygon(context, lozenge, dark ? '#3f6f8a' : '#cfc4ab');
    }
  }
}

function face(context: CanvasRenderingContext2D): void {
  disc(context, 128, 128, 96, '#f0c24b');
  for (const x of [96, 160]) {
    disc(context, x, 108, 18, '#ffffff');
    disc(context, x, 110, 9, '#24303c');
  }
  context.strokeStyle = '#9c3b24';
  context.lineWidth = 10;
  context.lineCap = 'round';
  context.beginPath();
  context.arc(128, 132, 48, 0.18 * Math.PI, 0.82 * Math.PI);
  context.stroke();
}

function house(context: CanvasRenderingContext2D): void {
  context.fillStyle = '#b9d3c0';
  context.fillRect(52, 116, 152, 108);
  const roof = [
    [32, 120],
    [128, 36],
    [224, 120],
  ] as const;
  polygon(context, roof, '#a8462f');
  context.fillStyle = '#35516b';
  context.fillRect(76, 144, 40, 36);
  context.fillRect(148, 152, 36, 72);
}

function flower(context: CanvasRenderingContext2D): void {
  context.strokeStyle = '#3f7a4d';
  context.lineWidth = 12;
  context.lineCap = 'round';
  context.beginPath();
  context.moveTo(128, 128);
  context.quadraticCurveTo(140, 180, 124, 236);
  context.stroke();
  for (let petal = 0; petal < 6; petal++) {
    const angle = (petal * Math.PI) / 3;
    disc(context, 128 + 44 * Math.cos(angle), 96 + 44 * Math.sin(angle), 28, '#8d5aa5');
  }
  disc(context, 128, 96, 28, '#f3e7c4');
}

/** The two faces are half a picture apart each way: a whole number of patches at every even number of patches per side. */
function twins(context: CanvasRenderingContext2D): void {
  context.fillStyle = '#dce8ee';
  context.fillRect(0, 0, CANVAS, CANVAS);
  const quarters: readonly (readonly [Painter, number, number])[] = [
    [face, 0, 0],
    [flower, 256, 0],
    [house, 0, 256],
    [face, 256, 256],
  ];
  for (const [painter, x, y] of quarters) {
    context.save();
    context.translate(x, y);
    painter(context);
    context.restore();
  }
}

const LAKE: PicturePreset = {
  name: 'lake',
  title: msg('sun over a lake'),
  lookFrom: { x: 0.655, y: 0.33 },
  paint: onCanvas(lake),
};

/** The first is what a visitor sees at once. */
export const PRESETS: readonly [PicturePreset, ...PicturePreset[]] = [
  LAKE,
  { name: 'tiles', title: msg('one odd tile'), lookFrom: { x: 5.5 / TILES, y: 2.5 / TILES }, paint: onCanvas(tiles) },
  { name: 'twins', title: msg('two faces'), lookFrom: { x: 96 / CANVAS, y: 110 / CANVAS }, paint: onCanvas(twins) },
];

/** A sheet to draw on, not offered beside the pictures. */
export const BLANK: PicturePreset = {
  name: 'blank',
  title: msg('a drawing'),
  lookFrom: { x: 0.5, y: 0.5 },
  paint: (context, side) => {
    context.fillStyle = '#f7f5ef';
    context.fillRect(0, 0, side, side);
  },
};
