import { msg, str } from '@lit/localize';
import { matrix } from '../kit/tensors.js';
import { onCircle, turnedBack, type Example } from './example.js';

const PERIOD = 8;
/** Where the return stands among the features, and where the head that looks at it puts it in the output. */
export const RETURN = 3;

interface Step {
  readonly column: number;
  readonly row: number;
  readonly action: '→' | '↑';
}

/** The way through a grid of 3 x 3 cells, from the lower left to the upper right; every step costs 1. */
export const PATH: readonly Step[] = [
  { column: 1, row: 1, action: '→' },
  { column: 2, row: 1, action: '↑' },
  { column: 2, row: 2, action: '→' },
  { column: 3, row: 2, action: '↑' },
];

/**
 * A trajectory as the Decision Transformer (Chen et al., 2021) reads it: for every step the return that is still to come,
 * the state, the action. Causal: an action knows what was before it.
 */
export function decisionExample(returns: readonly number[] = [-4, -3, -2, -1]): Example {
  const time = (gain: number): ReturnType<typeof turnedBack> => turnedBack(6, 1, PERIOD, 1, 0, gain);
  return {
    tokens: PATH.flatMap(({ column, row, action }, step) => [
      `R ${String(returns[step]).replace('-', '−')}`,
      msg(str`at ${column},${row}`),
      action,
    ]),
    features: [
      msg('is return'),
      msg('is state'),
      msg('is action'),
      msg('return'),
      msg('column'),
      msg('row'),
      msg('time cos'),
      msg('time sin'),
    ],
    x: matrix(
      PATH.flatMap(({ column, row }, step) => [
        [1, 0, 0, returns[step] ?? 0, 0, 0, ...onCircle(step, PERIOD)],
        [0, 1, 0, 0, column, row, ...onCircle(step, PERIOD)],
        [0, 0, 1, 0, 0, 0, ...onCircle(step, PERIOD)],
      ]),
    ),
    heads: [
      {
        name: msg('own state'),
        description: msg(
          'An action asks for a state of its own time step, a state answers with its place: so the action knows where it is taken. Other tokens look at their own time step.',
        ),
        query: [[2, 0, 3], ...time(4.5)],
        key: [[1, 0, 3], ...time(4.5)],
        value: [
          [4, 0, 1],
          [5, 1, 1],
        ],
      },
      {
        name: msg('last return'),
        description: msg(
          'An action asks for a return of its own time step, the last there is; the return answers with how much is still to come.',
        ),
        query: [[2, 0, 3], ...time(4.5)],
        key: [[0, 0, 3], ...time(4.5)],
        value: [[RETURN, 0, 1]],
      },
    ],
    causal: true,
  };
}
