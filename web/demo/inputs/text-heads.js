// The vectors of the Text tab and the heads that were built for them. A copied snippet holds this file's text, as it
// does seeded.js's: plain JavaScript for that reason; text-heads.d.ts has the types.
import { embedTokens } from '../seeded.js';

/** Numbers per token for the word itself, and as many for its place in the sentence. */
export const HALF = 32;
const EMBEDDING_SEED = 1;

/** Row by row: the word's vector, then the place's (zeros where `positions` is null). */
export function textVectors(tokens, positions) {
  const words = embedTokens(tokens, HALF, EMBEDDING_SEED);
  const data = new Float32Array(tokens.length * 2 * HALF);
  for (let row = 0; row < tokens.length; row++) {
    data.set(words.data.subarray(row * HALF, (row + 1) * HALF), row * 2 * HALF);
    if (positions) data.set(positions.data.subarray(row * HALF, (row + 1) * HALF), row * 2 * HALF + HALF);
  }
  return { data, shape: [tokens.length, 2 * HALF] };
}

/** Query and key projections, (2 * HALF, HALF) each, of three heads whose patterns follow from how they are built. */
export function constructedHeads() {
  const matrix = (entries) => {
    const data = new Float32Array(2 * HALF * HALF);
    for (const [row, column, value] of entries) data[row * HALF + column] += value;
    return { data, shape: [2 * HALF, HALF] };
  };
  const all = Array.from({ length: HALF }, (_, index) => index);
  const word = 1.9; // makes the score of a word with itself about 20
  const place = 7.6; // makes the score of a place with itself about 7 above its neighbour's
  const keepWord = matrix(all.map((index) => [index, index, word]));
  const keepPlace = matrix(all.map((index) => [HALF + index, index, place]));
  // A place is pairs (sin wp, cos wp): turning each pair by its own w makes place p into place p - 1.
  const stepBack = matrix(
    all.flatMap((index) => {
      const even = index - (index % 2);
      const frequency = 10000 ** (-even / HALF);
      const [sine, cosine] = [HALF + even, HALF + even + 1];
      return index % 2 === 0
        ? [
            [sine, index, place * Math.cos(frequency)],
            [cosine, index, -place * Math.sin(frequency)],
          ]
        : [
            [cosine, index, place * Math.cos(frequency)],
            [sine, index, place * Math.sin(frequency)],
          ];
    }),
  );
  // The slowest cosine is nearly 1 everywhere; from it alone, everyone asks for place 0, which is (0, 1, 0, 1, ...).
  const askForFirst = matrix(all.filter((index) => index % 2).map((index) => [2 * HALF - 1, index, place]));
  return [
    { name: 'same token', query: keepWord, key: keepWord },
    { name: 'previous token', query: stepBack, key: keepPlace },
    { name: 'first token', query: askForFirst, key: keepPlace },
  ];
}
