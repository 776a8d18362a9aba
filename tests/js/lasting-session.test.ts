import { describe, expect, it } from 'vitest';
import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import type { PoolSession } from '../../wasm-bindings/js/worker/pool-session.js';
import { LastingSession } from '../../web/element/source/lasting-session.js';

const died = (): HeadscopeError => new HeadscopeError('WorkerFailed', 'session', 'a running worker', 'its end');
const ended = (): HeadscopeError => new HeadscopeError('Aborted', 'signal', 'the call to finish', 'terminate()');
const open = { signal: new AbortController().signal };

/** Sessions of four heads for two workers, each of which fails with its error, if it has one; what becomes of them is noted. */
async function sessions(...errors: (HeadscopeError | null)[]) {
  const log: string[] = [];
  let opened = 0;
  const lasting = await LastingSession.opened(() => {
    const number = opened++;
    log.push(`opened ${number}`);
    return Promise.resolve({
      heads: 4,
      workerOf: (head: number) => Math.floor(head / 2),
      row: async (head: number) => {
        const error = errors[number];
        await Promise.resolve();
        if (error) throw error;
        return Float32Array.of(number, head);
      },
      dispose: () => log.push(`disposed ${number}`),
    } as unknown as PoolSession);
  });
  return { lasting, log };
}

const numbers = async (row: Promise<Float32Array>): Promise<number[]> => [...(await row)];

describe('a session that outlives its workers', () => {
  it('is the one that was opened as long as nothing happens', async () => {
    const { lasting, log } = await sessions(null);
    expect(await numbers(lasting.row(3, 0, open))).toEqual([0, 3]);
    expect([0, 1, 2, 3].map((head) => lasting.workerOf(head))).toEqual([0, 0, 1, 1]);
    expect(log).toEqual(['opened 0']);
  });

  it.each([
    ['a worker dies', died()],
    ['the page ends its workers', ended()],
  ])('is opened once more when %s, for all who wait', async (_, error) => {
    const { lasting, log } = await sessions(error, null);
    const rows = [0, 1, 2].map((head) => numbers(lasting.row(head, 0, open)));
    expect(await Promise.all(rows)).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
    ]);
    expect(await numbers(lasting.row(3, 0, open))).toEqual([1, 3]);
    expect(lasting.workerOf(3)).toBe(1);
    expect(log).toEqual(['opened 0', 'disposed 0', 'opened 1']);
  });

  it('is not opened a third time', async () => {
    const { lasting, log } = await sessions(died(), died());
    await expect(lasting.row(0, 0, open)).rejects.toMatchObject({ code: 'WorkerFailed' });
    await expect(lasting.row(0, 0, open)).rejects.toMatchObject({ code: 'WorkerFailed' });
    expect(log).toEqual(['opened 0', 'disposed 0', 'opened 1']);
  });

  it('is not opened again for what is refused, cancelled, or asked after its end', async () => {
    const refusal = new HeadscopeError('InvalidArgument', 'query', 'less than 4', '5');
    const refused = await sessions(refusal, null);
    await expect(refused.lasting.row(0, 5, open)).rejects.toBe(refusal);
    expect(refused.log).toEqual(['opened 0']);

    const cancelled = await sessions(ended(), null);
    await expect(cancelled.lasting.row(0, 0, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'Aborted',
    });
    expect(cancelled.log).toEqual(['opened 0']);

    const disposed = await sessions(died(), null);
    disposed.lasting.dispose();
    await expect(disposed.lasting.row(0, 0, open)).rejects.toMatchObject({ code: 'WorkerFailed' });
    expect(disposed.log).toEqual(['opened 0', 'disposed 0']);
  });
});
