import type { Tensor } from 'headscope';

/** The options of attention over (B, H, L, D) that the reference knows, in plain numbers. */
export interface ReferenceOptions {
  readonly scale?: number | undefined;
  readonly softcap?: number | undefined;
  readonly causal?: boolean | undefined;
  readonly window?: { readonly left?: number | undefined; readonly right?: number | undefined } | undefined;
  readonly alignment?: 'top-left' | 'bottom-right' | undefined;
  readonly alibi?: Tensor | undefined;
  readonly sinks?: Tensor | undefined;
  readonly keyLengths?: readonly number[] | undefined;
  readonly dropout?: { readonly probability: number; readonly seed: number } | undefined;
  readonly mask?: { readonly data: Float32Array | Uint8Array; readonly shape: readonly number[] } | undefined;
}

function mix(word: number): number {
  let x = word ^ (word >>> 16);
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 1 / (1 - probability) where dropout keeps a weight, else 0. */
function kept(
  { probability, seed }: { probability: number; seed: number },
  head: number,
  i: number,
  j: number,
): number {
  const step = (index: number): number => Math.imul(0x9e3779b9, index + 1);
  const row = mix(mix(seed ^ step(head)) + i);
  return mix(row + step(j)) >= Math.floor(probability * 2 ** 32) ? 1 / (1 - probability) : 0;
}

/** An element of a mask that is broadcast to (B, H, Lq, Lk), as a number that is added. */
function maskBias(mask: NonNullable<ReferenceOptions['mask']>, at: readonly number[]): number {
  let index = 0;
  mask.shape.forEach((extent, axis) => {
    const place = at[at.length - mask.shape.length + axis] as number;
    index = index * extent + (extent === 1 ? 0 : place);
  });
  const value = mask.data[index] as number;
  if (mask.data instanceof Uint8Array) return value === 0 ? -Infinity : 0;
  return value;
}

/**
 * Attention of query (B, Hq, Lq, D), key (B, Hkv, Lk, D) and value (B, Hkv, Lk, Dv) in double precision, one number after
 * the other: it shares no code with the core and no expression with the core's own reference.
 */
export function referenceOperator(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: ReferenceOptions,
): { output: Float64Array; weights: Float64Array } {
  const [B, H, Lq, D] = query.shape as [number, number, number, number];
  const [, Hkv, Lk, Dv] = value.shape as [number, number, number, number];
  const output = new Float64Array(B * H * Lq * Dv);
  const weights = new Float64Array(B * H * Lq * Lk);
  const { softcap = 0, window, dropout } = options;
  const bound = (size: number | undefined): number => (size === undefined || size === -1 ? Infinity : size);
  for (let row = 0; row < B * H * Lq; ++row) {
    const i = row % Lq;
    const head = Math.floor(row / Lq);
    const h = head % H;
    const b = Math.floor(head / H);
    const kv = b * Hkv + Math.floor(h / (H / Hkv));
    const keys = options.keyLengths?.[b] ?? Lk;
    const position = i + (options.alignment === 'bottom-right' ? keys - Lq : 0);
    const scores = Array.from({ length: Lk }, (_, j) => {
      if (j >= keys || (options.causal === true && j > position)) return -Infinity;
      if (position - j > bound(window?.left) || j - position > bound(window?.right)) return -Infinity;
      let score = 0;
      for (let d = 0; d < D; ++d) {
        score += (query.data[row * D + d] as number) * (key.data[(kv * Lk + j) * D + d] as number);
      }
      score *= options.scale ?? 1 / Math.sqrt(D);
      if (softcap > 0) score = softcap * Math.tanh(score / softcap);
      if (options.alibi !== undefined) score -= (options.alibi.data[h] as number) * Math.abs(position - j);
      return options.mask === undefined ? score : score + maskBias(options.mask, [b, h, i, j]);
    });
    if (scores.every((score) => score === -Infinity)) continue;
    const sink = options.sinks === undefined ? -Infinity : (options.sinks.data[h] as number);
    const most = Math.max(sink, ...scores);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - most), Math.exp(sink - most));
    scores.forEach((score, j) => {
      const weight = (Math.exp(score - most) / total) * (dropout === undefined ? 1 : kept(dropout, head, i, j));
      weights[row * Lk + j] = weight;
      for (let d = 0; d < Dv; ++d) {
        output[row * Dv + d] =
          (output[row * Dv + d] as number) + weight * (value.data[(kv * Lk + j) * Dv + d] as number);
      }
    });
  }
  return { output, weights };
}
