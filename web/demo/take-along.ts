import type { Tensor } from 'headscope';
import { writeNpy } from 'headscope/readers';

/** Puts text on the clipboard; false where the browser does not allow it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Gives the visitor a file. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has its own hold on the content once it has started.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A tensor as a NumPy file. */
export function npyFile(tensor: Tensor): Blob {
  return new Blob([writeNpy(tensor)], { type: 'application/octet-stream' });
}
