import { toTensor, type Tensor } from '../../../wasm-bindings/js/index.js';
import { exactDigits } from '../../views/numbers.js';
import type { Comparison, Edit } from '../panels/panel.js';
import { readPin, type Pin } from '../selection.js';
import { DEFAULT_SETTINGS } from '../settings.js';
import {
  COMPARED_TENSORS,
  comparedTexts,
  packed,
  readCompare,
  readEdit,
  readSettings,
  settingTexts,
  TENSORS,
  unpacked,
  type ScopeData,
  type ScopeState,
} from './state.js';

/** First in each link, so that another notation can be told from this one. */
const VERSION = 'headscope=1';
/** Data that makes a longer text than this stays out of it: browsers and chat programs cut long links. */
const WRITE_LIMIT = 8192;
const READ_LIMIT = 65_536;

/** Tokens are repeated, so their names are short. */
const TOKENS = { tokens: 't', keyTokens: 'k' } as const;
/** Before the names of what a comparison has of its own. */
const COMPARED = 'compare-';

const listOf = (indices: readonly number[]): string => indices.join('.');

function tensorText({ shape, data }: Tensor): string {
  return `${listOf(shape)}*${packed(data, true)}`;
}

function dataEntries(data: ScopeData, compare: Comparison): [string, string][] | null {
  const entries: [string, string][] = [];
  let length = 0;
  const given = [
    ...TENSORS.map((name) => [name, data[name]] as const),
    ...COMPARED_TENSORS.map((name) => [COMPARED + name, compare[name]] as const),
  ];
  for (const [name, like] of given) {
    if (like === undefined) continue;
    const tensor = toTensor(like, name);
    length += (tensor.data.length * 16) / 3;
    // Before it is written at all.
    if (length > WRITE_LIMIT) return null;
    entries.push([name, tensorText(tensor)]);
  }
  for (const [name, short] of Object.entries(TOKENS) as [keyof typeof TOKENS, string][]) {
    for (const token of data[name] ?? []) entries.push([short, token]);
  }
  if (data.words !== undefined) entries.push(['words', listOf(data.words)]);
  if (data.layers === true) entries.push(['layers', '']);
  return entries;
}

/**
 * A state as text for the part of a link after `#`. Settings are named and written as their attributes are; numbers of
 * tensors are exact. `whole` is false where the data is too large to go along.
 */
export function writePermalink({ data, settings, pin, compare, edits = [] }: ScopeState): {
  readonly text: string;
  readonly whole: boolean;
} {
  const shown = settingTexts(settings);
  if (pin) shown.push(['pin', `${listOf(pin.queries)}*${listOf(pin.keys)}`]);
  const compared: [string, string][] = compare
    ? [['compare', ''], ...comparedTexts(compare).map(([name, text]): [string, string] => [COMPARED + name, text])]
    : [];
  const changes = edits.map((edit): [string, string] => ['edit', editText(edit)]);
  const given = dataEntries(data, compare ?? {});
  // Without its own numbers a comparison would be another one.
  const comparable = !COMPARED_TENSORS.some((name) => compare?.[name] !== undefined);
  const texts = [
    given && [...shown, ...compared, ...changes, ...given],
    [...shown, ...(comparable ? compared : []), ...changes],
    shown,
  ].map((entries) => entries && [VERSION, new URLSearchParams(entries).toString()].filter(Boolean).join('&'));
  const fits = texts.findIndex((text) => text !== null && text.length <= WRITE_LIMIT);
  return { text: texts.at(fits) ?? VERSION, whole: fits === 0 };
}

/** `q1.0.3*0.5`: component 3 of query 0 in head 1 is 0.5. */
function editText({ tensor, head, index, component, value }: Edit): string {
  return `${tensor.charAt(0)}${listOf([head, index, component])}*${exactDigits(value)}`;
}

function readEditText(text: string): Edit | null {
  const [, letter, head, index, component, value] = /^([qk])(\d+)\.(\d+)\.(\d+)\*(\S+)$/.exec(text) ?? [];
  const place = { head: Number(head), index: Number(index), component: Number(component) };
  return readEdit({ tensor: letter === 'q' ? 'query' : 'key', ...place, value: Number(value) });
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

function readTensors(given: URLSearchParams, names: readonly string[], prefix = ''): Record<string, Tensor> {
  const tensors = names.map((name) => [name, readTensor(given.get(prefix + name) ?? '')] as const);
  return Object.fromEntries(tensors.filter((entry): entry is [string, Tensor] => entry[1] !== null));
}

function readPinText(text: string): Pin | null {
  const [queries = '', keys = ''] = text.split('*', 2);
  return readPin({ queries: readList(queries), keys: readList(keys) });
}

/**
 * Reads what {@link writePermalink} wrote, or what somebody else wrote instead. Null for what is no such text at all;
 * parts that cannot be read, or that it does not know, are left out, and what it does not name is as it is by itself.
 * Tensors may not fit each other: the element says so.
 */
export function readPermalink(text: string): ScopeState | null {
  const body = text.replace(/^#/, '');
  if (body.length > READ_LIMIT || (body !== VERSION && !body.startsWith(`${VERSION}&`))) return null;
  const given = new URLSearchParams(body);
  const data: Record<string, unknown> = readTensors(given, TENSORS);
  for (const [name, short] of Object.entries(TOKENS)) if (given.has(short)) data[name] = given.getAll(short);
  const words = readList(given.get('words') ?? '');
  if (words.length > 0 && words.every(Number.isSafeInteger)) data['words'] = words;
  if (given.has('layers')) data['layers'] = true;
  const pin = given.get('pin');
  const edits = given.getAll('edit').map(readEditText);
  return {
    data,
    settings: { ...DEFAULT_SETTINGS, ...readSettings(Object.fromEntries(given)) },
    pin: pin === null ? null : readPinText(pin),
    compare: given.has('compare') ? readComparedEntries(given) : null,
    edits: edits.filter((edit) => edit !== null),
  };
}

function readComparedEntries(given: URLSearchParams): Comparison {
  const entries = [...given]
    .filter(([name]) => name.startsWith(COMPARED))
    .map(([name, text]) => [name.slice(COMPARED.length), text] as const);
  const isTensor = (name: string): boolean => (COMPARED_TENSORS as readonly string[]).includes(name);
  return readCompare({
    ...Object.fromEntries(entries.filter(([name]) => !isTensor(name))),
    ...readTensors(given, COMPARED_TENSORS, COMPARED),
  });
}
