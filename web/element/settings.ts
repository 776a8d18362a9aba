/** The views of one head that can be shown, one or several at a time. */
export const VIEWS = ['matrix', 'lines', 'text', 'image'] as const;
export type ViewName = (typeof VIEWS)[number];

export const COLOR_SCALES = ['linear', 'sqrt', 'log', 'row'] as const;
/** `auto` is linear, but the square root where there are so many keys that a linear scale leaves nearly all cells blank. */
export type ColorScale = 'auto' | DrawnScale;
export type DrawnScale = (typeof COLOR_SCALES)[number];

/** What several heads become: one head alone, or the mean or the largest of each cell over the chosen heads. */
export const COMPOSITES = ['none', 'mean', 'max'] as const;
export type Composite = (typeof COMPOSITES)[number];

/** What heads are put in order by; `none` for their own order. */
export const SORTS = ['none', 'entropy', 'distance', 'sink', 'diagonal', 'previous'] as const;
export type Sort = (typeof SORTS)[number];

export const POSITIONS = ['none', 'alibi', 'rotary'] as const;
export type Positions = (typeof POSITIONS)[number];

export const POOLINGS = ['max', 'mean'] as const;
export type Pooling = (typeof POOLINGS)[number];

/** Names of the {@link Knobs}. */
export const KNOBS = ['temperature', 'scale', 'causal', 'window', 'softcap', 'positions'] as const;

/** How the weights come about: what a change of it computes anew. Only for queries and keys, not for ready weights. */
export interface Knobs {
  /** Scores are divided by it; 1 changes nothing. */
  readonly temperature: number;
  /** What q·k is multiplied by; 1 / sqrt(depth) unless given. */
  readonly scale: number | undefined;
  /** Each query sees only keys up to its own index. */
  readonly causal: boolean;
  /** How many keys a query sees on either side of its own position, at most; undefined for all. */
  readonly window: number | undefined;
  /** A score s becomes softcap·tanh(s / softcap); 0 for none. */
  readonly softcap: number;
  /** What the position of tokens does to the scores. */
  readonly positions: Positions;
}

/** How the weights are shown: what a change of it only draws anew. */
export interface Display {
  /** The views of the chosen head, one below the other. */
  readonly view: readonly ViewName[];
  /** The chosen head, from 0. */
  readonly head: number;
  /** The heads that a composite is made of; all of them when empty. */
  readonly heads: readonly number[];
  /** What several heads become. */
  readonly composite: Composite;
  /** What heads are put in order by. */
  readonly sort: Sort;
  /** From weight to colour; `row` makes the largest weight of each query the end of the scale. */
  readonly colorScale: ColorScale;
  /** Ends of the scale: the same for all heads, of the shown head, or given. */
  readonly domain: 'shared' | 'head' | readonly [number, number];
  /** What a pixel shows of several cells. */
  readonly pooling: Pooling;
  /** Only the k largest weights of each query; 0 for all. */
  readonly topK: number;
  /** Only the largest weights of each query that make up this share of its sum; 1 for all. */
  readonly mass: number;
  /** Keys that are left out; the others of each row are divided by their sum. */
  readonly hide: readonly number[];
  /** Sub-words are merged to words: queries by the mean of their rows, keys by the sum of their columns. */
  readonly mergeWords: boolean;
}

/** Everything that a reader can turn. */
export interface Settings extends Knobs, Display {}

/** One head as it is: all that can be shown of weights that are not held. */
export const AS_IT_IS = {
  heads: [],
  composite: 'none',
  topK: 0,
  mass: 1,
  hide: [],
  mergeWords: false,
} as const satisfies Partial<Display>;

/** Settings as they are drawn, `auto` made out. */
export interface DrawnSettings extends Settings {
  readonly colorScale: DrawnScale;
}

export const DEFAULT_SETTINGS: Settings = {
  temperature: 1,
  scale: undefined,
  causal: false,
  window: undefined,
  softcap: 0,
  positions: 'none',
  view: ['matrix'],
  head: 0,
  heads: [],
  composite: 'none',
  sort: 'none',
  colorScale: 'auto',
  domain: 'shared',
  pooling: 'max',
  topK: 0,
  mass: 1,
  hide: [],
  mergeWords: false,
};
