/** What is to be reached: see the table that `npm run bench` prints. */
export interface Goals {
  /** Times the best peer, with one thread each, or two. */
  readonly ratio?: number;
  /** Fraction of the processor's peak, with one thread. */
  readonly ofPeak?: number;
  readonly two?: { readonly ratio: number; readonly speedup?: number };
}

/** One attention call, float32: query (1, H, Lq, D), key and value (1, H, Lk, D). */
export interface Workload {
  readonly name: string;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
  readonly causal: boolean;
  readonly needWeights: boolean;
  /** Keys and values lie in a KeyValueCache. */
  readonly cached: boolean;
  /** Takes too long for --quick. */
  readonly slow: boolean;
  /** Beyond the memory of all peers. */
  readonly alone: boolean;
  readonly goals: Goals;
}

const plain = { heads: 12, depth: 64, causal: false, needWeights: false, cached: false, slow: false, alone: false };
const square = (length: number): Pick<Workload, 'queries' | 'keys'> => ({ queries: length, keys: length });

const shortGoals: Goals = { ratio: 1.5, two: { ratio: 1.2 } };
const longGoals = (ofPeak: number): Goals => ({ ratio: 1.35, ofPeak, two: { ratio: 1.25, speedup: 1.85 } });
const weightsGoals: Goals = { ratio: 1.6, two: { ratio: 1.6 } };

export const workloads: readonly Workload[] = [
  { name: 'L = 16', ...plain, ...square(16), goals: { ratio: 2 } },
  { name: 'L = 64', ...plain, ...square(64), goals: shortGoals },
  { name: 'L = 128', ...plain, ...square(128), goals: shortGoals },
  { name: 'L = 256', ...plain, ...square(256), goals: longGoals(0.88) },
  { name: 'L = 512', ...plain, ...square(512), goals: longGoals(0.92) },
  { name: 'L = 1024', ...plain, ...square(1024), goals: longGoals(0.92) },
  { name: 'L = 2048', ...plain, ...square(2048), slow: true, goals: longGoals(0.92) },
  { name: '8 heads, L = 197 (ViT)', ...plain, heads: 8, ...square(197), goals: { ratio: 1.4, two: { ratio: 1.3 } } },
  {
    name: '16 heads, L = 512, causal',
    ...plain,
    heads: 16,
    causal: true,
    ...square(512),
    goals: { ratio: 2.4, two: { ratio: 2.3 } },
  },
  { name: 'decode: 1 x 1024, cached', ...plain, queries: 1, keys: 1024, cached: true, goals: { ratio: 1.5 } },
  {
    name: '1 head, L = 8192',
    ...plain,
    heads: 1,
    ...square(8192),
    slow: true,
    goals: { ratio: 1.35, two: { ratio: 1.3 } },
  },
  { name: 'L = 512, with weights', ...plain, ...square(512), needWeights: true, goals: weightsGoals },
  { name: 'L = 2048, with weights', ...plain, ...square(2048), needWeights: true, slow: true, goals: weightsGoals },
  ...[32, 40, 80, 96, 128, 256].map((depth) => ({
    name: `L = 512, D = ${depth}`,
    ...plain,
    depth,
    ...square(512),
    goals: { ofPeak: 0.85 },
  })),
  { name: '1 head, L = 32768', ...plain, heads: 1, ...square(32768), slow: true, alone: true, goals: {} },
];

/** How time grows with L: one head, so that all of them fit. */
export const growth: readonly Workload[] = [256, 512, 1024, 2048, 4096, 8192].map((length) => ({
  name: `growth, L = ${length}`,
  ...plain,
  heads: 1,
  ...square(length),
  goals: {},
}));

/** Floating-point operations of the two products, as if nothing were masked. */
export function operations({ heads, queries, keys, depth }: Workload): number {
  return 4 * heads * queries * keys * depth;
}
