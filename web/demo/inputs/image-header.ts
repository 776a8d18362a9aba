/** What the first bytes of a picture file say about it, so that a bad or gigantic one is refused before it is decoded. */

export type PictureKind = 'PNG' | 'JPEG' | 'GIF' | 'WebP' | 'AVIF' | 'BMP';

export interface PictureHeader {
  readonly kind: PictureKind | 'SVG' | 'HEIC' | null;
  /** Pixels as stored, before any rotation that the file asks for; null when the header is cut off or holds none. */
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly animated: boolean;
}

/** Enough of a file to find its size in every kind, even behind a large colour profile or thumbnail. */
export const HEADER_BYTES = 1 << 20;

function ascii(bytes: Uint8Array, from: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(from, from + length));
}

/** Position of an ASCII word in the bytes, or -1. */
function find(bytes: Uint8Array, word: string, before = bytes.length): number {
  const codes = Array.from(word, (character) => character.charCodeAt(0));
  const last = Math.min(before, bytes.length) - codes.length;
  for (let i = 0; i <= last; i++) {
    if (codes.every((code, k) => bytes[i + k] === code)) return i;
  }
  return -1;
}

function jpegSize(bytes: Uint8Array, view: DataView): PictureHeader['size'] {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1; // fill bytes before a marker
      continue;
    }
    // Start of frame: 0xC0..0xCF without the tables DHT (C4), JPG (C8) and DAC (CC) between them.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

function webpSize(bytes: Uint8Array, view: DataView): PictureHeader['size'] {
  if (bytes.length < 30) return null;
  switch (ascii(bytes, 12, 4)) {
    case 'VP8X':
      return {
        width: 1 + (view.getUint32(24, true) & 0xffffff),
        height: 1 + (view.getUint16(27, true) | ((bytes[29] ?? 0) << 16)),
      };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return null;
  }
}

/** The largest of the image extents: an AVIF file may hold a thumbnail, an alpha plane or tiles beside its picture. */
function avifSize(bytes: Uint8Array, view: DataView): PictureHeader['size'] {
  let size: PictureHeader['size'] = null;
  for (let at = 0; ;) {
    const found = find(bytes.subarray(at), 'ispe');
    if (found < 0) return size;
    at += found + 4;
    if (at + 12 > bytes.length) return size;
    const width = view.getUint32(at + 4);
    const height = view.getUint32(at + 8);
    if (size === null || width * height > size.width * size.height) size = { width, height };
  }
}

/** Reads kind, size and whether there are several frames from the first bytes of a file (HEADER_BYTES of it, or all). */
export function readPictureHeader(bytes: Uint8Array): PictureHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') {
    const size = bytes.length < 24 ? null : { width: view.getUint32(16), height: view.getUint32(20) };
    const pixels = find(bytes, 'IDAT');
    return { kind: 'PNG', size, animated: find(bytes, 'acTL', pixels < 0 ? bytes.length : pixels) >= 0 };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) {
    return { kind: 'JPEG', size: jpegSize(bytes, view), animated: false };
  }
  if (/^GIF8[79]a$/.test(ascii(bytes, 0, 6))) {
    const size = bytes.length < 10 ? null : { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    return { kind: 'GIF', size, animated: find(bytes, 'NETSCAPE2.0') >= 0 };
  }
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') {
    const animated = ascii(bytes, 12, 4) === 'VP8X' && ((bytes[20] ?? 0) & 2) !== 0;
    return { kind: 'WebP', size: webpSize(bytes, view), animated };
  }
  if (ascii(bytes, 4, 4) === 'ftyp') {
    const brands = ascii(bytes, 8, Math.max(0, Math.min(64, view.getUint32(0) - 8)));
    if (/avi[fs]/.test(brands)) return { kind: 'AVIF', size: avifSize(bytes, view), animated: brands.includes('avis') };
    if (/hei[cxms]|hev[cx]|mif1/.test(brands)) return { kind: 'HEIC', size: null, animated: false };
  }
  if (ascii(bytes, 0, 2) === 'BM' && bytes.length >= 26) {
    const size = { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
    return { kind: 'BMP', size, animated: false };
  }
  const text = ascii(bytes, 0, Math.min(4096, bytes.length)).replace(/^\u00ef\u00bb\u00bf/, '');
  if (/^\s*</.test(text) && /<svg[\s>]/i.test(text)) return { kind: 'SVG', size: null, animated: false };
  return { kind: null, size: null, animated: false };
}
