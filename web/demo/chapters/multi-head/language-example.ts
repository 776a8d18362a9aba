import { msg } from '@lit/localize';
import { matrix } from '../kit/tensors.js';
import { onCircle, turnedBack, type Example } from './example.js';

/** Positions lie on circles of so many places: more than tokens, so that the first has none before it. */
const PERIOD = 10;
/** Where the two circles of the position begin among the features. */
export const POSITION = 8;

interface Word {
  readonly text: string;
  readonly kind: 'determiner' | 'adjective' | 'noun' | 'verb';
  /** small -1, big 1 */
  readonly size?: number;
  readonly animal?: number;
  /** dog 1, cat -1 */
  readonly dog?: number;
  readonly past?: number;
}

const KINDS = ['determiner', 'adjective', 'noun', 'verb'] as const;

/** A sentence whose words have features that can be read; three heads that look for different things in it. */
export function languageExample(): Example {
  const words: readonly Word[] = [
    { text: msg('the'), kind: 'determiner' },
    { text: msg('small'), kind: 'adjective', size: -1 },
    { text: msg('dog'), kind: 'noun', animal: 1, dog: 1 },
    { text: msg('chased'), kind: 'verb', past: 1 },
    { text: msg('a'), kind: 'determiner' },
    { text: msg('big'), kind: 'adjective', size: 1 },
    { text: msg('cat'), kind: 'noun', animal: 1, dog: -1 },
  ];
  return {
    tokens: words.map(({ text }) => text),
    features: [
      msg('determiner'),
      msg('adjective'),
      msg('noun'),
      msg('verb'),
      msg('size'),
      msg('animal'),
      msg('dog, not cat'),
      msg('past'),
      'cos p',
      'sin p',
      'cos 3p',
      'sin 3p',
    ],
    x: matrix(
      words.map(({ kind, size = 0, animal = 0, dog = 0, past = 0 }, position) => [
        ...KINDS.map((other) => (other === kind ? 1 : 0)),
        ...[size, animal, dog, past],
        ...onCircle(position, PERIOD, 1),
        ...onCircle(position, PERIOD, 3),
      ]),
    ),
    heads: [
      {
        name: msg('previous token'),
        description: msg(
          'The query is the token’s position turned back by one place, the key is the position: each token finds the one before it. The first has none: what it looks at means nothing.',
        ),
        query: [...turnedBack(POSITION, 0, PERIOD, 1, 1, 2.2), ...turnedBack(POSITION + 2, 2, PERIOD, 3, 1, 2.2)],
        key: [...turnedBack(POSITION, 0, PERIOD, 1, 0, 2.2), ...turnedBack(POSITION + 2, 2, PERIOD, 3, 0, 2.2)],
        value: [0, 1, 2, 3].map((feature) => [feature, feature, 1] as const),
      },
      {
        name: msg('same word class'),
        description: msg(
          'Query and key are both the word class: a determiner finds the determiners, a noun the nouns, wherever they stand.',
        ),
        query: [0, 1, 2, 3].map((feature) => [feature, feature, 2.2] as const),
        key: [0, 1, 2, 3].map((feature) => [feature, feature, 2.2] as const),
        value: [0, 1, 2, 3].map((feature) => [POSITION + feature, feature, 1] as const),
      },
      {
        name: msg('noun to adjective'),
        description: msg(
          'A noun asks for an adjective, and for the place before its own; an adjective answers. The value is what the adjective says: the size. What words other than nouns look at in this head follows from their places alone.',
        ),
        query: [[2, 0, 2.6], ...turnedBack(POSITION, 1, PERIOD, 1, 1, 1.9)],
        key: [[1, 0, 2.6], ...turnedBack(POSITION, 1, PERIOD, 1, 0, 1.9)],
        value: [4, 5, 6, 7].map((feature) => [feature, feature - 4, 1] as const),
      },
    ],
    causal: false,
  };
}
