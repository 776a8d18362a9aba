import { alibiSlope, bandOf, isOutside, rotate } from '../../views/positions.js';
import type { Scene, Vectors } from '../scene.js';

/** How one weight comes about, step by step, in double precision. */
export interface CellExplanation {
  /** The vectors as they were given, (depth). */
  readonly query: Float64Array;
  readonly key: Float64Array;
  /** The same, turned to their positions by rotary embeddings: these are multiplied then. Null without such positions. */
  readonly rotated: { readonly query: Float64Array; readonly key: Float64Array } | null;
  /** query[i]·key[i], of the rotated vectors if there are any, (depth). */
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
  /** As it is multiplied: rotated, if positions are rotary. */
  readonly #query: Float64Array;
  readonly #slope: number;

  constructor(
    readonly scene: Scene,
    readonly vectors: Vectors,
    readonly head: number,
    readonly row: number,
  ) {
    this.#query = this.#turned(this.query, row);
    const { headsPerSequence, knobs } = scene;
    this.#slope = knobs.positions === 'alibi' ? alibiSlope(head % headsPerSequence, headsPerSequence) : 0;
  }

  /** As it was given. */
  get query(): Float64Array {
    return this.#vector(this.vectors.query, this.head * this.scene.queries + this.row);
  }

  /** A key as it was given. */
  key(key: number): Float64Array {
    return this.#vector(this.vectors.key, this.head * this.scene.keys + key);
  }

  /** The two as they are multiplied, if that is something else. */
  rotated(key: number): CellExplanation['rotated'] {
    if (this.scene.knobs.positions !== 'rotary') return null;
    return { query: this.#query, key: this.#turned(this.key(key), key) };
  }

  #vector(data: Float32Array, index: number): Float64Array {
    const { depth } = this.vectors;
    return Float64Array.from(data.subarray(index * depth, (index + 1) * depth));
  }

  #turned(vector: Float64Array, position: number): Float64Array {
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
    const vector = this.#turned(this.key(key), key);
    let dot = 0;
    for (let i = 0; i < vector.length; ++i) dot += (this.#query[i] as number) * (vector[i] as number);
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
  const exponentials = scores.map((score, other) =>
    rowMax === -Infinity || isOutside(band, query, other) ? 0 : Math.exp(score - rowMax),
  );
  const rowSum = exponentials.reduce((sum, power) => sum + power, 0);
  const given = { query: row.query, key: row.key(key) };
  const rotated = row.rotated(key);
  const multiplied = rotated ?? given;
  const terms = multiplied.query.map((component, i) => component * (multiplied.key[i] as number));
  let dot = 0;
  const sums = terms.map((term) => (dot += term));
  const exponential = exponentials[key] as number;
  const masked = isOutside(band, query, key);
  return {
    ...given,
    rotated,
    terms,
    sums,
    dot,
    scale: vectors.scale,
    ...row.steps(dot, key),
    temperature: knobs.temperature,
    masked,
    rowMax,
    exponential,
    rowSum,
    weight: masked || rowMax === -Infinity ? 0 : exponential / rowSum,
  };
}
