import { HeadscopeError } from '../errors.js';
import { elementCount, toShape, toTensor, type Tensor, type TensorLike } from '../tensor.js';
import { expectShape } from '../resident-tensor.js';
import type { Crew, Member } from './crew.js';
import { putRows, takeRows, type Layout } from './layout.js';
import type { Slice } from './protocol.js';

/** Rows that a worker keeps. */
interface Placement {
  readonly id: number;
  readonly member: Member;
  readonly layout: Layout;
  readonly from: number;
  readonly to: number;
  /** Whether it belongs to an older result than the tensor's. */
  stale: boolean;
}

/** As many parts of a tensor may lie with a worker: calls that divide it in different ways would fill the memory. */
const MOST_PLACEMENTS = 3;

let lastId = 0;

/**
 * A tensor that stays with the workers of a pool from its first use on, each of which holds the rows that it needs: a
 * call on tensors that are there copies nothing. `pool.createTensor` makes it.
 */
export class PoolTensor {
  readonly shape: readonly number[];
  /** The page's copy; older than the workers' after a call that wrote to them. @internal */
  readonly data: Float32Array;
  readonly #crew: Crew;
  #placements: Placement[] = [];
  #behind = false;
  #disposed = false;

  /** Not for use: `pool.createTensor` makes it. */
  constructor(crew: Crew, like: TensorLike | { readonly shape: readonly number[] }) {
    const given = Array.isArray(like) || 'data' in like ? toTensor(like) : undefined;
    this.#crew = crew;
    this.shape = [...(given?.shape ?? toShape((like as Tensor).shape, 'tensor'))];
    this.data = given?.data.slice() ?? new Float32Array(elementCount(this.shape));
  }

  /** A copy of its values. Fails with `WorkerFailed` if they were lost with a worker. */
  async read(): Promise<Tensor> {
    await this.settle();
    return { data: this.data.slice(), shape: this.shape };
  }

  /** Replaces its values by those of a tensor of the same shape. */
  write(like: TensorLike): void {
    this.check();
    const { data, shape } = toTensor(like, 'like');
    expectShape('like', shape, this.shape);
    this.#drop(this.#placements);
    this.data.set(data);
    this.#behind = false;
  }

  /** Frees the workers' memory. */
  dispose(): void {
    this.#drop(this.#placements);
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal */
  check(): void {
    if (this.#disposed) throw new HeadscopeError('Disposed', 'tensor', 'a tensor in use', 'one that was disposed of');
  }

  /** Brings the page's copy up to date, if it is not. @internal */
  async settle(): Promise<void> {
    this.check();
    if (!this.#behind) return;
    const current = this.#placements.filter(({ stale }) => !stale);
    await Promise.all(
      current.map(
        ({ id, member, layout, from }) =>
          new Promise<void>((resolve, reject) => {
            if (!this.#crew.has(member)) {
              throw new HeadscopeError('WorkerFailed', 'tensor', 'values', 'a worker that has gone with them');
            }
            member.ask((ask) => ({ type: 'read', id: ask, slice: id }), [], {
              done: (values) => resolve(putRows({ tensor: this, layout }, from, values as Float32Array)),
              failed: reject,
            });
          }),
      ),
    );
    this.#behind = false;
  }

  /** Whether the workers have newer values than the page. @internal */
  get behind(): boolean {
    this.check();
    return this.#behind;
  }

  /** Rows for a call on a worker. @internal */
  slice(member: Member, layout: Layout, from: number, to: number): Slice {
    const known = this.#find(member, layout, from, to);
    if (known !== undefined) return { id: known.id, data: undefined };
    return { id: this.#place(member, layout, from, to), data: takeRows({ tensor: this, layout }, from, to) };
  }

  /** The place of rows that a worker is going to write. @internal */
  target(member: Member, layout: Layout, from: number, to: number): number {
    const known = this.#find(member, layout, from, to);
    if (known !== undefined) known.stale = false;
    return known?.id ?? this.#place(member, layout, from, to);
  }

  /** After a call that failed: the workers are given it anew. @internal */
  withdraw(): void {
    this.#drop(this.#placements);
  }

  /** Before a call that writes to it: of what the workers keep, only what that call names counts. @internal */
  beginWrite(): void {
    this.check();
    this.#behind = true;
    for (const placement of this.#placements) placement.stale = true;
  }

  /** After that call has named it. @internal */
  endWrite(): void {
    this.#drop(this.#placements.filter(({ stale }) => stale));
  }

  #find(member: Member, layout: Layout, from: number, to: number): Placement | undefined {
    return this.#placements.find(
      (placement) =>
        placement.member === member &&
        placement.from === from &&
        placement.to === to &&
        placement.layout.columns === layout.columns &&
        placement.layout.sideBySide === layout.sideBySide &&
        placement.layout.heads === layout.heads,
    );
  }

  #place(member: Member, layout: Layout, from: number, to: number): number {
    const own = this.#placements.filter((placement) => placement.member === member);
    if (own.length === MOST_PLACEMENTS) this.#drop(own.slice(0, 1));
    const id = ++lastId;
    this.#placements.push({ id, member, layout, from, to, stale: false });
    member.keep();
    return id;
  }

  #drop(placements: readonly Placement[]): void {
    for (const { id, member } of placements) {
      if (this.#crew.has(member)) member.release({ type: 'drop', slice: id });
    }
    this.#placements = this.#placements.filter((placement) => !placements.includes(placement));
  }
}
