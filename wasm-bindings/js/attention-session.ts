import { extent, type AttentionArguments, type AttentionOptions } from './attention-arguments.js';
import { choice, count, putScores, scoreBytes, type ScoreOptions } from './attention-options.js';
import { HeadscopeError } from './errors.js';
import { Handle, createInCore } from './handle.js';
import { floatBytes, operandBytes, type Heap } from './heap.js';
import type { CoreFunction, Module } from './module.js';
import { ResidentTensor, expectShape } from './resident-tensor.js';
import { describe, elementCount, optionsOf, type Tensor } from './tensor.js';

/** Options of {@link Headscope.attentionSession}; there is no dropout where weights are looked at. */
export type AttentionSessionOptions = Omit<ScoreOptions, 'dropout'> & Pick<AttentionOptions, 'heads' | 'kvHeads'>;

/** `count` rows or columns from `first` on; all of them unless given. */
export interface Range {
  readonly first: number;
  readonly count: number;
}

/** A picture of some weights of a head. */
export interface TileOptions {
  readonly rows?: Range | undefined;
  readonly columns?: Range | undefined;
  /** In pixels; a column each unless given. */
  readonly width?: number | undefined;
  /** In pixels; a row each unless given. */
  readonly height?: number | undefined;
  /** What a pixel shows of the weights under it; the largest unless given. */
  readonly pooling?: 'max' | 'mean' | undefined;
}

/** What a head does, on average over its queries that see anything. */
export interface HeadStatistics {
  /** -Σ w ln w of a row, in nats. */
  readonly entropy: number;
  /** Σ w·|p - j| for a query at position p and keys j. */
  readonly meanDistance: number;
  /** Weight of key 0. */
  readonly firstKey: number;
  /** Weight of the key at the query's own position. */
  readonly diagonal: number;
  /** Weight of the key before it. */
  readonly previousToken: number;
}

/** Work on some rows that can be done a few at a time, from the first to the last. @internal */
export interface RowWork<Result> {
  readonly rows: Range;
  /** Does so many rows from row `first` on: the first of all, or the next after those that are done. */
  run(first: number, count: number): void;
  /** What comes of it, once all rows are done. */
  result(): Result;
  /** Gives its memory back. */
  dispose(): void;
}

/** Options of a tile, as the core takes them. */
interface TileCall {
  readonly fields: readonly number[];
  readonly rows: Range;
  /** (height, width) */
  readonly shape: readonly [number, number];
}

/** The values of all heads: rows of so many `columns`, `rowStep` apart, from a head's start on. */
interface Values {
  readonly data: Float32Array;
  readonly columns: number;
  readonly rowStep: number;
  readonly startOf: (head: number) => number;
}

/** A copy of the values, if there are any. */
function valuesOf({ key, value, heads, kvHeads, sizes }: AttentionArguments): Values | undefined {
  const width = extent(value);
  if (width === 0) return undefined;
  expectShape('value', value.shape, [...key.shape.slice(0, -1), width]);
  const data = value instanceof ResidentTensor ? value.read().data : value.data.slice();
  const inEach = kvHeads ?? extent(key, 2);
  const columns = heads === undefined ? width : width / inEach;
  const perHead = sizes.keyLength * columns;
  return {
    data,
    columns,
    rowStep: width,
    startOf: (head) => {
      const b = Math.floor(head / sizes.heads);
      const h = Math.floor(((head % sizes.heads) * inEach) / sizes.heads);
      return b * inEach * perHead + h * (heads === undefined ? perHead : columns);
    },
  };
}

const STATISTICS = ['entropy', 'meanDistance', 'firstKey', 'diagonal', 'previousToken'] as const;

/**
 * Attention weights on demand. {@link Headscope.attentionSession} makes it. Heads are counted through all batch elements:
 * b·Hq + h. All methods throw {@link HeadscopeError}: `InvalidArgument` for what is not in the matrix, `OutOfMemory`,
 * `Disposed`.
 */
export class AttentionSession extends Handle {
  /** B·Hq */
  readonly heads: number;
  /** Lq */
  readonly queryLength: number;
  /** Lk */
  readonly keyLength: number;
  readonly #module: Module;
  readonly #heap: Heap;
  readonly #values: Values | undefined;

  /** Not for use: `Headscope.attentionSession` makes it. */
  constructor(module: Module, heap: Heap, given: AttentionArguments) {
    const { query, key, heads, kvHeads, scores, sizes } = given;
    const values = valuesOf(given);
    const handle = createInCore(
      heap,
      module._createAttentionSession,
      operandBytes(query, key) + scoreBytes(scores),
      () => {
        heap.operand(query, heads);
        heap.operand(key, kvHeads);
        putScores(heap, scores);
      },
    );
    super(heap, 'session', handle, (address) => module._destroy(address));
    this.#module = module;
    this.#heap = heap;
    this.heads = sizes.batch * sizes.heads;
    this.queryLength = sizes.queryLength;
    this.keyLength = sizes.keyLength;
    this.#values = values;
  }

  /** The weights (Lk) of one query. */
  row(head: number, query: number): Float32Array {
    return this.#ask([count(head, 'head'), count(query, 'query')], [this.keyLength], this.#module._sessionRow).data;
  }

  /**
   * A picture of some rows and columns. Pixel (y, x) pools the rows from rows.first + floor(y·rows.count/height) up to the
   * first of pixel y + 1, at least one, and columns likewise.
   *
   * @param options.into Room for the picture, which is then the result's data: making a large array takes longer than
   *   the picture itself
   * @returns (height, width)
   */
  tile(head: number, options: TileOptions & { readonly into?: Float32Array | undefined } = {}): Tensor {
    const { fields, rows, shape } = this.#tileCall(head, options);
    const { into } = options;
    const pixels = elementCount(shape);
    if (into !== undefined && !(into instanceof Float32Array && into.length === pixels)) {
      const got = into instanceof Float32Array ? `${into.length}` : describe(into);
      throw new HeadscopeError('InvalidShape', 'into', `a Float32Array of ${pixels} numbers`, got);
    }
    return this.#ask([...fields, rows.first, rows.count], shape, this.#module._sessionTile, into);
  }

  /** {@link tile}, a few rows at a time. @internal */
  tileWork(head: number, options: TileOptions = {}): RowWork<Tensor> {
    const { fields, rows, shape } = this.#tileCall(head, options);
    const heap = this.#heap;
    const pixels = new ResidentTensor(heap, shape);
    return {
      rows,
      run: (first, drawn) => {
        const { address } = this;
        heap.open(0);
        try {
          for (const field of [address, ...fields, first, drawn, pixels.address]) heap.number(field);
          heap.call(this.#module._sessionTile);
        } finally {
          heap.close();
        }
      },
      result: () => pixels.read(),
      dispose: () => pixels.dispose(),
    };
  }

  #tileCall(head: number, options: TileOptions): TileCall {
    const { rows = { first: 0, count: this.queryLength }, columns = { first: 0, count: this.keyLength } } =
      optionsOf(options);
    optionsOf(rows, 'rows');
    optionsOf(columns, 'columns');
    const { width = columns.count, height = rows.count } = options;
    const fields = [
      count(head, 'head'),
      count(rows.first, 'rows.first'),
      count(rows.count, 'rows.count'),
      count(columns.first, 'columns.first'),
      count(columns.count, 'columns.count'),
      count(width, 'width'),
      count(height, 'height'),
      choice(options.pooling, ['max', 'mean'], 'pooling'),
    ];
    return { fields, rows, shape: [height, width] };
  }

  /** The largest weights of one query, largest first: min(k, Lk) of them. */
  topK(head: number, query: number, k: number): { keys: Int32Array; weights: Float32Array } {
    const most = Math.min(count(k, 'k'), this.keyLength);
    const { address } = this;
    const heap = this.#heap;
    heap.open(2 * floatBytes(most));
    try {
      for (const field of [address, count(head, 'head'), count(query, 'query'), most]) heap.number(field);
      const keys = heap.result(most);
      const weights = heap.result(most);
      heap.call(this.#module._sessionTopK);
      const found = heap.answer(3);
      return {
        // The same bytes, which are integers.
        keys: new Int32Array(heap.read(keys, [found], found).data.buffer),
        weights: heap.read(weights, [found], found).data,
      };
    } finally {
      heap.close();
    }
  }

  /** The weighted mean (Dv) of the values for one query; for a session that was made with values. */
  output(head: number, query: number): Float32Array {
    const weights = this.row(head, query);
    if (this.#values === undefined) {
      throw new HeadscopeError('InvalidArgument', 'value', 'the values that the session was made with', 'null');
    }
    const { data, columns, rowStep, startOf } = this.#values;
    const sums = new Float64Array(columns);
    for (let j = 0, at = startOf(head); j < weights.length; ++j, at += rowStep) {
      const weight = weights[j] as number;
      // What no query sees may be anything, NaN as well.
      if (weight === 0) continue;
      for (let d = 0; d < columns; ++d) sums[d] = (sums[d] as number) + weight * (data[at + d] as number);
    }
    return Float32Array.from(sums);
  }

  statistics(head: number): HeadStatistics {
    const work = this.statisticsWork(head);
    work.run(0, this.queryLength);
    return work.result();
  }

  /** {@link statistics}, a few rows at a time. @internal */
  statisticsWork(head: number): RowWork<HeadStatistics> {
    const index = count(head, 'head');
    const sums = Array<number>(STATISTICS.length + 1).fill(0);
    let means: Float32Array = new Float32Array(STATISTICS.length);
    return {
      rows: { first: 0, count: this.queryLength },
      run: (first, rows) => {
        means = this.#ask([index, first, rows, ...sums], [means.length], this.#module._sessionStatistics).data;
        // The session, the head and the rows come before them.
        sums.forEach((_, of) => (sums[of] = this.#heap.answer(4 + of)));
      },
      result: () => Object.fromEntries(STATISTICS.map((name, of) => [name, means[of]])) as unknown as HeadStatistics,
      dispose: () => undefined,
    };
  }

  /** Calls the core for one result of this session. */
  #ask(fields: readonly number[], shape: readonly number[], core: CoreFunction, into?: Float32Array): Tensor {
    const { address } = this;
    const heap = this.#heap;
    heap.open(floatBytes(elementCount(shape)));
    try {
      heap.number(address);
      for (const field of fields) heap.number(field);
      return heap.only(shape, core, into);
    } finally {
      heap.close();
    }
  }
}
