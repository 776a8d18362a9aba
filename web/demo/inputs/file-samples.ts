import { msg } from '@lit/localize';
/** A file of the page's own making, so that every kind of content can be seen without having one. */
export interface FileSample {
  readonly id: string;
  readonly name: string;
  /** For content with projections: how many heads stand in them side by side. */
  readonly heads: number;
  make(): File;
}

/** Rows of words that are translated by words: ready weights with labels on both sides, as a spreadsheet has them. */
function alignment(): File {
  const english = ['the', 'little', 'black', 'cat', 'sleeps', 'on', 'the', 'red', 'sofa'];
  const french = ['le', 'petit', 'chat', 'noir', 'dort', 'sur', 'le', 'canapé', 'rouge'];
  // Where each French word comes from, and where a part of its weight goes besides.
  const sources: readonly (readonly [from: number, also: number])[] = [
    [0, 3],
    [1, 3],
    [3, 2],
    [2, 3],
    [4, 3],
    [5, 8],
    [6, 8],
    [8, 7],
    [7, 8],
  ];
  const rows = french.map((word, row) => {
    const [from, also] = sources[row] ?? [row, row];
    const cells = english.map((_, column) => (column === from ? 0.76 : column === also ? 0.1 : 0.02));
    return [word, ...cells].join(',');
  });
  return new File([['', ...english].join(','), '\n', rows.join('\n'), '\n'], 'alignment.csv');
}

/** Queries and keys that are places on circles: turned by an offset, each query finds the key that many places back. */
function offsets(): File {
  const length = 16;
  const circles = 6;
  const offsetsBack = [0, 1, 3];
  const gain = 2.2;
  const place = (position: number): number[] =>
    Array.from({ length: circles }, (_, circle) => {
      const angle = position * 1.9 * 0.62 ** circle;
      return [gain * Math.cos(angle), gain * Math.sin(angle)];
    }).flat();
  const places = (shift: number): number[] => Array.from({ length }, (_, row) => place(row - shift)).flat();
  const shape = [offsetsBack.length, length, 2 * circles];
  return safetensors('three-offsets.safetensors', [
    { name: 'query', shape, values: offsetsBack.flatMap(places) },
    { name: 'key', shape, values: offsetsBack.flatMap(() => places(0)) },
    { name: 'value', shape, values: offsetsBack.flatMap(() => places(0)) },
  ]);
}

function safetensors(
  fileName: string,
  tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly values: readonly number[] }[],
): File {
  let end = 0;
  const entries = tensors.map(({ name, shape, values }) => {
    const begin = end;
    end += 4 * values.length;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = new DataView(new ArrayBuffer(8));
  length.setUint32(0, header.length, true);
  return new File([length.buffer, header, ...tensors.map(({ values }) => Float32Array.from(values))], fileName);
}

/** Things with a colour and a shape: projections of which the first head keeps the colour, the second the shape. */
function shapes(): File {
  const colours = ['red', 'blue', 'green'];
  const forms = ['circle', 'square', 'star'];
  const tokens = ['red circle', 'blue square', 'red star', 'green circle', 'blue circle', 'green star', 'red square'];
  const oneHot = (names: readonly string[], name: string | undefined): number[] =>
    names.map((other) => (other === name ? 1 : 0));
  const x = tokens.map((token) => {
    const [colour, form] = token.split(' ');
    return [...oneHot(colours, colour), ...oneHot(forms, form)];
  });
  const gain = 2.5;
  // Six numbers in, two heads of three numbers out: the identity, made larger for sharper weights.
  const scaled = x[0]?.map((_, row) => x[0]?.map((__, column) => (row === column ? gain : 0)));
  const identity = x[0]?.map((_, row) => x[0]?.map((__, column) => (row === column ? 1 : 0)));
  const content = { tokens, x, w_query: scaled, w_key: scaled, w_value: identity };
  return new File([JSON.stringify(content)], 'colours-and-shapes.json');
}

export const FILE_SAMPLES: readonly FileSample[] = [
  { id: 'alignment', name: msg('weights'), heads: 1, make: alignment },
  { id: 'offsets', name: 'q, k, v', heads: 1, make: offsets },
  { id: 'shapes', name: msg('x and W'), heads: 2, make: shapes },
];
