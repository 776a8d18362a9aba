import { describe, expect, it } from 'vitest';
import { readPictureHeader } from '../../web/demo/inputs/image-header.js';

type Part = string | readonly number[];

function bytes(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? Array.from(part, (c) => c.charCodeAt(0)) : part)),
  );
}

const PNG = bytes([0x89], 'PNG\r\n', [0x1a, 0x0a], [0, 0, 0, 13], 'IHDR', [0, 0, 1, 2, 0, 0, 0, 3]);

describe('readPictureHeader', () => {
  it('reads PNG, and that it moves', () => {
    expect(readPictureHeader(PNG)).toEqual({ kind: 'PNG', size: { width: 258, height: 3 }, animated: false });
    expect(readPictureHeader(bytes([...PNG], 'acTL', 'IDAT')).animated).toBe(true);
    // Behind the pixels it is a part of them.
    expect(readPictureHeader(bytes([...PNG], 'IDAT', 'acTL')).animated).toBe(false);
  });

  it('reads GIF, and that it moves', () => {
    const gif = bytes('GIF89a', [4, 1, 5, 0]);
    expect(readPictureHeader(gif)).toEqual({ kind: 'GIF', size: { width: 260, height: 5 }, animated: false });
    expect(readPictureHeader(bytes([...gif], 'NETSCAPE2.0')).animated).toBe(true);
  });

  it('reads JPEG behind other segments, fill bytes and tables', () => {
    const frame = [0xff, 0xc2, 0, 17, 8, 1, 0, 2, 0, 3];
    const table = [0xff, 0xc4, 0, 4, 9, 9];
    const exif = [0xff, 0xe1, 0, 6, 1, 2, 3, 4];
    const jpeg = bytes([0xff, 0xd8], exif, table, [0xff], frame);
    expect(readPictureHeader(jpeg)).toEqual({ kind: 'JPEG', size: { width: 512, height: 256 }, animated: false });
    expect(readPictureHeader(bytes([0xff, 0xd8], exif, [0xff, 0xc0])).size).toBeNull();
    expect(readPictureHeader(bytes([0xff, 0xd8], exif, new Array<number>(20).fill(7))).size).toBeNull();
  });

  it('reads the three kinds of WebP', () => {
    const riff = (...chunk: readonly Part[]) => bytes('RIFF', [0, 0, 0, 0], 'WEBP', ...chunk);
    const extended = riff('VP8X', [10, 0, 0, 0], [2, 0, 0, 0], [0xff, 0x01, 0x00], [0x0f, 0x27, 0x00]);
    expect(readPictureHeader(extended)).toEqual({ kind: 'WebP', size: { width: 512, height: 10000 }, animated: true });
    // 14 bits of width less 1, 14 bits of height less 1: 99 and 49.
    const bits = 99 | (49 << 14);
    const lossless = riff(
      'VP8L',
      [0, 0, 0, 0],
      [0x2f],
      [bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, bits >> 24],
    );
    expect(readPictureHeader(bytes([...lossless], [0, 0, 0, 0, 0])).size).toEqual({ width: 100, height: 50 });
    const lossy = riff('VP8 ', [0, 0, 0, 0], [0, 0, 0], [0x9d, 0x01, 0x2a], [0x40, 0x01], [0xf0, 0x00]);
    expect(readPictureHeader(lossy).size).toEqual({ width: 320, height: 240 });
    expect(readPictureHeader(riff('VP8X')).size).toBeNull();
  });

  it('reads the largest image of an AVIF, and knows HEIC', () => {
    const extent = (width: number, height: number) => bytes('ispe', [0, 0, 0, 0], [0, 0, 0, width], [0, 0, 0, height]);
    const avif = bytes([0, 0, 0, 20], 'ftypavif', [0, 0, 0, 0], 'mif1', [...extent(20, 10)], [...extent(200, 100)]);
    expect(readPictureHeader(avif)).toEqual({ kind: 'AVIF', size: { width: 200, height: 100 }, animated: false });
    expect(readPictureHeader(bytes([0, 0, 0, 20], 'ftypheic', [0, 0, 0, 0], 'mif1')).kind).toBe('HEIC');
  });

  it('reads BMP that stands on its head', () => {
    const bmp = bytes('BM', new Array<number>(16).fill(0), [16, 0, 0, 0], [0xf8, 0xff, 0xff, 0xff]);
    expect(readPictureHeader(bmp)).toEqual({ kind: 'BMP', size: { width: 16, height: 8 }, animated: false });
  });

  it('tells SVG from other markup', () => {
    expect(readPictureHeader(bytes([0xef, 0xbb, 0xbf], '<?xml version="1.0"?>\n<svg xmlns="x">')).kind).toBe('SVG');
    expect(readPictureHeader(bytes('<!doctype html><p>svg')).kind).toBeNull();
  });

  it.each([
    ['nothing', bytes()],
    ['text', bytes('hello')],
    ['zeros', bytes(new Array<number>(64).fill(0))],
    ['a PNG signature alone', PNG.slice(0, 8)],
    ['two bytes', bytes('BM')],
    ['a box of a lying size', bytes([0xff, 0xff, 0xff, 0xff], 'ftyp')],
  ])('finds no size in %s', (_, file) => {
    expect(readPictureHeader(file).size).toBeNull();
  });
});
