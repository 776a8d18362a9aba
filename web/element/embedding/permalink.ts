import { toTensor, type Tensor } from '../../../wasm-bindings/js/index.js';
import type { Pin } from '../selection.js';
import { packed, readPin, readSettings, settingTexts, unpacked, type ScopeData, type ScopeState } from './state.js';

/** First in each link, so that another notation can be told from this one. */
const VERSION = 'headscope=1';
/** Data that makes a longer text than this stays out of it: browsers and chat programs cut long links. */
const WRITE_LIMIT = 8192;
const READ_LIMIT = 65_536;

const TENSORS = ['query', 'key', 'value', 'weights'] as const;
/** Tokens are repeated, so their names are short. */
const TOKENS = { tokens: 't', keyTokens: 'k' } as const;

const listOf = (indices: readonly number[]): string => indices.join('.');

function tensorText({ shape, data }: Tensor): string {
  return `${listOf(shape)}*${packed(data, true)}`;
}

function dataEntries(data: ScopeData): [string, string][] | null {
  const entries: [string, string][] = [];
  let length = 0;
  for (const name of TENSORS) {
    if (data[name] === undefined) continue;
    const tensor = toTensor(data[name], name);
    length += (tensor.data.length * 16) / 3;
    // Before it is written at all.
    if (length > WRITE_LIMIT) return null;
    entries.push([name, tensorText(tensor)]);
  }
  for (const [name, short] of Object.entries(TOKENS) as [keyof typeof TOKENS, string][]) {
    for (const token of data[name] ?? []) entries.push([short, token]);
  }
  if (data.words !== undefined) entries.push(['words', listOf(data.words)]);
  return entries;
}

/**
 * A state as text for the part of a link after `#`. Settings are named and written as their attributes are; numbers of
 * tensors are exact. `whole` is false where the data is too large to go along.
 */
export function writePermalink({ data, settings, pin }: ScopeState): {
  readonly text: string;
  readonly whole: boolean;
} {
  const entries = settingTexts(settings);
  if (pin) entries.push(['pin', `${listOf(pin.queries)}*${listOf(pin.keys)}`]);
  const write = (more: readonly [string, string][]): string =>
    [VERSION, new URLSearchParams([...entries, ...more] as string[][]).toString()].filter(Boolean).join('&');
  const given = dataEntries(data);
  const text = given && write(given);
  return text !== null && text.length <= WRITE_LIMIT ? { text, whole: true } : { text: write([]), whole: false };
}

function readList(text: string): number[] {
  return text === '' ? [] : text.split('.').map(Number);
}

function readTensor(text: string): Tensor | null {
  const [extents = '', numbers = ''] = text.split('*', 2);
  const shape = readList(extents);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const isShape = shape.length <= 4 && shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  // What is allocated is never more than the text that came.
  if (!isShape || numbers.length !== Math.ceil((count * 16) / 3)) return null;
  try {
    return { data: unpacked(numbers), shape };
  } catch {
    return null;
  }
}

function readPinText(text: string): Pin | null {
  const [queries = '', keys = ''] = text.split('*', 2);
  return readPin({ queries: readList(queries), keys: readList(keys) });
}

/**
 * Reads what {@link writePermalink} wrote, or what somebody else wrote instead. Null for what is no such text at all;
 * parts that cannot be read, or that it does not know, are left out. Tensors may not fit each other: the element says so.
 */
export function readPermalink(text: string): ScopeState | null {
  const body = text.replace(/^#/, '');
  if (body.length > READ_LIMIT || (body !== VERSION && !body.startsWith(`${VERSION}&`))) return null;
  const given = new URLSearchParams(body);
  const data: Record<string, unknown> = {};
  for (const name of TENSORS) {
    const tensor = readTensor(given.get(name) ?? '');
    if (tensor !== null) data[name] = tensor;
  }
  for (const [name, short] of Object.entries(TOKENS)) if (given.has(short)) data[name] = given.getAll(short);
  const words = readList(given.get('words') ?? '');
  if (words.length > 0 && words.every(Number.isSafeInteger)) data['words'] = words;
  const pin = given.get('pin');
  return {
    data,
    settings: readSettings(Object.fromEntries(given)),
    pin: pin === null ? undefined : readPinText(pin),
  };
}
