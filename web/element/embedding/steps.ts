import type { Comparison } from '../panels/panel.js';
import type { Settings } from '../settings.js';
import { readPin, type Place, type Pin } from '../selection.js';
import { isObject, readCompare, readSettings } from './state.js';

/** One view of a story: settings by their names, what is pinned, what it is compared with, and a sentence. What it does not say is as at the start. */
export interface Step extends Partial<Settings> {
  readonly pin?: Partial<Place> | Pin | null;
  /** Null for nothing. */
  readonly compare?: Comparison | null;
  readonly caption?: string;
}

/** How a story starts, and what a step of it shows. */
export interface StoryState {
  readonly settings: Settings;
  readonly compare: Comparison | null;
}

/** What a step shows, given how the story starts. */
export function stateOfStep(start: StoryState, step: Step): StoryState & { readonly pin: Pin | null } {
  const { compare = start.compare } = step;
  return {
    settings: { ...start.settings, ...readSettings({ ...step }) },
    compare: compare !== start.compare && isObject(compare) ? readCompare(compare) : compare,
    pin: readPin(step.pin),
  };
}

/** The part of the window in which a marked section counts as being read: a line in the middle. */
const READING_LINE = '-50% 0px -50% 0px';

const MARKER = '[data-headscope-step]';

function isFor(marker: HTMLElement, host: HTMLElement): boolean {
  const name = marker.dataset['headscopeFor'];
  return name === undefined || (name !== '' && name === host.id);
}

const stepOf = (marker: HTMLElement): number => Number(marker.dataset['headscopeStep'] || NaN);

/**
 * Tells which step the reader asks for by the page's markers: elements with `data-headscope-step="2"` (from 0), for all
 * elements with steps or for the one whose id is in `data-headscope-for`. Buttons ask when they are pressed, everything
 * else when it is scrolled to the middle of the window. Sections are looked up at the call.
 */
export function watchMarkers(host: HTMLElement, onStep: (step: number) => void, signal: AbortSignal): void {
  const root = host.getRootNode() as Document | ShadowRoot;
  root.addEventListener(
    'click',
    ({ target }) => {
      const button = target instanceof Element ? target.closest<HTMLElement>(`button${MARKER}`) : null;
      if (button !== null && isFor(button, host)) onStep(stepOf(button));
    },
    { signal },
  );
  const sections = [...root.querySelectorAll<HTMLElement>(`${MARKER}:not(button)`)].filter((one) => isFor(one, host));
  if (sections.length === 0) return;
  const observer = new IntersectionObserver(
    (entries) => {
      const reached = entries.findLast(({ isIntersecting }) => isIntersecting);
      if (reached !== undefined) onStep(stepOf(reached.target as HTMLElement));
    },
    { rootMargin: READING_LINE },
  );
  for (const section of sections) observer.observe(section);
  signal.addEventListener('abort', () => observer.disconnect(), { once: true });
}

/** Marks the step that is shown on the page's own markers, for readers and for styles. */
export function markStep(host: HTMLElement, step: number | null): void {
  const root = host.getRootNode() as Document | ShadowRoot;
  for (const marker of root.querySelectorAll<HTMLElement>(MARKER)) {
    if (!isFor(marker, host)) continue;
    if (stepOf(marker) === step) marker.setAttribute('aria-current', 'step');
    else marker.removeAttribute('aria-current');
  }
}
