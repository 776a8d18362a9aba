import type { PoolSession } from '../../../wasm-bindings/js/worker/pool-session.js';
import { alibiSlope } from '../../views/positions.js';
import type { Scene, Vectors } from '../scene.js';
import { sharedPool } from './shared-attention-pool.js';

/** The knobs as the engine takes them. */
function scoreOptions({ knobs, headsPerSequence }: Scene, { scale }: Vectors) {
  const { temperature, softcap, causal, window, positions } = knobs;
  const slopes = Float32Array.from(
    { length: headsPerSequence },
    (_, head) => alibiSlope(head, headsPerSequence) / temperature,
  );
  // The temperature divides the scores last; in softcap·tanh(scale·q·k / softcap) − slope·distance that is the same as
  // dividing scale, softcap and slope.
  return {
    scale: scale / temperature,
    softcap: softcap / temperature,
    causal,
    window: window === undefined ? undefined : { left: window, right: window },
    alibi: positions === 'alibi' ? { data: slopes, shape: [headsPerSequence] } : undefined,
  };
}

async function prepared(scene: Scene, vectors: Vectors, signal: AbortSignal) {
  const { heads, headsPerSequence, queries, keys } = scene;
  const { depth } = vectors;
  const pool = await sharedPool();
  signal.throwIfAborted();
  const tensor = async (data: Float32Array, length: number) => {
    const given = { data, shape: [heads / headsPerSequence, headsPerSequence, length, depth] };
    if (scene.knobs.positions !== 'rotary' || depth < 2) return given;
    return pool.rotaryEmbedding(given, { dim: depth - (depth % 2), signal });
  };
  const [query, key] = await Promise.all([tensor(vectors.query, queries), tensor(vectors.key, keys)]);
  return { pool, query, key, options: { ...scoreOptions(scene, vectors), signal } };
}

export interface WeightsListener {
  /** Weights of one head, (queries, keys) row-major, as soon as they are known. */
  onHead(head: number, weights: Float32Array): void;
  onProgress(fraction: number): void;
}

/**
 * Computes the weights of all heads of a scene.
 *
 * @returns (heads, queries, keys)
 * @throws (rejects) HeadscopeError what the engine says; `Aborted` when the signal fires
 */
export async function computeWeights(
  scene: Scene,
  vectors: Vectors,
  signal: AbortSignal,
  listener: WeightsListener,
): Promise<Float32Array> {
  const { pool, query, key, options } = await prepared(scene, vectors, signal);
  const result = await pool.attention(query, key, null, {
    ...options,
    needWeights: true,
    onProgress: (fraction) => listener.onProgress(fraction),
    onHead: (sequence, head, matrix) => listener.onHead(sequence * scene.headsPerSequence + head, matrix),
  });
  return result.weights?.data ?? new Float32Array(0);
}

/** Has the engine keep queries and keys, so that any of the weights can be had. Errors as above. */
export async function openSession(scene: Scene, vectors: Vectors, signal: AbortSignal): Promise<PoolSession> {
  const { pool, query, key, options } = await prepared(scene, vectors, signal);
  return pool.attentionSession(query, key, null, options);
}
