import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import { bytesText, LARGEST_TEXT } from './limits.js';

/** UTF-16 where a byte order mark says so (spreadsheets' "Unicode text"), else UTF-8. */
function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
}

/**
 * The text of a file, without a byte order mark.
 *
 * @param argument What an error calls the file.
 * @throws HeadscopeError `TooLarge` over 256 MiB, `InvalidArgument` for bytes that are no text.
 */
export function decodeText(bytes: Uint8Array, argument: string): string {
  if (bytes.length > LARGEST_TEXT) {
    const expected = `at most ${bytesText(LARGEST_TEXT)} of text`;
    throw new HeadscopeError('TooLarge', argument, expected, bytesText(bytes.length));
  }
  try {
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch {
    throw new HeadscopeError('InvalidArgument', argument, 'text in UTF-8', 'bytes that are none');
  }
}
