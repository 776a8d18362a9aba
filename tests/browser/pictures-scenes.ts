/** What the approved pictures show: numbers that are the same on every machine, with something to see in them. */

const SENTENCE = "The animal didn't cross the street because it was too tired .";
const TOKENS = SENTENCE.split(' ');

type Score = (query: number, key: number) => number;

/** softmax of each row, -Infinity for what is masked; (heads, queries, keys). */
export function softmaxHeads(
  heads: readonly Score[],
  queries: number,
  keys: number,
): { data: number[]; shape: [number, number, number] } {
  const data = heads.flatMap((score) =>
    Array.from({ length: queries }, (_, query) => {
      const powers = Array.from({ length: keys }, (_, key) => Math.exp(score(query, key)));
      const sum = powers.reduce((total, power) => total + power, 0);
      return powers.map((power) => power / sum);
    }).flat(),
  );
  return { data, shape: [heads.length, queries, keys] };
}

/** Evenly spread numbers from -1 to 1 that have no pattern to the eye, but are the same everywhere. */
const noise = (a: number, b: number): number => {
  const x = Math.sin(12.9898 * a + 78.233 * b) * 43758.5453;
  return 2 * (x - Math.floor(x)) - 1;
};

/** How much words have to do with each other: what a reader of the sentence would draw. */
const MEANING: readonly (readonly [number, number, number])[] = [
  [1, 0, 2],
  [2, 1, 3],
  [3, 1, 2.2],
  [3, 5, 2.6],
  [5, 4, 2],
  [6, 3, 2.4],
  [7, 1, 4],
  [7, 5, 2.4],
  [8, 7, 2.6],
  [9, 10, 2.2],
  [10, 7, 2.2],
  [10, 1, 3.4],
  [11, 3, 1.6],
];

/** A sentence and four heads: who is meant, the word before, words nearby, and the first word as a place to rest. */
export const sentence = {
  tokens: TOKENS,
  weights: softmaxHeads(
    [
      (q, k) => (MEANING.find(([a, b]) => a === q && b === k)?.[2] ?? 0) + (q === k ? 1 : 0) + 0.3 * noise(q, k),
      (q, k) => 3.2 * Math.exp(-((q - 1 - k) ** 2) / 0.6) + 0.3 * noise(q, k + 50),
      (q, k) => 2.6 * Math.exp(-((q - k) ** 2) / 6) + 0.3 * noise(q + 50, k),
      (q, k) => (k === 0 ? 3.4 : 0) + (k === 11 ? 1.6 : 0) + 0.3 * noise(q + 50, k + 50),
    ],
    TOKENS.length,
    TOKENS.length,
  ),
};

/** Layers of heads of the kinds that trained models are known to have, each layer looking less at what is near. */
export function layeredWeights(
  layers: number,
  heads: number,
  length: number,
): { data: number[]; shape: [number, number, number, number] } {
  const kinds: readonly ((layer: number) => Score)[] = [
    (layer) => (q, k) => -((q - k) ** 2) / (1 + 3 * layer),
    () => (q, k) => 5 * Math.exp(-((q - 1 - k) ** 2) / 0.5),
    (layer) => (q, k) => (k === 0 ? 2 + layer : 0) - Math.abs(q - k) / 8,
    (layer) => (q, k) => 3 * Math.cos(((q - k) * Math.PI) / (3 + layer)),
    () => (q, k) => (Math.floor(q / 6) === Math.floor(k / 6) ? 3 : 0),
    (layer) => (q, k) => 4 * Math.exp(-((q - k - 5 - layer) ** 2) / 3),
    () => (q, k) => (k % 7 === 3 ? 3.5 : 0) + (q === k ? 1 : 0),
    (layer) => (q, k) => 2 * noise(q * 3 + layer, k),
  ];
  const scores = Array.from({ length: layers * heads }, (_, i): Score => {
    const layer = Math.floor(i / heads);
    const kind = kinds[(i + layer) % kinds.length] ?? ((): Score => () => 0);
    const score = kind(layer);
    return (q, k) => (k > q ? -Infinity : score(q, k) + 0.5 * noise(q + i, k));
  });
  const { data } = softmaxHeads(scores, length, length);
  return { data, shape: [layers, heads, length, length] };
}

/**
 * Queries and keys of a long text: chapters that speak of their own subjects and return to earlier ones, nearness, and
 * a first token that draws attention; two heads, (2, length, 24).
 */
export function longText(length: number): Record<'query' | 'key', { data: number[]; shape: number[] }> {
  const depth = 24;
  const starts = [0, 0.07, 0.22, 0.31, 0.52, 0.68, 0.75, 0.9];
  const subjects = [0, 1, 2, 1, 3, 0, 4, 2];
  const subject = (i: number): number => subjects[starts.filter((start) => start * length <= i).length - 1] ?? 0;
  const component = (head: number, i: number, d: number, ofQuery: boolean): number => {
    if (d < 6) return subject(i) === d ? (head === 0 ? 5 : 2) : 0;
    if (d === 6) return ofQuery ? 4 : i === 0 ? 6 : 0;
    // Waves of several lengths: two positions agree in all of them only where they are near.
    const wave = (2 * Math.PI * i) / (length / 2 ** Math.floor((d - 7) / 2));
    return (head === 0 ? 1 : 2) * (d % 2 === 0 ? Math.sin(wave) : Math.cos(wave));
  };
  const vectors = (ofQuery: boolean): number[] =>
    [0, 1].flatMap((head) =>
      Array.from({ length }, (_, i) => Array.from({ length: depth }, (_, d) => component(head, i, d, ofQuery))).flat(),
    );
  const shape = [2, length, depth];
  return { query: { data: vectors(true), shape }, key: { data: vectors(false), shape } };
}

/** Three words with vectors short enough to follow every number. */
export const small = {
  tokens: ['river', 'bank', 'money'],
  query: {
    data: [1, 0.5, 0, 0.2, 0.8, 0.1, 0.9, 0.4, 0.1, 0, 1.2, 0.6].map((x) => 2 * x),
    shape: [3, 4],
  },
  key: {
    data: [1.1, 0.4, 0.1, 0, 0.7, 0.2, 0.8, 0.1, 0, 0.1, 1.3, 0.5].map((x) => 2 * x),
    shape: [3, 4],
  },
};

/** "The cat sat on the mat." in Arabic, and in Chinese. */
export const arabic = ['جلست', 'القطة', 'على', 'السجادة', 'في', 'غرفة', 'دافئة', '.'];
export const chinese = ['猫', '坐在', '垫子', '上', '，', '因为', '它', '很', '累', '。'];

/** Attention of words in a line: to the one before, and to the second one. */
export function lineOfWords(tokens: readonly string[]): Record<string, unknown> {
  const count = tokens.length;
  const before: Score = (q, k) => 3 * Math.exp(-((q - 1 - k) ** 2) / 0.6) + 0.3 * noise(q, k);
  const second: Score = (q, k) => (k === 1 ? 2.5 : 0) + (q === k ? 1.5 : 0) + 0.3 * noise(q, k + 9);
  return { tokens, weights: softmaxHeads([before, second], count, count) };
}
