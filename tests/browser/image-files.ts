import { crc32, deflateSync } from 'node:zlib';

/** Picture files made by hand, byte by byte, so that what they hold is known without any decoder. */

/** A file as Playwright takes it. */
export interface PictureFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

type Colour = readonly [red: number, green: number, blue: number, alpha?: number];

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(8 + body.length);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), 4 + body.length);
  return chunk;
}

function png(width: number, height: number, colourType: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits
  header[9] = colourType;
  const chunks = [
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows, { level: 1 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...chunks]);
}

/** A PNG with alpha, pixel by pixel. */
export function pngFile(
  width: number,
  height: number,
  colour: (x: number, y: number) => Colour,
  name = 'picture.png',
): PictureFile {
  const rows = Buffer.alloc(height * (1 + 4 * width));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [red, green, blue, alpha = 255] = colour(x, y);
      rows.set([red, green, blue, alpha], y * (1 + 4 * width) + 1 + 4 * x);
    }
  }
  return { name, mimeType: 'image/png', buffer: png(width, height, 6, rows) };
}

/** A large grey PNG of slanted stripes. */
export function largePngFile(side: number): PictureFile {
  const rows = Buffer.alloc(side * (1 + side));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) rows[y * (1 + side) + 1 + x] = ((x + y) >> 4) & 255;
  }
  return { name: 'large.png', mimeType: 'image/png', buffer: png(side, side, 0, rows) };
}

/** A PNG whose header says a size that its few bytes cannot hold. */
export function lyingPngFile(width: number, height: number): PictureFile {
  return { name: 'lying.png', mimeType: 'image/png', buffer: png(width, height, 6, Buffer.alloc(16)) };
}

/**
 * A GIF of 16 x 16 that shows one plain colour after the other, for ever. The pixels are not compressed: a clear code
 * comes before every few, so that all codes keep 3 bits.
 */
export function gifFile(first: Colour, second: Colour): PictureFile {
  const side = 16;
  const frame = (index: number): number[] => {
    const codes: number[] = [];
    for (let pixel = 0; pixel < side * side; pixel++) codes.push(...(pixel % 2 === 0 ? [4] : []), index);
    codes.push(5);
    const bits = codes.flatMap((code) => [code & 1, (code >> 1) & 1, (code >> 2) & 1]);
    const bytes: number[] = [];
    for (let at = 0; at < bits.length; at += 8) {
      bytes.push(bits.slice(at, at + 8).reduce((byte, bit, place) => byte | (bit << place), 0));
    }
    const blocks: number[] = [];
    for (let at = 0; at < bytes.length; at += 255) {
      const block = bytes.slice(at, at + 255);
      blocks.push(block.length, ...block);
    }
    const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
    return [...control, 0x2c, 0, 0, 0, 0, side, 0, side, 0, 0, 2, ...blocks, 0];
  };
  const rgb = ([red, green, blue]: Colour): number[] => [red, green, blue];
  const buffer = Buffer.from([
    ...Buffer.from('GIF89a', 'latin1'),
    ...[side, 0, side, 0, 0x81, 0, 0],
    ...[...rgb(first), ...rgb(second), 0, 0, 0, 0, 0, 0],
    ...[0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0', 'latin1'), 3, 1, 0, 0, 0],
    ...frame(0),
    ...frame(1),
    0x3b,
  ]);
  return { name: 'moving.gif', mimeType: 'image/gif', buffer };
}

/** The same JPEG with a note that asks for it to be turned a quarter clockwise. */
export function turnedJpegFile(jpeg: Buffer): PictureFile {
  const tiff = Buffer.from([
    ...[0x4d, 0x4d, 0, 42, 0, 0, 0, 8], // big-endian, first directory at 8
    ...[0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0], // one entry: orientation = 6
    ...[0, 0, 0, 0],
  ]);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const segment = Buffer.from([0xff, 0xe1, 0, body.length + 2, ...body]);
  return {
    name: 'turned.jpg',
    mimeType: 'image/jpeg',
    buffer: Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]),
  };
}
