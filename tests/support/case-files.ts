import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Reads the files of a folder of cases, each into a buffer of its own. */
export function filesOf(folder: string): (file: string) => Promise<ArrayBuffer> {
  return async (file) => {
    const bytes = await readFile(join(folder, file));
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  };
}
