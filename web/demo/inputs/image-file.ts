import { msg, str } from '@lit/localize';
import { grouped } from '../three-digits.js';
import { VisitorError } from '../visitor-error.js';
import { HEADER_BYTES, readPictureHeader, type PictureHeader } from './image-header.js';

/** Pictures are kept as squares of at most this many pixels a side. */
export const PICTURE_SIDE = 512;

const SMALLEST_SIDE = 8;
const LARGEST_SIDE = 20_000;
const MOST_PIXELS = 64e6;
const MOST_BYTES = 100e6;
const ACCEPTED = msg('a PNG, JPEG, WebP, GIF, AVIF or BMP picture');

/** A file that is not shown; its message is a sentence for the visitor. */
export class PictureRefused extends VisitorError {}

export interface OpenedPicture {
  /** A square of at most PICTURE_SIDE pixels a side. The receiver closes it. */
  readonly bitmap: ImageBitmap;
  /** What was done to make it fit, as a sentence; empty when nothing was. */
  readonly changes: string;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

type Size = NonNullable<PictureHeader['size']>;

/** The size that the header gives, when the file is worth decoding. */
function acceptedSize(file: File, { kind, size }: PictureHeader): Size {
  if (kind === null) {
    const type = file.type === '' ? msg('something else') : file.type;
    throw new PictureRefused(
      msg(str`“${file.name}” is not a picture this page can read: expected ${ACCEPTED}, got ${type}.`),
    );
  }
  if (kind === 'SVG' || kind === 'HEIC') {
    const reason = kind === 'SVG' ? msg('SVG, a drawing made of code that is not run here') : 'HEIC';
    throw new PictureRefused(
      msg(str`“${file.name}” is ${reason}: expected ${ACCEPTED}. Export it as PNG or JPEG and bring that.`),
    );
  }
  if (size === null) {
    throw new PictureRefused(
      msg(str`“${file.name}” is broken: it begins like ${kind}, but ends before its size is given.`),
    );
  }
  const { width, height } = size;
  if (Math.min(width, height) < SMALLEST_SIDE) {
    throw new PictureRefused(
      msg(
        str`“${file.name}” has ${width} × ${height} pixels: expected at least ${SMALLEST_SIDE} × ${SMALLEST_SIDE}, so that there is something to cut.`,
      ),
    );
  }
  if (Math.max(width, height) > LARGEST_SIDE || width * height > MOST_PIXELS) {
    throw new PictureRefused(
      msg(
        str`“${file.name}” says it has ${width} × ${height} pixels: expected at most ${grouped(MOST_PIXELS)}, no side over ${LARGEST_SIDE}.`,
      ),
    );
  }
  return size;
}

/**
 * Opens a picture file as a square bitmap: the middle square of it, scaled down to PICTURE_SIDE. The decoding happens
 * off the main thread, and nothing of the file is ever put into the document. Of an animated picture the first frame
 * is taken.
 *
 * @throws PictureRefused with a sentence that says what was expected and what came
 */
export async function openPicture(file: File): Promise<OpenedPicture> {
  if (file.size === 0) {
    throw new PictureRefused(msg(str`“${file.name}” is empty: expected ${ACCEPTED}, got 0 bytes.`));
  }
  if (file.size > MOST_BYTES) {
    throw new PictureRefused(
      msg(str`“${file.name}” has ${megabytes(file.size)}: expected a picture of at most ${megabytes(MOST_BYTES)}.`),
    );
  }
  let header: PictureHeader;
  try {
    header = readPictureHeader(new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer()));
  } catch {
    throw new PictureRefused(
      msg(str`“${file.name}” could not be read: it may have been moved or changed since it was chosen.`),
    );
  }
  const size = acceptedSize(file, header);
  try {
    const { width, height } = await turned(file, size);
    const side = Math.min(width, height);
    const target = Math.min(side, PICTURE_SIDE);
    const bitmap = await createImageBitmap(
      file,
      Math.floor((width - side) / 2),
      Math.floor((height - side) / 2),
      side,
      side,
      { resizeWidth: target, resizeHeight: target, resizeQuality: 'high' },
    );
    const changes: string[] = [];
    if (width !== height) changes.push(msg(str`cropped to the middle ${side} × ${side}`));
    if (target < side) changes.push(msg(str`scaled down to ${target} × ${target}`));
    if (header.animated) changes.push(msg('its first frame only'));
    return {
      bitmap,
      changes: changes.length === 0 ? '' : msg(str`${width} × ${height} pixels, ${changes.join(msg(', '))}.`),
    };
  } catch {
    throw new PictureRefused(
      msg(
        str`“${file.name}” is broken: it begins like ${header.kind ?? msg('a picture')}, but the rest cannot be decoded.`,
      ),
    );
  }
}

/**
 * The size as the picture is shown: files may ask to be turned on their side. A tiny decoded copy tells which way round
 * it is, in every file kind that can ask so.
 */
async function turned(file: File, size: Size): Promise<Size> {
  const { width, height } = size;
  if (width === height) return size;
  const copy = await createImageBitmap(file, { resizeWidth: 64, resizeQuality: 'low' });
  const wide = copy.width > copy.height;
  const square = copy.width === copy.height;
  copy.close();
  return square || wide === width > height ? size : { width: height, height: width };
}
