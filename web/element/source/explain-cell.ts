import { alibiSlope, bandOf, isOutside, rotate } from '../../views/positions.js';
import type { Scene, Vectors } from '../scene.js';

/** How one weight comes about, step by step, in double precision. */
export interface CellExplanation {
  /** The vectors that are multiplied, (depth): rotated to their positions where these are rotary. */
  readonly query: Float64Array;
  readonly key: Float64Array;
  /** query[i]·key[i], (depth). */
  readonly terms: Float64Array;
  /** Sum of the terms up to and with i, (depth). */
  readonly sums: Float64Array;
  /** The last of the sums. */
  readonly dot: number;
  readonly scale: number;
  /** scale·dot */
  readonly scaled: number;
  /** softcap·tanh(scaled / softcap); as `scaled` without a softcap. */
  readonly capped: number;
  /** What is added for the distance of the key: −slope·|query − key|; 0 without it. */
  readonly added: number;
  readonly temperature: number;
  /** (capped + added) / temperature: what softmax sees. */
  readonly score: number;
  /** The query may not see the key: its weight is 0, whatever its score. */
  readonly masked: boolean;
  /** Largest score of the row's keys that are not masked; −Infinity where all are. */
  readonly rowMax: number;
  /** exp(score − rowMax); 0 when masked. */
  readonly exponential: number;
  /** Sum of the exponentials of the row. */
  readonly rowSum: number;
  /** exponential / rowSum; 0 when masked. */
  readonly weight: number;
}

/** Scores of one query of a head, in double precision. */
class RowScores {
  readonly query: Float64Array;
  readonly #slope: number;

  constructor(
    readonly scene: Scene,
    readonly vectors: Vectors,
    readonly head: number,
    readonly row: number,
  ) {
    this.query = this.#vector(vectors.query, head * scene.queries + row, row);
    const { headsPerSequence, knobs } = scene;
    this.#slope = knobs.positions === 'alibi' ? alibiSlope(head % headsPerSequence, headsPerSequence) : 0;
  }

  key(key: number): Float64Array {
    return this.#vector(this.vectors.key, this.head * this.scene.keys + key, key);
  }

  #vector(data: Float32Array, index: number, position: number): Float64Array {
    const { depth } = this.vectors;
    const vector = Float64Array.from(data.subarray(index * depth, (index + 1) * depth));
    return this.scene.knobs.positions === 'rotary' ? rotate(vector, position) : vector;
  }

  /** The steps from a dot product to the score, which is what the temperature divides last. */
  steps(dot: number, key: number): Pick<CellExplanation, 'scaled' | 'capped' | 'added' | 'score'> {
    const { softcap, temperature } = this.scene.knobs;
    const scaled = this.vectors.depth === 0 ? 0 : this.vectors.scale * dot;
    const capped = softcap > 0 ? softcap * Math.tanh(scaled / softcap) : scaled;
    const added = this.#slope === 0 ? 0 : -this.#slope * Math.abs(this.row - key);
    return { scaled, capped, added, score: (capped + added) / temperature };
  }

  score(key: number): number {
    const vector = this.key(key);
    let dot = 0;
    for (let i = 0; i < vector.length; ++i) dot += (this.query[i] as number) * (vector[i] as number);
    return this.steps(dot, key).score;
  }
}

/** The score of one cell before softmax, in double precision; null when ready weights were given, which have none. */
export function scoreOf(scene: Scene, head: number, query: number, key: number): number | null {
  return scene.vectors && new RowScores(scene, scene.vectors, head, query).score(key);
}

/** How one weight comes about; null when ready weights were given. It reads the whole row: queries times depth products. */
export function explainCell(scene: Scene, head: number, query: number, key: number): CellExplanation | null {
  const { vectors, knobs } = scene;
  if (vectors === null) return null;
  const row = new RowScores(scene, vectors, head, query);
  const band = bandOf(knobs);
  const scores = Float64Array.from({ length: scene.keys }, (_, other) =>
    isOutside(band, query, other) ? -Infinity : row.score(other),
  );
  const rowMax = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const exponentials = scores.map((score) => (score === -Infinity ? 0 : Math.exp(score - rowMax)));
  const rowSum = exponentials.reduce((sum, power) => sum + power, 0);
  const vector = row.key(key);
  const terms = row.query.map((component, i) => component * (vector[i] as number));
  let dot = 0;
  const sums = terms.map((term) => (dot += term));
  const exponential = exponentials[key] as number;
  return {
    query: row.query,
    key: vector,
    terms,
    sums,
    dot,
    scale: vectors.scale,
    ...row.steps(dot, key),
    temperature: knobs.temperature,
    masked: isOutside(band, query, key),
    rowMax,
    exponential,
    rowSum,
    weight: exponential === 0 ? 0 : exponential / rowSum,
  };
}
