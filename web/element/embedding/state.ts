import { HeadscopeError, type TensorLike } from '../../../wasm-bindings/js/index.js';
import type { Pin } from '../selection.js';
import { attributeOf, SETTING_CONVERTERS } from '../settings-attributes.js';
import { DEFAULT_SETTINGS, type Settings } from '../settings.js';

/** What an element shows, as far as it can be written down: in a child, a permalink, a step of a story, a message. */
export interface ScopeState {
  readonly data: ScopeData;
  readonly settings: Partial<Settings>;
  /** Undefined where nothing is said about it; null for nothing pinned. */
  readonly pin: Pin | null | undefined;
}

/** Properties of the element of the same names. */
export interface ScopeData {
  readonly query?: TensorLike;
  readonly key?: TensorLike;
  readonly value?: TensorLike;
  readonly weights?: TensorLike;
  readonly tokens?: string[];
  readonly keyTokens?: string[];
  readonly words?: number[];
}

/** Most numbers that a tensor from outside may have: 64 MB of float32. */
export const MOST_NUMBERS = 2 ** 24;

const TENSORS = ['query', 'key', 'value', 'weights'] as const;
const LISTS = ['tokens', 'keyTokens', 'words'] as const;

export const DATA_NAMES: readonly (keyof ScopeData)[] = [...TENSORS, ...LISTS];

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

function indices(value: unknown): number[] {
  const list = Array.isArray(value) ? value.slice(0, 4096) : [value];
  const wanted = list.filter((index): index is number => Number.isSafeInteger(index) && (index as number) >= 0);
  return [...new Set(wanted)].sort((a, b) => a - b);
}

/** `{ query, key }` or `{ queries, keys }` with indices from 0; null releases what is pinned. */
export function readPin(given: unknown): Pin | null {
  if (!isObject(given)) return null;
  const pin = { queries: indices(given['queries'] ?? given['query']), keys: indices(given['keys'] ?? given['key']) };
  return pin.queries.length + pin.keys.length === 0 ? null : pin;
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

/**
 * Reads an object that came from outside: JSON, a message. Tensors are what the properties take, or
 * `{ shape, float32 }` with base64; whether they fit each other, the element says. Nothing else that it holds is used.
 *
 * @throws HeadscopeError `InvalidType` for what is no object; `TooLarge`
 */
export function readState(given: unknown): ScopeState {
  if (!isObject(given)) throw new HeadscopeError('InvalidType', 'data', 'an object', typeof given);
  const data: Record<string, unknown> = {};
  for (const name of DATA_NAMES) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || value === null) continue;
    data[name] = (TENSORS as readonly string[]).includes(name) ? tensor(name, value) : value;
  }
  return {
    data,
    settings: readSettings(given),
    pin: Object.hasOwn(given, 'pin') ? readPin(given['pin']) : undefined,
  };
}
