// What a worker does first, and when it stops: its steps, without the core.
import { describe, expect, it } from 'vitest';
import type { RowWork } from '../../wasm-bindings/js/attention-session.js';
import { rowByRow } from '../../wasm-bindings/js/worker/row-by-row.js';
import { Turns } from '../../wasm-bindings/js/worker/turns.js';

/** Rows that take so many milliseconds each, from row 3 on: 0 are measured as nothing. */
class Rows implements RowWork<string> {
  readonly rows;
  readonly done: [first: number, count: number][] = [];
  disposed = 0;

  constructor(
    count: number,
    readonly onRun: (step: number) => void = () => undefined,
  ) {
    this.rows = { first: 3, count };
  }

  run(first: number, count: number): void {
    this.done.push([first, count]);
    this.onRun(this.done.length);
  }

  result(): string {
    return `${this.done.length} steps`;
  }

  dispose(): void {
    ++this.disposed;
  }
}

const always = { later: 0, wanted: () => true };

describe('work row by row', () => {
  it('takes each row once, in order, in steps that end where the kernels begin anew', async () => {
    const work = new Rows(1000);
    const told: number[] = [];
    const onRows = (fraction: number): void => void told.push(fraction);
    const result = await rowByRow(work, { turns: new Turns(), perRow: 1, ...always, onRows });
    expect(result).toBe(`${work.done.length} steps`);
    // 15 ms are 15 rows of the guess; up to 24 from row 3 on.
    expect(work.done[0]).toEqual([3, 21]);
    let next = 3;
    for (const [index, [first, count]] of work.done.entries()) {
      expect(first).toBe(next);
      next += count;
      if (next < 1003) expect(next % 8).toBe(0);
      // At most twice as long as the one before, to the next end.
      const before = work.done[index - 1]?.[1] ?? count;
      expect(count).toBeLessThanOrEqual(2 * before + 8);
    }
    expect(next).toBe(1003);
    expect(told).toEqual(work.done.slice(1).map(([first]) => (first - 3) / 1000));
    expect(work.disposed).toBe(1);
  });

  it('is left where it is once nobody wants it', async () => {
    const work = new Rows(1000);
    const result = await rowByRow(work, {
      turns: new Turns(),
      perRow: 1,
      later: 0,
      wanted: () => work.done.length < 2,
    });
    expect(result).toBeUndefined();
    expect(work.done).toHaveLength(2);
    expect(work.disposed).toBe(1);
  });

  it('is asked even for no rows, so that the core can refuse them', async () => {
    const work = new Rows(0, () => {
      throw new RangeError('rows');
    });
    await expect(rowByRow(work, { turns: new Turns(), perRow: 1, ...always })).rejects.toThrow('rows');
    expect(work.disposed).toBe(1);
  });

  it('lets shorter work go first, that which counts as later last', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const start = async (name: string, rows: number, later = 0): Promise<void> => {
      await rowByRow(new Rows(rows), { turns, perRow: 1, wanted: () => true, later });
      order.push(name);
    };
    const asked = [start('statistics', 300, 1e9), start('a head', 900), start('another head', 900), start('a row', 1)];
    await Promise.all(asked);
    expect(order).toEqual(['a row', 'a head', 'another head', 'statistics']);
  });
});

describe('turns', () => {
  it('come at once where nothing waits, else after messages that came before', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const say = (name: string) => (): void => void order.push(name);
    setImmediate(say('message'));
    await turns.first(100).then(say('first'));
    await turns.next(100).then(say('next'));
    expect(order).toEqual(['first', 'message', 'next']);
  });

  it('are for what has least left, and of equals for what waits longest', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const wait = (name: string, left: number): Promise<void> => turns.next(left).then(() => void order.push(name));
    await Promise.all([wait('b', 2), wait('c', 2), wait('d', 3), wait('a', 1)]);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });
});
