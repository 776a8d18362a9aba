import {
  COLOR_SCALES,
  COMPOSITES,
  DEFAULT_SETTINGS,
  POOLINGS,
  POSITIONS,
  SORTS,
  VIEWS,
  type Settings,
} from './settings.js';

/** A setting as text, and back; the shape of Lit's converters. */
export interface SettingConverter<T> {
  /** What is no such setting, or out of its bounds, becomes the default; never throws. */
  fromAttribute(text: string | null): T;
  /** Null for no attribute at all. */
  toAttribute(value: T): string | null;
}

/** Most that a count or an index of tokens or heads may be. */
const MOST_ITEMS = 1_000_000;

/** What numbers lie between, both ends included. */
export const SETTING_BOUNDS = {
  temperature: [0.01, 100],
  scale: [-1e6, 1e6],
  window: [0, MOST_ITEMS],
  softcap: [0, 1e6],
  head: [0, MOST_ITEMS],
  topK: [0, MOST_ITEMS],
  mass: [0.01, 1],
} as const satisfies Partial<Record<keyof Settings, readonly [number, number]>>;

const partsOf = (text: string | null): string[] => text?.match(/[^\s,]+/g) ?? [];

function numberBetween<T extends number | undefined>(
  fallback: T,
  [least, most]: readonly [number, number],
  whole = false,
): SettingConverter<T | number> {
  return {
    fromAttribute(text) {
      const value = text === null || text.trim() === '' ? NaN : Number(text);
      return value >= least && value <= most && !(whole && value % 1 !== 0) ? value : fallback;
    },
    // Lit writes whatever a script set.
    toAttribute: (value) => (value === undefined || typeof value === 'object' ? null : String(value)),
  };
}

function oneOf<T extends string>(names: readonly T[], fallback: T): SettingConverter<T> {
  return {
    fromAttribute: (text) => names.find((name) => name === text?.trim()) ?? fallback,
    toAttribute: (value) => value,
  };
}

const present: SettingConverter<boolean> = {
  fromAttribute: (text) => text !== null,
  toAttribute: (value) => (value ? '' : null),
};

const indices: SettingConverter<readonly number[]> = {
  fromAttribute: (text) =>
    [...new Set(partsOf(text).map(Number))]
      .filter((index) => Number.isInteger(index) && index >= 0 && index <= MOST_ITEMS)
      .sort((a, b) => a - b),
  toAttribute: (value) => (value.length === 0 ? null : value.join(' ')),
};

const { temperature, scale, window, softcap, positions, view, head, composite, sort, colorScale, pooling, topK, mass } =
  DEFAULT_SETTINGS;

/** Each setting as the text of its attribute. */
export const SETTING_CONVERTERS: { readonly [K in keyof Settings]: SettingConverter<Settings[K]> } = {
  temperature: numberBetween(temperature, SETTING_BOUNDS.temperature),
  scale: numberBetween(scale, SETTING_BOUNDS.scale),
  causal: present,
  window: numberBetween(window, SETTING_BOUNDS.window, true),
  softcap: numberBetween(softcap, SETTING_BOUNDS.softcap),
  positions: oneOf(POSITIONS, positions),
  view: {
    fromAttribute(text) {
      const wanted = partsOf(text);
      const views = VIEWS.filter((name) => wanted.includes(name));
      return views.length === 0 ? view : views;
    },
    toAttribute: (value) => value.join(' '),
  },
  head: numberBetween(head, SETTING_BOUNDS.head, true),
  heads: indices,
  composite: oneOf(COMPOSITES, composite),
  sort: oneOf(SORTS, sort),
  colorScale: oneOf(['auto', ...COLOR_SCALES], colorScale),
  domain: {
    fromAttribute(text) {
      const [low, high, ...more] = partsOf(text);
      if (low === 'head' && high === undefined) return low;
      const ends = [Number(low), Number(high)] as const;
      return more.length === 0 && ends.every(Number.isFinite) && ends[0] < ends[1] ? ends : 'shared';
    },
    toAttribute: (value) => (typeof value === 'string' ? value : value.join(' ')),
  },
  pooling: oneOf(POOLINGS, pooling),
  topK: numberBetween(topK, SETTING_BOUNDS.topK, true),
  mass: numberBetween(mass, SETTING_BOUNDS.mass),
  hide: indices,
  mergeWords: present,
};

/** A setting's attribute: `colorScale` is `color-scale`. */
export function attributeOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** How Lit makes a property of a setting. */
export function settingOptions<K extends keyof Settings>(
  name: K,
): { readonly attribute: string; readonly converter: SettingConverter<Settings[K]> } {
  return { attribute: attributeOf(name), converter: SETTING_CONVERTERS[name] };
}

function checked<T>({ fromAttribute, toAttribute }: SettingConverter<T>, value: T): T {
  try {
    // Frameworks set properties where markup has attributes.
    return fromAttribute(typeof value === 'string' ? value : toAttribute(value));
  } catch {
    return fromAttribute(null);
  }
}

/** The settings that an element has; those that scripts set to nonsense are the defaults. */
export function settingsOf(given: Settings): Settings {
  const names = Object.keys(SETTING_CONVERTERS) as (keyof Settings)[];
  return Object.fromEntries(
    names.map((name) => [name, checked(SETTING_CONVERTERS[name] as SettingConverter<unknown>, given[name])]),
  ) as unknown as Settings;
}
