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
