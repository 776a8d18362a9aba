import { msg, str } from '@lit/localize';
import { matrix } from '../kit/tensors.js';
import { onCircle, turnedBack, type Example } from './example.js';

/** Patches along each side of the picture. */
export const SIDE = 4;
const PERIOD = 8;

type Colour = readonly [red: number, green: number, blue: number];
const SKY: Colour = [0.35, 0.6, 0.95];
const SUN: Colour = [1, 0.85, 0.2];
const HOUSE: Colour = [0.8, 0.2, 0.15];
const GRASS: Colour = [0.2, 0.6, 0.25];

/** A house on grass below a sky with a sun, patch by patch. */
const PICTURE: readonly Colour[] = [
  ...[SKY, SKY, SKY, SUN],
  ...[SKY, HOUSE, HOUSE, SKY],
  ...[SKY, HOUSE, HOUSE, SKY],
  ...[GRASS, GRASS, GRASS, GRASS],
];

/** A picture of 4 x 4 patches: one head compares colours, the other places. */
export function visionExample(): Example {
  // Around the middle of the colours, so that unlike ones point in different directions.
  const centred: readonly (readonly [number, number, number])[] = [0, 1, 2].map((channel) => [channel, channel, 5]);
  const colour = [...centred, [3, 0, -2.6], [3, 1, -2.8], [3, 2, -2.9]] as const;
  const place = [...turnedBack(4, 0, PERIOD, 1, 0, 2.4), ...turnedBack(6, 2, PERIOD, 1, 0, 2.4)];
  return {
    tokens: PICTURE.map((_, patch) => msg(str`r${Math.floor(patch / SIDE) + 1}c${(patch % SIDE) + 1}`)),
    features: [
      msg('red'),
      msg('green'),
      msg('blue'),
      msg('one'),
      msg('row cos'),
      msg('row sin'),
      msg('column cos'),
      msg('column sin'),
    ],
    x: matrix(
      PICTURE.map((rgb, patch) => [
        ...rgb,
        1,
        ...onCircle(Math.floor(patch / SIDE), PERIOD),
        ...onCircle(patch % SIDE, PERIOD),
      ]),
    ),
    heads: [
      {
        name: msg('colour'),
        description: msg(
          'Query and key are both the patch’s colour, seen from a middle grey: sky finds sky and grass finds grass, however far away.',
        ),
        query: colour,
        key: colour,
        value: [0, 1, 2].map((channel) => [channel, channel, 1] as const),
      },
      {
        name: msg('place'),
        description: msg(
          'Query and key are both the patch’s row and column: a patch looks at itself and its neighbours, whatever they show.',
        ),
        query: place,
        key: place,
        value: [0, 1, 2].map((channel) => [channel, channel, 1] as const),
      },
    ],
    causal: false,
  };
}
