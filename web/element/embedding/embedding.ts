import type { Comparison } from '../panels/panel.js';
import { attributeOf, settingsOf } from '../settings-attributes.js';
import type { Selection } from '../selection.js';
import type { Display, Settings } from '../settings.js';
import { readChild } from './child-data.js';
import { joinGroup, leaveGroup, tellGroup, type GroupMember, type Shared } from './group.js';
import type { ScopeState } from './state.js';
import { markStep, stateOfStep, watchMarkers, type Step, type StoryState } from './steps.js';

const SHARED: ReadonlySet<string> = new Set<keyof Display>([
  ...(['head', 'heads', 'composite', 'sort', 'colorScale', 'domain', 'pooling', 'topK', 'mass'] as const),
  ...(['hide', 'mergeWords'] as const),
]);

/** What the element lets its embedding do. */
export interface Embeddable extends HTMLElement, Settings {
  readonly group: string;
  readonly steps: readonly Step[] | undefined;
  readonly compare: Comparison | undefined;
  show(state: Partial<ScopeState>): void;
}

export interface EmbeddingListener {
  /** Another element of its group is used. */
  follow(news: Shared): void;
  stepped(step: number, caption: string): void;
  failed(error: unknown): void;
}

/** How an element lives in its page: its own markup, its group, the story that it is part of. Fetched where there is any. */
export class Embedding implements GroupMember {
  /** The step that is shown; null before the first one. */
  step: number | null = null;

  #signal: AbortSignal | null = null;
  #group = '';
  #start: StoryState | null = null;
  #watching: AbortController | null = null;
  #childRead = false;

  constructor(
    readonly element: Embeddable,
    readonly listener: EmbeddingListener,
  ) {}

  /** The element is put into a page, until the signal fires. */
  connect(signal: AbortSignal): void {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#leave(), { once: true });
    // While the page is being parsed, the element's children may not be there yet.
    if (document.readyState === 'loading') {
      document.addEventListener('DOMContentLoaded', () => this.readChild(), { once: true, signal });
    } else {
      this.readChild();
    }
    this.joinGroup();
    this.watchMarkers();
  }

  /** Shows what stands in the element's own markup, once; attributes and properties of the same names count more. */
  readChild(): void {
    if (this.#childRead || document.readyState === 'loading') return;
    try {
      const state = readChild(this.element);
      if (state === null) return;
      this.#childRead = true;
      const { query, key, weights } = this.element as unknown as Readonly<Record<string, unknown>>;
      const given = (query ?? key ?? weights) !== undefined;
      const settings = Object.entries(state.settings).filter(([name]) => !this.element.hasAttribute(attributeOf(name)));
      const { data, compare, edits, pin } = state;
      this.element.show({
        pin,
        settings: Object.fromEntries(settings),
        ...(given ? {} : { data, edits }),
        ...(this.element.compare === undefined && { compare }),
      });
    } catch (error) {
      this.#childRead = true;
      this.listener.failed(error);
    }
  }

  /** To be called when `group` has changed. */
  joinGroup(): void {
    if (this.#signal === null || this.#group === this.element.group) return;
    this.#leave();
    this.#group = this.element.group;
    if (this.#group !== '') joinGroup(this.#group, this);
  }

  follow(news: Shared): void {
    this.listener.follow(news);
  }

  /** Something was chosen or turned; the group shares all but how the weights come about and which views show them. */
  tell(selection: Selection | undefined, change: Partial<Settings> = {}): void {
    const display = Object.fromEntries(Object.entries(change).filter(([name]) => SHARED.has(name)));
    if (this.#group !== '') tellGroup(this.#group, this, { ...(selection && { selection }), display });
  }

  /** To be called when `steps` has changed. */
  watchMarkers(): void {
    this.#watching?.abort();
    this.#start = null;
    this.step = null;
    if (this.#signal === null || this.#signal.aborted || !this.element.steps?.length) return;
    this.#watching = new AbortController();
    const signal = AbortSignal.any([this.#signal, this.#watching.signal]);
    watchMarkers(this.element, (step) => this.goTo(step), signal);
  }

  goTo(index: number): void {
    const step = Number.isInteger(index) ? this.element.steps?.[index] : undefined;
    if (!step || index === this.step) return;
    this.#start ??= { settings: settingsOf(this.element), compare: this.element.compare ?? null };
    this.step = index;
    const { settings, pin, compare } = stateOfStep(this.#start, step);
    this.element.show({ settings, pin, compare });
    this.tell({ hover: null, pin }, settings);
    markStep(this.element, index);
    this.listener.stepped(index, typeof step.caption === 'string' ? step.caption : '');
  }

  #leave(): void {
    if (this.#group !== '') leaveGroup(this.#group, this);
    this.#group = '';
  }
}
