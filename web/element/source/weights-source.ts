import type { Scene } from '../scene.js';
import { sharedPool } from './shared-attention-pool.js';

export interface WeightsListener {
  readonly signal: AbortSignal;
  /** Weights of one head, (queries, keys) row-major, as soon as they are known. */
  onHead(head: number, weights: Float32Array): void;
  onProgress(fraction: number): void;
}

/**
 * Gives the weights of every head of a scene: those that were given, or else computed in the shared pool.
 * @returns all of them, (heads, queries, keys)
 * @throws HeadscopeError what the engine says; `Aborted` when the signal fires
 */
export async function produceWeights(scene: Scene, listener: WeightsListener): Promise<Float32Array> {
  const { heads, headsPerSequence, queries, keys, vectors, weights } = scene;
  const cells = queries * keys;
  if (vectors === null) {
    const given = weights ?? new Float32Array(0);
    for (let head = 0; head < heads; ++head) listener.onHead(head, given.subarray(head * cells, (head + 1) * cells));
    return given;
  }
  const sequences = heads / headsPerSequence;
  const shape = (length: number): number[] => [sequences, headsPerSequence, length, vectors.depth];
  const pool = await sharedPool();
  const result = await pool.attention(
    { data: vectors.query, shape: shape(queries) },
    { data: vectors.key, shape: shape(keys) },
    null,
    {
      scale: vectors.scale,
      causal: scene.knobs.causal,
      needWeights: true,
      signal: listener.signal,
      onProgress: (fraction) => listener.onProgress(fraction),
      onHead: (batch, head, matrix) => listener.onHead(batch * headsPerSequence + head, matrix),
    },
  );
  return result.weights?.data ?? new Float32Array(0);
}
