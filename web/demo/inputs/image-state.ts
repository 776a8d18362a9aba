import { BLANK, PRESETS } from './image-presets.js';
import { decodeStrokes } from './image-strokes.js';

export const PATCH_COUNTS = [4, 8, 14, 16, 24] as const;
export type PatchCount = (typeof PATCH_COUNTS)[number];

/** What a link keeps of the tab. */
export interface ImageState {
  /** Name of a preset, `blank` for a sheet to draw on, or `file` for a picture that the link cannot hold. */
  readonly picture: string;
  /** Patches per side. */
  readonly patches: PatchCount;
  /** Red, green and blue; else brightness alone. */
  readonly colour: boolean;
  /** What was drawn over the picture, as `encodeStrokes` writes it; left out when there is nothing, or too much. */
  readonly strokes?: string;
}

export const FIRST_STATE: ImageState = { picture: PRESETS[0].name, patches: 14, colour: true };

/** A state from a link, or null when it is not one: links are typed over, cut off and made up. */
export function readImageState(value: unknown): ImageState | null {
  if (typeof value !== 'object' || value === null) return null;
  const { picture, patches, colour, strokes } = value as Partial<Record<keyof ImageState, unknown>>;
  const count = PATCH_COUNTS.find((known) => known === patches);
  const known = [...PRESETS.map((preset) => preset.name), BLANK.name, 'file'];
  if (typeof picture !== 'string' || !known.includes(picture)) return null;
  if (count === undefined || typeof colour !== 'boolean') return null;
  if (strokes === undefined) return { picture, patches: count, colour };
  if (typeof strokes !== 'string' || decodeStrokes(strokes) === null) return null;
  return { picture, patches: count, colour, strokes };
}
