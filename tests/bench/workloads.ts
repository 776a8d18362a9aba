/** One attention call, float32: query (1, H, Lq, D), key and value (1, H, Lk, D). */
export interface Workload {
  readonly name: string;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
  readonly causal: boolean;
  readonly needWeights: boolean;
}

const plain = { heads: 12, depth: 64, causal: false, needWeights: false };
const square = (length: number): Pick<Workload, 'queries' | 'keys'> => ({ queries: length, keys: length });

export const workloads: readonly Workload[] = [
  ...[16, 64, 128, 256, 512, 1024, 2048].map((length) => ({ name: `L = ${length}`, ...plain, ...square(length) })),
  { name: '8 heads, L = 197 (ViT)', ...plain, heads: 8, ...square(197) },
  { name: '16 heads, L = 512 causal', ...plain, heads: 16, causal: true, ...square(512) },
  { name: 'decode: 1 x 1024', ...plain, queries: 1, keys: 1024 },
  ...[512, 1024].map((length) => ({
    name: `L = ${length} with weights`,
    ...plain,
    needWeights: true,
    ...square(length),
  })),
];

/** Floating-point operations of the two products, as if nothing were masked. */
export function operations({ heads, queries, keys, depth }: Workload): number {
  return 4 * heads * queries * keys * depth;
}
