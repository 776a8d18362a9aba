import { msg, str } from '@lit/localize';
import type { Tensor } from 'headscope';
import type { ConstructedHead } from '../feed.js';
import { brightness, PATCH_SIDE, type Channels } from './image-patches.js';

/** The score of a patch of one plain colour with itself: enough to look past the others, not enough to see itself alone. */
const PLAIN_SCORE = 7;
/** Patterns are only a part of what a patch holds, often a small one: they are taken this much more seriously. */
const PATTERN_SCORE = 28;

/** Blocks of 2 x 2 pixels: as fine as the heads below look at a patch. */
const BLOCK = 2;
const BLOCKS_PER_SIDE = PATCH_SIDE / BLOCK;

/** One column of a projection: how much of the pixel at (x, y) in a channel goes into the feature. */
type Feature = (x: number, y: number, channel: number) => number;

function projection(features: readonly Feature[], headDim: number, channels: Channels, gain: number): Tensor {
  const pixels = PATCH_SIDE * PATCH_SIDE;
  const data = new Float32Array(pixels * channels * headDim);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const x = pixel % PATCH_SIDE;
    const y = Math.floor(pixel / PATCH_SIDE);
    for (let channel = 0; channel < channels; channel++) {
      const row = (pixel * channels + channel) * headDim;
      features.forEach((feature, column) => {
        data[row + column] = gain * feature(x, y, channel);
      });
    }
  }
  return { data, shape: [pixels * channels, headDim] };
}

function channelList(channels: Channels): number[] {
  return Array.from({ length: channels }, (_, channel) => channel);
}

/** The mean of every block in every channel, block by block. */
function blockMeans(channels: Channels): Feature[] {
  return Array.from({ length: BLOCKS_PER_SIDE ** 2 }, (_, block) => {
    const left = (block % BLOCKS_PER_SIDE) * BLOCK;
    const top = Math.floor(block / BLOCKS_PER_SIDE) * BLOCK;
    return channelList(channels).map(
      (wanted): Feature =>
        (x, y, channel) =>
          channel === wanted && x >= left && x < left + BLOCK && y >= top && y < top + BLOCK ? 1 / BLOCK ** 2 : 0,
    );
  }).flat();
}

function flippedUpsideDown(features: readonly Feature[]): Feature[] {
  return features.map(
    (feature): Feature =>
      (x, y, channel) =>
        feature(x, PATCH_SIDE - 1 - y, channel),
  );
}

function meanColour(channels: Channels): Feature[] {
  return channelList(channels).map(
    (wanted): Feature =>
      (_x, _y, channel) =>
        channel === wanted ? 1 / PATCH_SIDE ** 2 : 0,
  );
}

/** Brightness of every block less that of the whole patch: its drawing without its colour. */
function pattern(channels: Channels): Feature[] {
  const weights = channels === 1 ? [1] : [brightness(1, 0, 0), brightness(0, 1, 0), brightness(0, 0, 1)];
  return blockMeans(1).map(
    (block): Feature =>
      (x, y, channel) =>
        (weights[channel] ?? 0) * (block(x, y, 0) - 1 / PATCH_SIDE ** 2),
  );
}

/** The pixels of one edge, each channel for itself. */
function edge(channels: Channels, side: 'top' | 'bottom' | 'left' | 'right'): Feature[] {
  const far = PATCH_SIDE - 1;
  return Array.from({ length: PATCH_SIDE }, (_, along) => {
    const at = { top: [along, 0], bottom: [along, far], left: [0, along], right: [far, along] }[side];
    return channelList(channels).map(
      (wanted): Feature =>
        (x, y, channel) =>
          channel === wanted && x === at[0] && y === at[1] ? 1 : 0,
    );
  }).flat();
}

/**
 * Heads for patches of PATCH_SIDE x PATCH_SIDE pixels whose projections can be read: each says what it compares. All have
 * the same dimension, 16 per channel; features that a head does not need are 0. Meant for the scale 1/sqrt(D).
 *
 * @returns projections of shape (64 * channels, 16 * channels)
 */
export function patchHeads(channels: Channels): ConstructedHead[] {
  const headDim = BLOCKS_PER_SIDE ** 2 * channels;
  const build = (
    name: string,
    description: string,
    query: Feature[],
    key: Feature[],
    score = PLAIN_SCORE,
  ): ConstructedHead => {
    // Numbers of normalised patches have a root mean square of 1, and so has every feature that averages or picks them.
    const gain = Math.sqrt((score * Math.sqrt(headDim)) / query.length);
    return {
      name,
      description,
      query: projection(query, headDim, channels, gain),
      key: projection(key, headDim, channels, gain),
    };
  };
  const tone = channels === 1 ? msg('brightness') : msg('colour');
  const blocks = blockMeans(channels);
  const mean = meanColour(channels);
  const drawing = pattern(channels);
  return [
    build(
      msg('alike'),
      msg('Compares the patches block by block: a patch looks where the picture is like itself.'),
      blocks,
      blocks,
    ),
    build(tone, msg(str`Compares mean ${tone} alone: a patch looks where the ${tone} is its own.`), mean, mean),
    build(
      msg('pattern'),
      msg(str`Compares light and dark within the patches, whatever their ${tone}: an edge looks at edges of its kind.`),
      drawing,
      drawing,
      PATTERN_SCORE,
    ),
    build(
      msg('mirrored'),
      msg('Compares a patch with the others turned upside down: it looks where its mirror image is.'),
      blocks,
      flippedUpsideDown(blocks),
    ),
    build(
      msg('fits below'),
      msg('Compares a patch’s bottom edge with the others’ top edges: it looks at what could come below it.'),
      edge(channels, 'bottom'),
      edge(channels, 'top'),
    ),
    build(
      msg('fits right'),
      msg('Compares a patch’s right edge with the others’ left edges: it looks at what could come to the right of it.'),
      edge(channels, 'right'),
      edge(channels, 'left'),
    ),
  ];
}
