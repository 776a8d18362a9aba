import type { Tensor } from 'headscope';
import type { Edit, Settings } from 'headscope/element';
import type { AttentionPool } from 'headscope/pool';
import type { ProjectionMatrices } from './feed.js';
import { dimension, type Problem } from './problem.js';

/** One head, worked out step by step. */
export interface Trace {
  readonly head: number;
  readonly tokens: readonly string[];
  /** (L, dim) */
  readonly x: Tensor;
  /** (dim, D) each. */
  readonly projections: ProjectionMatrices;
  /** (L, D) */
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** (L, L): what softmax sees, but for masks. */
  readonly scores: Tensor;
  readonly weights: Tensor;
  readonly output: Tensor;
  /** What q·k is multiplied by. */
  readonly scale: number;
  readonly causal: boolean;
  readonly positions: boolean;
  /** The projections may be typed into. */
  readonly editable: boolean;
  /** X may be typed into. */
  readonly editableTokens?: boolean;
  readonly knobs?: TraceKnobs;
}

/** What else the reader turned in the picture: none of it changes anything by itself. */
export interface TraceKnobs {
  /** A scaled score s becomes softcap·tanh(s / softcap); 0 for none. */
  readonly softcap: number;
  /** slope·|query − key| is taken away (ALiBi); 0 for none. */
  readonly slope: number;
  /** Scores are divided by it, last. */
  readonly temperature: number;
  /** Keys on either side of a query that it sees, at most. */
  readonly window: number;
  /** Keys that are left out, and every row is shared out among the others. */
  readonly hidden: readonly number[];
  /** Queries and keys as they are multiplied, turned to their positions (rotary embeddings), (L, D) each. */
  readonly rotated: { readonly query: Tensor; readonly key: Tensor } | null;
  /** Numbers of q and k that the reader typed over in the picture, in this head. */
  readonly edits: readonly Edit[];
  /** What the picture shows and no step does. */
  readonly without: Without;
}

/** Settings of the picture that the steps of one head cannot follow. */
export interface Without {
  readonly composite: 'none' | 'mean' | 'max';
  readonly topK: number;
  readonly mass: number;
  readonly compared: boolean;
}

/** What the picture shows besides the problem itself. */
export interface Turned {
  readonly settings: Settings;
  readonly edits: readonly Edit[];
  readonly compared: boolean;
}

/** Why a query does not see a key; null where it does. */
export type Unseen = 'causal' | 'window' | 'hidden';

export const NOTHING_TURNED: TraceKnobs = {
  ...{ softcap: 0, slope: 0, temperature: 1, window: Infinity, hidden: [], rotated: null, edits: [] },
  without: { composite: 'none', topK: 0, mass: 1, compared: false },
};

export function unseen({ causal, knobs = NOTHING_TURNED }: Trace, query: number, key: number): Unseen | null {
  if (knobs.hidden.includes(key)) return 'hidden';
  if (causal && key > query) return 'causal';
  return Math.abs(query - key) > knobs.window ? 'window' : null;
}

type Engine = Pick<AttentionPool, 'attention' | 'rotaryEmbedding' | 'selfAttention'>;

/** The slope of one head of several: what the engine takes from a score of 0, one position away. */
async function alibiSlope(engine: Engine, head: number, heads: number): Promise<number> {
  const zeros: Tensor = { data: new Float32Array(2 * heads), shape: [heads, 2, 1] };
  const { scores } = await engine.attention(zeros, zeros, null, { alibi: true, needScores: 'biased' });
  return -(scores?.data[4 * head + 1] ?? NaN);
}

function withEdits(tensor: Tensor, edits: readonly Edit[]): Tensor {
  const data = tensor.data.slice();
  for (const { index, component, value } of edits) data[index * dimension(tensor, -1) + component] = value;
  return { data, shape: tensor.shape };
}

/** A head whose steps are too many to be written out. */
export function unwritten(
  problem: Problem & { readonly kind: 'vectors' },
  head: number,
): Omit<Trace, 'editable'> | null {
  const projections = problem.heads[head]?.projections;
  if (projections === undefined) return null;
  const empty: Tensor = { data: new Float32Array(), shape: [0, dimension(projections.query, 1)] };
  const steps = { query: empty, key: empty, value: empty, scores: empty, weights: empty, output: empty };
  const { x, scale, causal, positions } = problem;
  return { head, tokens: problem.feed.tokens, x, projections, scale, causal, positions, ...steps };
}

/** Works one head out as the picture shows it. */
export async function traceOf(
  problem: Problem & { readonly kind: 'vectors' },
  head: number,
  { settings, edits, compared }: Turned,
  engine: Engine,
): Promise<Omit<Trace, 'editable'> | null> {
  const projections = problem.heads[head]?.projections;
  if (projections === undefined) return null;
  const { x, scale, causal, positions, temperature } = problem;
  const length = dimension(x, 0);
  const plain = await engine.selfAttention(x, projections);
  const own = edits.filter((edit) => edit.head === head);
  const of = (role: 'query' | 'key'): Tensor =>
    withEdits(
      plain[role],
      own.filter(({ tensor }) => tensor === role),
    );
  const [query, key, { value }] = [of('query'), of('key'), plain];
  const { softcap, window = Infinity, hide: hidden, composite, topK, mass } = settings;
  const slope = settings.positions === 'alibi' ? await alibiSlope(engine, head, problem.heads.length) : 0;
  const dim = dimension(query, -1) - (dimension(query, -1) % 2);
  const turned = (tensor: Tensor): Promise<Tensor> => engine.rotaryEmbedding(tensor, { dim });
  const rotated =
    settings.positions === 'rotary' && dim > 0 ? { query: await turned(query), key: await turned(key) } : null;
  const seen = Uint8Array.from({ length }, (_, index) => (hidden.includes(index) ? 0 : 1));
  // The temperature divides last: as if it divided scale, softcap and slope.
  const scores = {
    scale: scale / temperature,
    softcap: softcap / temperature,
    ...(slope !== 0 && { alibi: { data: Float32Array.of(slope / temperature), shape: [1] } }),
  };
  const multiplied = rotated ?? { query, key };
  const [open, masked] = await Promise.all([
    engine.attention(multiplied.query, multiplied.key, null, { ...scores, needScores: 'biased' }),
    engine.attention(multiplied.query, multiplied.key, value, {
      ...scores,
      causal,
      ...(window < Infinity && { window: { left: window, right: window } }),
      ...(hidden.length > 0 && { mask: { data: seen, shape: [1, length] } }),
      needWeights: true,
    }),
  ]);
  const nothing: Tensor = { data: new Float32Array(), shape: [0, 0] };
  return {
    ...{ head, tokens: problem.feed.tokens, x, projections, query, key, value },
    scores: open.scores ?? nothing,
    weights: masked.weights ?? nothing,
    output: masked.output,
    ...{ scale, causal, positions },
    knobs: {
      ...{ softcap, slope, temperature, window, hidden, rotated, edits: own },
      without: { composite: problem.heads.length === 1 ? 'none' : composite, topK, mass, compared },
    },
  };
}
