import type { HeadScopeElement } from 'headscope/element';

/** Settings of `<head-scope>` that a reader turns in it, with their attributes; the page's own controls are not among them. */
const ATTRIBUTES = {
  view: 'view',
  heads: 'heads',
  composite: 'composite',
  sort: 'sort',
  colorScale: 'color-scale',
  domain: 'domain',
  pooling: 'pooling',
  topK: 'top-k',
  mass: 'mass',
  hide: 'hide',
  positions: 'positions',
  window: 'window',
  softcap: 'softcap',
} as const;
const NAMES = Object.keys(ATTRIBUTES) as (keyof typeof ATTRIBUTES)[];

/** How the weights are shown: texts of attributes, for settings that are not as they are by themselves. */
export type Display = Readonly<Record<string, string>>;

const textOf = (value: HeadScopeElement[keyof typeof ATTRIBUTES]): string =>
  typeof value === 'object' ? value.join(' ') : String(value);

export function displayOf(scope: HeadScopeElement): Display {
  const plain = document.createElement('head-scope');
  const changed = NAMES.filter((name) => textOf(scope[name]) !== textOf(plain[name]));
  return Object.fromEntries(changed.map((name) => [ATTRIBUTES[name], textOf(scope[name])]));
}

/** Shows the weights so, and everything that is not named as it is by itself. */
export function showDisplay(scope: HeadScopeElement, display: Display): void {
  const plain = document.createElement('head-scope');
  for (const name of NAMES) {
    const text = display[ATTRIBUTES[name]];
    if (text === undefined) Object.assign(scope, { [name]: plain[name] });
    else scope.setAttribute(ATTRIBUTES[name], text);
  }
}

/** What a link says, as far as it is of this kind: the element makes sense of the texts itself. */
export function readDisplay(value: unknown): Display {
  if (typeof value !== 'object' || value === null) return {};
  const known = NAMES.map((name) => ATTRIBUTES[name]);
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] =>
        typeof entry[1] === 'string' && entry[1].length < 1000 && known.some((name) => name === entry[0]),
    ),
  );
}

/** Whether indices of some tokens still mean the same ones: not where these are others now. One may have a new name. */
export function meansTheSame(indices: readonly number[], before: readonly string[], now: readonly string[]): boolean {
  if (indices.every((index) => before[index] === now[index])) return true;
  return before.length === now.length && now.filter((token, index) => token !== before[index]).length === 1;
}
