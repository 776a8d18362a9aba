import { msg, str } from '@lit/localize';
import type { Comparison, Edit, Pin } from 'headscope/element';
import { readCompared } from './compared.js';
import { readControls, type Controls } from './controls.js';
import { readDisplay, type Display } from './display.js';
import { DEFAULT_STATE, TABS, type PageState, type Tab } from './store.js';
import { grouped } from './three-digits.js';

/** `#v1.` and base64url of the JSON of LinkContent. */
const VERSION = 'v1';
/** Browsers and chat programs cut longer links. */
const WRITE_LIMIT = 16_000;
const READ_LIMIT = 64_000;
/** More queries or keys than this are not pinned. */
const MOST_PINNED = 4096;
/** More numbers of q and k than this are not changed by hand. */
const MOST_EDITS = 1024;

interface LinkContent {
  readonly tab: Tab;
  readonly head: number;
  /** Query and key, or lists of several. */
  readonly pin: readonly [number | readonly number[], number | readonly number[]] | null;
  readonly display: Display;
  readonly compare: Comparison | null;
  readonly controls: Controls;
  readonly edits: readonly Edit[];
  /** What the tab's own `state` says; the tab checks it itself. */
  readonly input: unknown;
}

export interface ReadLink {
  readonly state: PageState;
  /** Numbers of q and k that were changed in the picture. */
  readonly edits: readonly Edit[];
  readonly input: unknown;
}

function toBase64Url(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** The page as the part of a link after `#`; `whole` is false where the tab's content was too large to go along. */
export function writeLink(state: PageState, edits: readonly Edit[], input: unknown): { hash: string; whole: boolean } {
  const { tab, head, compare } = state;
  const pin = state.pins[tab];
  const short = (indices: readonly number[]): number | readonly number[] =>
    indices.length === 1 ? (indices[0] ?? []) : indices;
  const content: LinkContent = {
    ...{ tab, head, compare, edits, input },
    pin: pin && [short(pin.queries), short(pin.keys)],
    display: state.displays[tab],
    controls: state.controls[tab],
  };
  const text = JSON.stringify(content);
  if (text.length <= WRITE_LIMIT) {
    const hash = `#${VERSION}.${toBase64Url(text)}`;
    if (hash.length <= WRITE_LIMIT) return { hash, whole: true };
  }
  return {
    hash: `#${VERSION}.${toBase64Url(JSON.stringify({ ...content, input: null, pin: null, edits: [] }))}`,
    whole: false,
  };
}

function readIndex(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 24 ? value : null;
}

function readPin(value: unknown): Pin | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [queries = [], keys = []] = value.map((side: unknown) =>
    (Array.isArray(side) ? side.slice(0, MOST_PINNED) : [side]).map(readIndex).filter((index) => index !== null),
  );
  return queries.length + keys.length === 0 ? null : { queries, keys };
}

function readEdits(value: unknown): Edit[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_EDITS).flatMap((given: unknown): Edit[] => {
    const { tensor, value: number, ...place } = Object(given) as Readonly<Record<string, unknown>>;
    const [head, index, component] = [place['head'], place['index'], place['component']].map(readIndex);
    if ((tensor !== 'query' && tensor !== 'key') || typeof number !== 'number') return [];
    if (typeof head !== 'number' || typeof index !== 'number' || typeof component !== 'number') return [];
    return [{ tensor, head, index, component, value: number }];
  });
}

/**
 * Reads a link; null where there is none. Whatever it holds, the result is a state the page can show.
 * @throws Error with a sentence for the visitor where it cannot be read at all.
 */
export function readLink(hash: string): ReadLink | null {
  const text = hash.replace(/^#/, '');
  if (text === '') return null;
  if (text.length > READ_LIMIT) {
    throw new Error(
      msg(
        str`Link: expected at most ${grouped(READ_LIMIT)} characters after #, got ${grouped(text.length)}. It was left out.`,
      ),
    );
  }
  const [version, payload] = text.split('.', 2);
  if (version !== VERSION || payload === undefined) {
    throw new Error(
      msg(str`Link: expected #${VERSION}. and what the page showed, got “#${text.slice(0, 16)}”. It was left out.`),
    );
  }
  let content: Partial<Record<keyof LinkContent, unknown>>;
  try {
    const parsed: unknown = JSON.parse(fromBase64Url(payload));
    if (typeof parsed !== 'object' || parsed === null) throw new TypeError('not an object');
    content = parsed;
  } catch {
    throw new Error(msg('Link: the part after # is cut off or damaged. It was left out.'));
  }
  const tab = TABS.find((name) => name === content.tab);
  if (!tab) throw new Error(msg('Link: it names no tab of this page. It was left out.'));
  return {
    state: {
      tab,
      head: readIndex(content.head) ?? 0,
      compare: readCompared(content.compare),
      pins: { ...DEFAULT_STATE.pins, [tab]: readPin(content.pin) },
      displays: { ...DEFAULT_STATE.displays, [tab]: readDisplay(content.display) },
      controls: { ...DEFAULT_STATE.controls, [tab]: readControls(content.controls, DEFAULT_STATE.controls[tab]) },
    },
    edits: readEdits(content.edits),
    input: content.input ?? null,
  };
}
