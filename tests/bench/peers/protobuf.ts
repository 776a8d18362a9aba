// Protocol buffers (https://protobuf.dev/programming-guides/encoding/), as much of it as an .onnx file needs. A message is the
// concatenation of its fields.

/** A message or a field, in pieces: large tensors are copied once only. */
export type Pieces = readonly Uint8Array[];

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}

/** A whole number >= 0. */
export const number = (field: number, value: number): Pieces => [varint(field * 8), varint(value)];

export const bytes = (field: number, value: Uint8Array): Pieces => [varint(field * 8 + 2), varint(value.length), value];

export const text = (field: number, value: string): Pieces => bytes(field, new TextEncoder().encode(value));

export const message = (field: number, ...fields: readonly Pieces[]): Pieces => {
  const pieces = fields.flat();
  return [varint(field * 8 + 2), varint(pieces.reduce((length, piece) => length + piece.length, 0)), ...pieces];
};

export function joined(...fields: readonly Pieces[]): Uint8Array {
  const pieces = fields.flat();
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
