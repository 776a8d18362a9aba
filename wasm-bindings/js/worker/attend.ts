import type { AttentionArguments, AttentionOptions } from '../attention-arguments.js';
import { elementCount, type BooleanTensor, type Tensor } from '../tensor.js';
import { aborted, ask, checkSignal, type Crew, type Member } from './crew.js';
import { hasLayout, isShared, takeRows, type Rows } from './layout.js';
import type { SessionShare } from './pool-session.js';
import { PoolTensor } from './pool-tensor.js';
import type { Part, ResultName, Share, ShareOptions, Slice } from './protocol.js';
import { Work, kvHeadsOf } from './split.js';
import { turn } from './turn.js';

/** A call of attention that can be divided among workers. */
export interface Call {
  readonly work: Work;
  readonly query: Rows;
  readonly key: Rows;
  readonly value: Rows;
  readonly mask: Tensor | BooleanTensor | undefined;
  readonly options: ShareOptions;
}

/** Where results go that are not sent back: shared memory, or tensors that stay with the workers. */
export type Targets = Partial<Readonly<Record<ResultName, Rows>>>;

/** Whether a mask broadcasts to the scores. */
function fitsScores({ shape }: Tensor | BooleanTensor, scores: readonly number[]): boolean {
  return shape.every((extent, axis) => extent === 1 || extent === scores[axis + 4 - shape.length]);
}

/** The past with the present behind it, (B, Hkv, P + Lk, D). */
function joined(past: Tensor, present: Rows, shape: readonly number[]): Rows {
  const { batch, heads, rows, columns } = present.layout;
  const size = past.data.length / (batch * heads);
  const tensor = { data: new Float32Array(elementCount(shape)), shape };
  for (let head = 0; head < batch * heads; ++head) {
    const start = head * (size + rows * columns);
    tensor.data.set(past.data.subarray(head * size, (head + 1) * size), start);
    tensor.data.set(takeRows(present, head * rows, (head + 1) * rows), start + size);
  }
  return { tensor, layout: { batch, heads, rows: shape.at(-2) as number, columns, sideBySide: false } };
}

/**
 * The call that the arguments make, or null where there is nothing to divide or where they do not belong together: then
 * the core says why.
 */
export function callOf(given: AttentionArguments, options: AttentionOptions): Call | null {
  const { pastKey, pastValue, scores, sizes, shapes } = given;
  const { batch, heads, queryLength, pastLength, keyLength } = sizes;
  const sideBySide = given.heads !== undefined;
  const kvHeads = given.kvHeads ?? given.key.shape.at(-3) ?? 1;
  const depth = (given.query.shape.at(-1) as number) / (given.heads ?? 1);
  const valueDepth = (given.value.shape.at(-1) as number) / (given.kvHeads ?? 1);
  const rowsOf = (tensor: unknown, ofHeads: number, rows: number, columns: number, beside = sideBySide): Rows => ({
    tensor: tensor as Tensor,
    layout: { batch, heads: ofHeads, rows, columns, sideBySide: beside },
  });
  const query = rowsOf(given.query, heads, queryLength, depth);
  let key = rowsOf(given.key, kvHeads, keyLength - pastLength, depth);
  let value = rowsOf(given.value, kvHeads, keyLength - pastLength, valueDepth);
  const operands = [query, key, value];
  if (pastKey && pastValue) {
    operands.push(rowsOf(pastKey, kvHeads, pastLength, depth, false));
    operands.push(rowsOf(pastValue, kvHeads, pastLength, valueDepth, false));
  }
  const { mask, alibi, sinks, keyLengths } = scores;
  const fit =
    batch * heads * queryLength > 0 &&
    heads % kvHeads === 0 &&
    operands.every(({ tensor, layout }) => hasLayout(tensor.shape, layout)) &&
    (mask === undefined || fitsScores(mask, [batch, heads, queryLength, keyLength])) &&
    [alibi, sinks].every((tensor) => tensor === undefined || tensor.shape[0] === heads) &&
    (keyLengths === undefined || (keyLengths.shape[0] === batch && pastKey === undefined));
  if (!fit) return null;
  if (pastKey && pastValue) {
    key = joined(pastKey, key, shapes.presentKey as readonly number[]);
    value = joined(pastValue, value, shapes.presentValue as readonly number[]);
  }
  const { scale, softcap, causal, window, dropout, needWeights, needLogSumExp, needScores } = options;
  const bottomRight = options.alignment === 'bottom-right';
  return {
    work: new Work({ ...sizes, kvHeads, depth, valueDepth }, options),
    query,
    key,
    value,
    mask,
    options: {
      ...{ scale, softcap, causal, window, dropout, needWeights, needLogSumExp, needScores },
      alibi: alibi ?? options.alibi === true,
      sinks,
      keyLengths: keyLengths?.data,
      // Keys of the past are sent as keys: the first query stands behind them if the last key is the last query's.
      alignment: bottomRight || pastLength > 0 ? 'bottom-right' : 'top-left',
      alignedLength: bottomRight ? queryLength : keyLength - pastLength,
    },
  };
}

/** What a worker is sent for the rows `from` to `to`, and the buffers that go with it. */
function shareOf(call: Call, targets: Targets, member: Member, from: number, to: number): [Share, ArrayBuffer[]] {
  const { work, query, key, value, mask, options } = call;
  const { batch, heads, queryLength } = work.geometry;
  const buffers: ArrayBuffer[] = [];
  const sent = <T extends Float32Array | Uint8Array>(data: T): T => {
    if (!isShared(data)) buffers.push(data.buffer as ArrayBuffer);
    return data;
  };
  const slice = (rows: Rows, first: number, end: number): Slice => {
    const { tensor, layout } = rows;
    const slice =
      tensor instanceof PoolTensor
        ? tensor.slice(member, layout, first, end)
        : { id: 0, data: takeRows(rows, first, end) };
    if (slice.data !== undefined) sent(slice.data);
    return slice;
  };
  const [firstHead, endHead] = kvHeadsOf(work.geometry, from, to);
  const ofHeads = (rows: Rows): Slice => slice(rows, firstHead * rows.layout.rows, endHead * rows.layout.rows);
  const maskSlice = (whole: Tensor | BooleanTensor): Share['mask'] => {
    const shape = [...Array<number>(4 - whole.shape.length).fill(1), ...whole.shape] as [
      number,
      number,
      number,
      number,
    ];
    const full = shape[0] === batch && shape[1] === heads;
    const size = shape[2] * shape[3];
    const start = full ? Math.floor(from / queryLength) * size : 0;
    const end = full ? Math.ceil(to / queryLength) * size : undefined;
    return { data: sent(whole.data.slice(start, end)), shape, start };
  };
  const into: Record<string, number | Float32Array> = {};
  for (const [name, { tensor, layout }] of Object.entries(targets))
    into[name] = tensor instanceof PoolTensor ? tensor.target(member, layout, from, to) : tensor.data;
  const share = {
    geometry: work.geometry,
    from,
    to,
    query: slice(query, from, to),
    key: ofHeads(key),
    value: ofHeads(value),
    mask: mask && maskSlice(mask),
    options,
    into,
  };
  return [share, buffers];
}

/**
 * Divides a call among the workers of a crew.
 *
 * @param onPart Given the results of some rows that are sent back, and told of those that are not
 * @throws (rejects) HeadscopeError what the core or the crew says; `Aborted` when the signal fires; what `onPart` throws
 */
export function attend(
  crew: Crew,
  call: Call,
  targets: Targets,
  signal: AbortSignal | undefined,
  onPart: (part: Part) => void,
): Promise<void> {
  const operands = [call.query, call.key, call.value, ...Object.values(targets)];
  const kept = operands.some(({ tensor }) => tensor instanceof PoolTensor);
  const rows = call.work.shares(crew.size);
  return new Promise((resolve, reject) => {
    const running: { member: Member; id: number }[] = [];
    let left = rows.length - 1;
    const finish = (error?: Error): void => {
      signal?.removeEventListener('abort', abort);
      for (const { member, id } of running) member.cancel(id);
      if (error === undefined) return resolve();
      // Perhaps a worker had no room for its slice.
      for (const { tensor } of operands) if (tensor instanceof PoolTensor) tensor.withdraw();
      reject(error);
    };
    const abort = (): void => finish(aborted('an abort', signal?.reason));
    const guarded = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        // The caller's own function may throw anything.
        finish(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const send = (index: number, from: number, again: boolean): void => {
      const to = rows[index + 1] as number;
      const member = kept || rows.length > 2 ? crew.member(index) : crew.idlest;
      const [share, buffers] = shareOf(call, targets, member, from, to);
      let next = from;
      const part = (some: Part): void =>
        guarded(() => {
          onPart(some);
          next = some.to;
        });
      const id = member.ask((id) => ({ type: 'attention', id, share }), buffers, {
        part,
        done(last) {
          part(last as Part);
          if (--left === 0) finish();
        },
        failed(error) {
          // What is lost with its worker is computed once more. A kept result has lost its first rows too.
          if (error.code !== 'WorkerFailed' || again) finish(error);
          else guarded(() => send(index, kept ? from : next, true));
        },
      });
      running[index] = { member, id };
    };
    signal?.addEventListener('abort', abort);
    guarded(() => {
      for (let index = 0; index < rows.length - 1; ++index) send(index, rows[index] as number, false);
    });
  });
}

/** Opens a session in each worker of a crew for some of the heads of a call. */
export async function openSessions(
  crew: Crew,
  call: Call,
  session: number,
  signal: AbortSignal | undefined,
): Promise<SessionShare[]> {
  const { batch, heads, queryLength } = call.work.geometry;
  const total = batch * heads;
  const count = Math.min(crew.size, total);
  const shares = Array.from({ length: count }, (_, index) => ({
    member: crew.member(index),
    from: Math.floor((total * index) / count),
    to: Math.floor((total * (index + 1)) / count),
  }));
  const keeping: Member[] = [];
  const open = async (index: number, { member, from, to }: SessionShare): Promise<void> => {
    // To copy takes a while: one share in a task, so that a page gets its turn, and workers that are new begin to load.
    for (let before = 0; before <= index; ++before) await turn();
    checkSignal(signal);
    if (member.ended !== undefined) throw member.ended;
    const [share, transfer] = shareOf(call, {}, member, from * queryLength, to * queryLength);
    member.keep();
    keeping.push(member);
    await ask({ member: () => member, request: (id) => ({ type: 'open', id, session, share }), transfer, signal });
  };
  const opened = await Promise.allSettled(shares.map((share, index) => open(index, share)));
  const refused = opened.find((result) => result.status === 'rejected');
  if (refused !== undefined) {
    for (const member of keeping) if (crew.has(member)) member.release({ type: 'close', session });
    throw refused.reason;
  }
  return shares;
}
