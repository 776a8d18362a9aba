import type { Comparison, Pin } from 'headscope/element';
import { DEFAULT_CONTROLS, type Controls } from './controls.js';
import type { Display } from './display.js';

export const TABS = ['vectors', 'text', 'image', 'file'] as const;
export type Tab = (typeof TABS)[number];

/** Everything about the page that a link remembers, except what the input tabs hold themselves. */
export interface PageState {
  readonly tab: Tab;
  readonly head: number;
  readonly compare: Comparison | null;
  /** What is pinned, how the weights are shown, and how they come about: every tab keeps its own. */
  readonly pins: Readonly<Record<Tab, Pin | null>>;
  readonly displays: Readonly<Record<Tab, Display>>;
  readonly controls: Readonly<Record<Tab, Controls>>;
}

export const DEFAULT_STATE: PageState = {
  tab: 'vectors',
  head: 0,
  compare: null,
  pins: { vectors: null, text: null, image: null, file: null },
  displays: { vectors: {}, text: {}, image: {}, file: {} },
  controls: {
    vectors: DEFAULT_CONTROLS,
    text: { ...DEFAULT_CONTROLS, heads: 6, headDim: 32 },
    image: { ...DEFAULT_CONTROLS, heads: 6, headDim: 48 },
    file: { ...DEFAULT_CONTROLS, heads: 1, headDim: 16 },
  },
};

/** The page's state, and who wants to know when it changes. */
export class Store {
  private current: PageState;
  private readonly listeners = new Set<() => void>();

  constructor(initial: PageState) {
    this.current = initial;
  }

  get state(): PageState {
    return this.current;
  }

  /** The controls of the tab that is open. */
  get controls(): Controls {
    return this.current.controls[this.current.tab];
  }

  update(part: Partial<PageState>): void {
    this.current = { ...this.current, ...part };
    for (const listener of this.listeners) listener();
  }

  updateControls(tab: Tab, part: Partial<Controls>): void {
    const { controls } = this.current;
    this.update({ controls: { ...controls, [tab]: { ...controls[tab], ...part } } });
  }

  updatePin(tab: Tab, pin: Pin | null): void {
    this.update({ pins: { ...this.current.pins, [tab]: pin } });
  }

  updateDisplay(tab: Tab, display: Display): void {
    this.update({ displays: { ...this.current.displays, [tab]: display } });
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
