import type { Comparison } from 'headscope/element';

const within = (value: unknown, low: number, high: number): value is number =>
  typeof value === 'number' && value >= low && value <= high;

/** What a link says that the picture is compared with, another head or other knobs; null for nothing of that kind. */
export function readCompared(value: unknown): Comparison | null {
  if (typeof value !== 'object' || value === null) return null;
  const { head, temperature, scale, causal, window, softcap, positions } = value as Readonly<Record<string, unknown>>;
  if (within(head, 0, 2 ** 24) && Number.isInteger(head)) return { head };
  if (!within(temperature, 0.01, 100) || !within(softcap, 0, 1e6) || typeof causal !== 'boolean') return null;
  if (positions !== 'none' && positions !== 'alibi' && positions !== 'rotary') return null;
  return {
    ...{ temperature, softcap, causal, positions },
    // Named, though undefined: otherwise they would be those of the picture.
    scale: within(scale, -1e6, 1e6) ? scale : undefined,
    window: within(window, 0, 1e6) && Number.isInteger(window) ? window : undefined,
  };
}
