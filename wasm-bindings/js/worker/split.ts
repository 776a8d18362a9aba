// How a call is divided among workers, and a worker's share of it into steps. Rows are counted through all heads of all
// batch elements: row i of head h of batch element b is (b·H + h)·Lq + i.
import type { ScoreOptions } from '../attention-options.js';

/** The sizes of a call. */
export interface Geometry {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly queryLength: number;
  readonly pastLength: number;
  /** With those of the past. */
  readonly keyLength: number;
  /** D */
  readonly depth: number;
  /** Dv */
  readonly valueDepth: number;
}

/** What is computed at once: whole heads that are neighbours in a batch element, or some rows of one head. */
export interface Step {
  readonly batch: number;
  /** Within the batch element. */
  readonly head: number;
  readonly heads: number;
  readonly row: number;
  readonly rows: number;
}

/** Kernels take this many rows of queries together. A slice that began elsewhere would round otherwise. */
const BLOCK = 64;

/** With fewer rows another kernel takes over, and rounds otherwise. */
const LEAST_ROWS = 8;

/** Softmax and the rest of a row cost as much as the products with about this many keys. */
const ROW_OVERHEAD = 16;

/** Multiplications that are worth the message to one more worker. */
const LEAST_SHARE = 2 ** 21;

/** A bound as the options have it: a whole number, or -1 or nothing for none. */
function bound(extent: number | undefined): number {
  return extent === undefined || extent < 0 ? Infinity : extent;
}

/** The work of a call: where it may be cut, and what the pieces cost. */
export class Work {
  readonly geometry: Geometry;
  readonly #blocks: number;
  /** For each batch element, the multiplications of a head's first 0, 1, .. blocks of rows. */
  readonly #before: readonly Float64Array[];

  constructor(geometry: Geometry, { causal = false, window, alignment, keyLengths }: ScoreOptions) {
    const { batch, queryLength: queries, keyLength: keys, pastLength: past, depth, valueDepth } = geometry;
    this.geometry = geometry;
    this.#blocks = Math.max(1, Math.floor((queries + BLOCK - LEAST_ROWS) / BLOCK));
    const left = bound(window?.left);
    const right = causal ? 0 : bound(window?.right);
    const costs = (length: number): Float64Array => {
      const first = alignment === 'bottom-right' ? length - queries : past;
      const before = new Float64Array(this.#blocks + 1);
      for (let block = 0; block < this.#blocks; ++block) {
        const rows = this.#start(block + 1) - this.#start(block);
        const position = first + this.#start(block) + rows / 2;
        const seen = Math.min(length, position + right) - Math.max(0, position - left);
        before[block + 1] =
          (before[block] as number) + rows * (Math.max(0, seen) + ROW_OVERHEAD) * (depth + valueDepth);
      }
      return before;
    };
    this.#before = keyLengths
      ? Array.from(keyLengths, (length) => costs(length >= 0 && length < keys ? length : keys))
      : new Array<Float64Array>(batch).fill(costs(keys));
  }

  /** B·H·Lq */
  get rows(): number {
    const { batch, heads, queryLength } = this.geometry;
    return batch * heads * queryLength;
  }

  /** The first row of a block; the last block takes a rest that is too short for one of its own. */
  #start(block: number): number {
    return block < this.#blocks ? block * BLOCK : this.geometry.queryLength;
  }

  #block(row: number): number {
    return row < this.geometry.queryLength ? Math.min(row / BLOCK, this.#blocks - 1) : this.#blocks;
  }

  #cost(batch: number, row: number, end: number): number {
    const before = this.#before[batch] as Float64Array;
    return (before[this.#block(end)] as number) - (before[this.#block(row)] as number);
  }

  /** Multiplications of one head. */
  #headCost(batch: number): number {
    return (this.#before[batch] as Float64Array)[this.#blocks] as number;
  }

  /** Multiplications of a step. */
  cost({ batch, heads, row, rows }: Step): number {
    return heads * this.#cost(batch, row, row + rows);
  }

  /** The rows at which shares of about equal cost begin and end, from 0 to B·H·Lq: at most `workers` shares, none empty. */
  shares(workers: number): number[] {
    const { heads } = this.geometry;
    const total = this.#before.reduce((sum, _, b) => sum + heads * this.#headCost(b), 0);
    const count = Math.max(1, Math.min(workers, Math.floor(total / LEAST_SHARE)));
    const rows = [0];
    for (let share = 1; share < count; ++share) {
      const row = this.#rowAt((total * share) / count);
      if (row > (rows.at(-1) as number)) rows.push(row);
    }
    if (rows.at(-1) === this.rows) rows.pop();
    return [...rows, this.rows];
  }

  /** The start of a block before which about `cost` multiplications lie. */
  #rowAt(cost: number): number {
    const { batch, heads, queryLength: queries } = this.geometry;
    let b = 0;
    while (b < batch - 1 && cost >= heads * this.#headCost(b)) cost -= heads * this.#headCost(b++);
    const head = Math.floor(cost / this.#headCost(b));
    const rest = cost - head * this.#headCost(b);
    let block = 0;
    while (
      block < this.#blocks &&
      this.#cost(b, 0, this.#start(block)) + this.#cost(b, 0, this.#start(block + 1)) < 2 * rest
    )
      ++block;
    return (b * heads + head) * queries + this.#start(block);
  }

  /**
   * The first step of the rows `from` to `to`, which are ends of shares or steps. It has at most `most` multiplications,
   * unless even one block has more.
   */
  step(from: number, to: number, most: number): Step {
    const { heads, kvHeads, queryLength: queries } = this.geometry;
    const index = Math.floor(from / queries);
    const row = from - index * queries;
    const batch = Math.floor(index / heads);
    const head = index - batch * heads;
    const end = Math.min(queries, to - index * queries);
    if (row > 0 || end < queries || this.#headCost(batch) > most) {
      let block = this.#block(row) + 1;
      while (this.#start(block) < end && this.#cost(batch, row, this.#start(block + 1)) <= most) ++block;
      return { batch, head, heads: 1, row, rows: this.#start(block) - row };
    }
    const whole = Math.min(heads - head, Math.floor((to - from) / queries), Math.floor(most / this.#headCost(batch)));
    // Heads that share a key go together, or they are of one group: among themselves they keep to the rule.
    const group = heads / kvHeads;
    const inGroup = group - (head % group);
    return {
      batch,
      head,
      heads: inGroup === group && whole > group ? whole - (whole % group) : Math.min(whole, inGroup),
      row,
      rows: queries,
    };
  }
}

/** The key and value heads that rows `from` to `to` attend to, counted through all batch elements: from, to. */
export function kvHeadsOf({ heads, kvHeads, queryLength }: Geometry, from: number, to: number): [number, number] {
  const group = heads / kvHeads;
  return [Math.floor(from / queryLength / group), Math.ceil(to / queryLength / group)];
}
