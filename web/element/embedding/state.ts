import { HeadscopeError, type TensorLike } from '../../../wasm-bindings/js/index.js';
import type { Comparison, Edit } from '../panels/panel.js';
import { readPin, type Pin } from '../selection.js';
import { attributeOf, SETTING_CONVERTERS } from '../settings-attributes.js';
import { DEFAULT_SETTINGS, KNOBS, type Settings } from '../settings.js';

/** What an element shows, as far as it can be written down: in a child, a permalink, a step of a story, a message. */
export interface ScopeState {
  readonly data: ScopeData;
  readonly settings: Partial<Settings>;
  /** Undefined where nothing is said about it; null for nothing pinned. */
  readonly pin: Pin | null | undefined;
  /** What it is compared with; as above, null for nothing. */
  readonly compare?: Comparison | null | undefined;
  /** What the reader changed in queries and keys. */
  readonly edits?: readonly Edit[] | undefined;
}

/** Properties of the element of the same names. */
export interface ScopeData {
  readonly query?: TensorLike;
  readonly key?: TensorLike;
  readonly value?: TensorLike;
  readonly weights?: TensorLike;
  readonly tokens?: readonly string[];
  readonly keyTokens?: readonly string[];
  readonly words?: readonly number[];
  readonly layers?: boolean;
}

/** Most numbers that a tensor from outside may have: 64 MB of float32. */
export const MOST_NUMBERS = 2 ** 24;

/** Most changes of queries and keys from outside. */
const MOST_EDITS = 4096;

export const TENSORS = ['query', 'key', 'value', 'weights'] as const;
const LISTS = ['tokens', 'keyTokens', 'words'] as const;

export const DATA_NAMES: readonly (keyof ScopeData)[] = [...TENSORS, ...LISTS, 'layers'];

/** What a comparison may have of its own: tensors, the head, and how weights come from queries and keys. */
export const COMPARED_TENSORS = ['query', 'key', 'weights'] as const;
const COMPARED_SETTINGS = ['head', ...KNOBS] as const;

const SETTING_NAMES = Object.keys(SETTING_CONVERTERS) as (keyof Settings)[];

type Given = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A setting's value as the text of its attribute; null for none. */
function asAttribute(value: unknown): string | null {
  if (value === true) return '';
  if (Array.isArray(value)) return value.slice(0, 4096).map(String).join(' ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/** The settings among what was given, each within its bounds; what is no setting is left out. */
export function readSettings(given: Given): Partial<Settings> {
  const settings: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const key = [name, attributeOf(name)].find((key) => Object.hasOwn(given, key));
    if (key !== undefined) settings[name] = SETTING_CONVERTERS[name].fromAttribute(asAttribute(given[key]));
  }
  return settings;
}

/** Attributes and their texts of the settings that are not as they are by themselves. */
export function settingTexts(settings: Partial<Settings>): [string, string][] {
  return SETTING_NAMES.filter((name) => name in settings).flatMap((name): [string, string][] => {
    const { toAttribute } = SETTING_CONVERTERS[name] as { toAttribute(value: unknown): string | null };
    const text = toAttribute(settings[name]);
    return text === null || text === toAttribute(DEFAULT_SETTINGS[name]) ? [] : [[attributeOf(name), text]];
  });
}

/** float32 numbers, four bytes each, little-endian, as base64 or base64url. */
export function unpacked(text: string): Float32Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return new Float32Array(Uint8Array.from(binary, (character) => character.charCodeAt(0)).buffer);
}

/** What {@link unpacked} reads; base64url where it is for a link. */
export function packed(data: Float32Array, forLink = false): string {
  let binary = '';
  for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) binary += String.fromCharCode(byte);
  const text = btoa(binary);
  return forLink ? text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') : text;
}

/** How many numbers a tensor says that it has; nested arrays by the first row of each level, as they will be copied. */
function countOf(value: unknown, depth = 8): number {
  if (Array.isArray(value)) return depth > 0 ? value.length * Math.max(1, countOf(value[0], depth - 1)) : 1;
  if (!isObject(value)) return 1;
  const { float32, data } = value;
  // Four characters stand for three bytes.
  return typeof float32 === 'string' ? (float32.length * 3) / 16 : Number((data as ArrayLike<number> | null)?.length);
}

function tensor(name: string, value: unknown): TensorLike {
  const count = countOf(value);
  if (count > MOST_NUMBERS) {
    throw new HeadscopeError('TooLarge', name, `at most ${MOST_NUMBERS} numbers`, String(Math.floor(count)));
  }
  if (!isObject(value) || typeof value['float32'] !== 'string') return value as TensorLike;
  try {
    return { data: unpacked(value['float32']), shape: value['shape'] as number[] };
  } catch (error) {
    throw new HeadscopeError('InvalidType', name, 'float32 numbers as base64', 'something else', { cause: error });
  }
}

/** Text for the settings of a comparison that its attribute could not say, because it would be missing. */
const NONE = 'none';

/** The settings that a comparison has of its own: a knob that is undefined is one, a head is not. */
export function comparedSettings(compare: object): (typeof COMPARED_SETTINGS)[number][] {
  return COMPARED_SETTINGS.filter(
    (name) => name in compare && (name !== 'head' || ((compare as Given)[name] ?? null) !== null),
  );
}

/** Attributes and their texts of what a comparison turns otherwise. */
export function comparedTexts(compare: Comparison): [string, string][] {
  return comparedSettings(compare).map((name) => {
    const { toAttribute } = SETTING_CONVERTERS[name] as { toAttribute(value: unknown): string | null };
    return [attributeOf(name), toAttribute(compare[name]) ?? NONE];
  });
}

/**
 * What a picture is compared with: settings as {@link comparedTexts} writes them or by value, and tensors. Nothing else
 * that it holds is used.
 */
export function readCompare(given: Given): Comparison {
  const plain = Object.entries(given).map(([name, value]) => [name, value === NONE ? null : value]);
  const settings = readSettings(Object.fromEntries(plain) as Given);
  const turned = comparedSettings(given).map((name) => [name, settings[name]]);
  const tensors = COMPARED_TENSORS.flatMap((name) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    return value === undefined || value === null ? [] : [[name, tensor(`compare.${name}`, value)]];
  });
  return Object.fromEntries([...turned, ...tensors]) as Comparison;
}

/** One change of a query or key from outside; null for what is none. */
export function readEdit(given: unknown): Edit | null {
  if (!isObject(given)) return null;
  const { tensor, head, index, component, value } = given as Partial<Edit>;
  const isIndex = (one: unknown): one is number => Number.isSafeInteger(one) && (one as number) >= 0;
  if (tensor !== 'query' && tensor !== 'key') return null;
  if (!isIndex(head) || !isIndex(index) || !isIndex(component) || !Number.isFinite(value)) return null;
  return { tensor, head, index, component, value: value as number };
}

function readEdits(given: unknown): readonly Edit[] {
  const expected = 'a list of { tensor, head, index, component, value }';
  if (!Array.isArray(given)) throw new HeadscopeError('InvalidType', 'edits', expected, typeof given);
  if (given.length > MOST_EDITS) {
    throw new HeadscopeError('TooLarge', 'edits', `at most ${MOST_EDITS} changes`, String(given.length));
  }
  return given.map((one, i) => {
    const edit = readEdit(one);
    if (edit === null) throw new HeadscopeError('InvalidArgument', 'edits', expected, `something else at [${i}]`);
    return edit;
  });
}

/**
 * Reads an object that came from outside: JSON, a message. Tensors are what the properties take, or
 * `{ shape, float32 }` with base64; whether they fit each other, the element says. Nothing else that it holds is used.
 *
 * @throws HeadscopeError `InvalidType` for what is no object, or no such comparison or list of edits; `InvalidArgument` for
 *   what is no edit; `TooLarge`
 */
export function readState(given: unknown): ScopeState {
  if (!isObject(given)) throw new HeadscopeError('InvalidType', 'data', 'an object', typeof given);
  const data: Record<string, unknown> = {};
  for (const name of DATA_NAMES) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || value === null || (name === 'layers' && value !== true)) continue;
    data[name] = (TENSORS as readonly string[]).includes(name) ? tensor(name, value) : value;
  }
  const { compare, edits } = given;
  if (compare !== undefined && compare !== null && !isObject(compare)) {
    throw new HeadscopeError('InvalidType', 'compare', 'an object', typeof compare);
  }
  return {
    data,
    settings: readSettings(given),
    pin: Object.hasOwn(given, 'pin') ? readPin(given['pin']) : undefined,
    compare: isObject(compare) ? readCompare(compare) : compare,
    edits: edits === undefined || edits === null ? undefined : readEdits(edits),
  };
}
