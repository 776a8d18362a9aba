import type { Tensor } from 'headscope';
import { normals } from '../../seeded.js';

export const DRAWINGS = ['arrow', 'ring', 'noise'] as const;
export type Drawing = (typeof DRAWINGS)[number];

/** A picture (w, h) of any size: 0 is paper and 1 is ink. Axis w runs down. */
export function drawing(kind: Drawing, width: number, height: number, seed: number): Tensor {
  const noise = normals(width * height, seed, 1);
  const at = (row: number, column: number): boolean => {
    // From -1 to 1 between the borders.
    const y = width === 1 ? 0 : (2 * row) / (width - 1) - 1;
    const x = height === 1 ? 0 : (2 * column) / (height - 1) - 1;
    switch (kind) {
      case 'arrow':
        return y < 0 ? Math.abs(x) <= y + 1.05 : Math.abs(x) < 0.3;
      case 'ring':
        return Math.abs(Math.hypot(x, y) - 0.8) < 0.25;
      case 'noise':
        return (noise[row * height + column] ?? 0) > 0.4;
    }
  };
  const data = Float32Array.from({ length: width * height }, (_, index) =>
    at(Math.floor(index / height), index % height) ? 1 : 0,
  );
  return { data, shape: [width, height] };
}

/** The drawing in each of c channels, (w, h, c). */
export function channelsLast({ data, shape }: Tensor, channels: number): Tensor {
  const [width = 0, height = 0] = shape;
  const all = new Float32Array(data.length * channels);
  data.forEach((value, index) => all.fill(value, index * channels, (index + 1) * channels));
  return { data: all, shape: [width, height, channels] };
}

/** The drawing in each of c channels, (c, w, h). */
export function channelsFirst({ data, shape }: Tensor, channels: number): Tensor {
  const all = new Float32Array(data.length * channels);
  for (let channel = 0; channel < channels; channel++) all.set(data, channel * data.length);
  return { data: all, shape: [channels, ...shape] };
}

/** One channel of (w, h, c). */
export function channelOf({ data, shape }: Tensor, channel: number): Tensor {
  const [width = 0, height = 0, channels = 1] = shape;
  return {
    data: Float32Array.from({ length: width * height }, (_, index) => data[index * channels + channel] ?? NaN),
    shape: [width, height],
  };
}

/** Channels of a group, as the shift splits them: three of floor(c / 4), and the rest. */
export function groups(channels: number): readonly { readonly first: number; readonly count: number }[] {
  const bounds = [0, 1, 2, 3].map((index) => Math.floor((index * channels) / 4));
  return bounds.map((first, index) => ({ first, count: (bounds[index + 1] ?? channels) - first }));
}
