import { msg } from '@lit/localize';
/** What the table of the Vectors tab holds. Cells are text, so that half-typed numbers can stand. */
export interface VectorsContent {
  readonly tokens: readonly string[];
  readonly cells: readonly (readonly string[])[];
  /** (dim, heads * D) each. */
  readonly query: readonly (readonly number[])[];
  readonly key: readonly (readonly number[])[];
  readonly value: readonly (readonly number[])[];
}

export interface VectorsPreset {
  readonly name: string;
  /** One sentence under the table. */
  readonly description: string;
  readonly content: VectorsContent;
  readonly heads: number;
  readonly headDim: number;
}

function texts(rows: readonly (readonly number[])[]): string[][] {
  return rows.map((row) => row.map(String));
}

function unit(dim: number): number[][] {
  return Array.from({ length: dim }, (_, row) => Array.from({ length: dim }, (__, column) => (row === column ? 1 : 0)));
}

const compass = [msg('N'), msg('NE'), msg('E'), msg('SE'), msg('S'), msg('SW'), msg('W'), msg('NW')];

export const VECTORS_PRESETS: readonly [VectorsPreset, ...VectorsPreset[]] = [
  {
    name: msg('three tokens'),
    description: msg('Three tokens, three numbers each. Change any number and watch where each token looks.'),
    heads: 1,
    headDim: 3,
    content: {
      tokens: [msg('cats'), msg('drink'), msg('milk')],
      cells: texts([
        [0, 2, 1],
        [2, 1, 0],
        [2, 0, 1],
      ]),
      query: [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
      ],
      key: [
        [0, 0, 1],
        [1, 0, 0],
        [0, 1, 0],
      ],
      value: [
        [1, 0, 0],
        [0, 2, 0],
        [1, 0, 3],
      ],
    },
  },
  {
    name: msg('colour and shape'),
    description: msg(
      'Numbers 1 and 2 are the colour, 3 and 4 the shape. Two heads share them out: head 0 looks for the same colour, head 1 for the same shape.',
    ),
    heads: 2,
    headDim: 2,
    content: {
      tokens: [msg('red ring'), msg('red box'), msg('blue ring'), msg('blue box')],
      cells: texts([
        [2, 0, 2, 0],
        [2, 0, 0, 2],
        [0, 2, 2, 0],
        [0, 2, 0, 2],
      ]),
      query: unit(4),
      key: unit(4),
      value: unit(4),
    },
  },
  {
    name: msg('compass'),
    description: msg(
      'Eight directions as points on a circle. Each looks at itself and its neighbours: temperature says how far.',
    ),
    heads: 1,
    headDim: 2,
    content: {
      tokens: compass,
      cells: compass.map((_, index) => {
        const angle = (index * Math.PI) / 4;
        return [Math.sin(angle), Math.cos(angle)].map((part) => String(Number((2 * part).toFixed(2)) + 0));
      }),
      query: unit(2),
      key: unit(2),
      value: unit(2),
    },
  },
];
