import type { Feed } from './feed.js';

/** Where the projections come from. `own`: the tab's (typed in, constructed, or read from a file). */
export type ProjectionSource = 'own' | 'identity' | 'random';

/** What the visitor can set about the attention itself. Every tab keeps its own. */
export interface Controls {
  readonly projections: ProjectionSource;
  readonly heads: number;
  /** Dimension per head, D. */
  readonly headDim: number;
  readonly seed: number;
  /** null: 1/sqrt(D). */
  readonly scale: number | null;
  readonly temperature: number;
  readonly causal: boolean;
  /** Adds sinusoidal positions to x. */
  readonly positions: boolean;
}

export const HEADS_LIMIT = 64;
export const HEAD_DIM_LIMIT = 256;
/** Temperature runs over this range, evenly in its logarithm. */
export const TEMPERATURE_RANGE: readonly [number, number] = [0.1, 10];

export const DEFAULT_CONTROLS: Controls = {
  projections: 'own',
  heads: 1,
  headDim: 3,
  seed: 7,
  scale: null,
  temperature: 1,
  causal: false,
  positions: false,
};

function within(value: unknown, low: number, high: number): value is number {
  return typeof value === 'number' && value >= low && value <= high;
}

function wholeWithin(value: unknown, low: number, high: number): value is number {
  return within(value, low, high) && Number.isInteger(value);
}

/** Controls out of something that came from a link: every value that is not allowed is replaced by the default's. */
export function readControls(value: unknown, defaults: Controls): Controls {
  if (typeof value !== 'object' || value === null) return defaults;
  const given = value as Partial<Record<keyof Controls, unknown>>;
  const projections = given.projections;
  return {
    projections:
      projections === 'own' || projections === 'identity' || projections === 'random'
        ? projections
        : defaults.projections,
    heads: wholeWithin(given.heads, 1, HEADS_LIMIT) ? given.heads : defaults.heads,
    headDim: wholeWithin(given.headDim, 1, HEAD_DIM_LIMIT) ? given.headDim : defaults.headDim,
    seed: wholeWithin(given.seed, 0, 2 ** 32 - 1) ? given.seed : defaults.seed,
    scale: within(given.scale, -1e6, 1e6) ? given.scale : null,
    temperature: within(given.temperature, ...TEMPERATURE_RANGE) ? given.temperature : defaults.temperature,
    causal: typeof given.causal === 'boolean' ? given.causal : defaults.causal,
    positions: typeof given.positions === 'boolean' ? given.positions : defaults.positions,
  };
}

/** True where the tab brings projections of its own. */
export function bringsProjections(feed: Feed): boolean {
  return feed.kind === 'vectors' && (feed.projections !== undefined || (feed.constructedHeads?.length ?? 0) > 0);
}
