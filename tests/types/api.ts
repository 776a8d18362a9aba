// What must and what must not compile. The type checker is the test: an error that is expected and does not come is one too.
import {
  configure,
  load,
  multiHeadAttentionFromStateDict,
  toTensor,
  type AttentionResult,
  type HeadscopeError,
  type LinearParameters,
  type Tensor,
} from 'headscope';
import { AttentionPool, type PoolSession, type PoolTensor } from 'headscope/pool';

const engine = await load();
const matrix: Tensor = { data: new Float32Array(4), shape: [2, 2] };
const linear: LinearParameters = { weight: matrix };

// Everything that stands for a tensor.
engine.attention([[1]], { data: [1], shape: [1, 1] }, { data: new Float64Array(1), shape: [1, 1] });
engine.attention([[[[1]]]] as const, matrix, null, { scale: 2, causal: true, mask: [[true]], needWeights: true });
engine.attention(matrix, matrix, matrix, { mask: { data: new Uint8Array(4), shape: [2, 2] } });
engine.attention(matrix, matrix, matrix, { mask: { data: [true, false], shape: [2] } });
engine.attention(matrix, matrix, matrix, { mask: [0, -Infinity], scale: undefined });

// @ts-expect-error words are no numbers
engine.attention([['a']], matrix, matrix);
// @ts-expect-error a typed array needs its shape
engine.attention(new Float32Array(4), matrix, matrix);
// @ts-expect-error a shape has numbers
toTensor({ data: [1], shape: ['1'] });
// @ts-expect-error there are no tensors of booleans but masks
toTensor([true]);
// @ts-expect-error a key is needed
engine.attention(matrix);
// @ts-expect-error only a value may be left out
engine.attention(matrix, null, matrix);
// @ts-expect-error the option is called `causal`
engine.attention(matrix, matrix, matrix, { isCausal: true });
// @ts-expect-error a scale is a number
engine.attention(matrix, matrix, matrix, { scale: '1' });
// @ts-expect-error a mask is of numbers or of booleans
engine.attention(matrix, matrix, matrix, { mask: ['x'] });

// All options of the scores.
engine.attention(matrix, matrix, matrix, {
  softcap: 20,
  window: { left: 3 },
  alignment: 'bottom-right',
  alibi: true,
  sinks: [0.5],
  keyLengths: new Int32Array(1),
  dropout: { probability: 0.1, seed: 7 },
  needScores: 'biased',
  heads: 4,
  kvHeads: 2,
});
// @ts-expect-error a window has two sides
engine.attention(matrix, matrix, matrix, { window: 3 });
// @ts-expect-error dropout needs a seed
engine.attention(matrix, matrix, matrix, { dropout: { probability: 0.1 } });
// @ts-expect-error there is no such stage
engine.attention(matrix, matrix, matrix, { needScores: 'logits' });
// @ts-expect-error where a call stands in a whole is not for callers
engine.attention(matrix, matrix, matrix, { origin: { head: 0, query: 0, queryLength: 1, heads: 1 } });

// What lives in WebAssembly memory.
{
  using resident = engine.createTensor(matrix);
  using target = engine.createTensor({ shape: [2, 2] });
  engine.attentionInto({ output: target }, resident, resident, resident, { causal: true });
  // @ts-expect-error only outputs that are asked for by a target
  engine.attentionInto({ output: target }, resident, resident, resident, { needWeights: true });
  // @ts-expect-error a target is in WebAssembly memory
  engine.attentionInto({ output: matrix }, resident, resident, resident);
  using cache = engine.createKeyValueCache({ kvHeads: 1, headDim: 2, window: 8 });
  cache.attention(resident, matrix, matrix, { softcap: 3 });
  // @ts-expect-error a cache knows its positions
  cache.attend(matrix, { alignment: 'top-left' });
  using session = engine.attentionSession(matrix, matrix, null, { causal: true });
  session.tile(0, { rows: { first: 0, count: 1 }, width: 1, height: 1, pooling: 'mean' }) satisfies Tensor;
  // @ts-expect-error weights that are looked at are whole
  engine.attentionSession(matrix, matrix, null, { dropout: { probability: 0.1, seed: 7 } });
}
engine.rotaryEmbedding(matrix, { interleaved: true, positions: [0, 1] }) satisfies Tensor;
engine.alibiSlopes(8) satisfies Float32Array;

// Results that have to be asked for may be missing.
const result: AttentionResult = engine.attention(matrix, matrix, matrix, { needWeights: true });
const output: Float32Array = result.output.data;
// @ts-expect-error it is there only if it was asked for
const weights: Tensor = result.weights;
// @ts-expect-error results are not written to as a whole
result.output = matrix;
// @ts-expect-error nor are their shapes
result.output.shape[0] = 1;

// @ts-expect-error all three projections are needed
engine.selfAttention(matrix, { query: matrix, key: matrix });
// @ts-expect-error there is no such flavour
void load({ flavour: 'fast' });
// @ts-expect-error a weight is needed
engine.linear(matrix, { bias: [1] });

// Layers.
const layer = engine.createMultiHeadAttention(
  { query: linear, key: linear, value: linear, output: linear },
  { heads: 2 },
);
layer.forward(matrix, matrix, matrix, { causal: true, needWeights: true });
{
  using scoped = engine.createSelfAttention({ query: linear, key: linear, value: linear });
  scoped.forward(matrix, { causal: true });
}
layer.forward(matrix, matrix, matrix, { mask: [[true]], keyPaddingMask: [[false]], averageWeights: true });
engine.createMultiHeadAttention(multiHeadAttentionFromStateDict(new Map([['in_proj_weight', matrix]])), {
  heads: 2,
  addZeroAttention: true,
  batchFirst: false,
});
// @ts-expect-error an output layer is needed
engine.createMultiHeadAttention({ query: linear, key: linear, value: linear }, { heads: 2 });
// @ts-expect-error the number of heads is needed
engine.createMultiHeadAttention({ query: linear, key: linear, value: linear, output: linear });
// @ts-expect-error the size of a head is needed
engine.createPatchAttention({ qkv: matrix }, { heads: 2 });
// @ts-expect-error patches look at all patches
engine.createPatchAttention({ qkv: matrix }, { heads: 2, headDim: 1 }).forward(matrix, { causal: true });
// @ts-expect-error a layer has no such method
'free' satisfies keyof typeof layer;

// In workers everything is a promise.
const pool = new AttentionPool({ flavour: 'simd', workers: 2, idleTimeout: Infinity });
const promised: Promise<AttentionResult> = pool.attention(matrix, matrix, null, {
  signal: AbortSignal.timeout(1),
  onProgress: (fraction: number) => fraction,
  onHead: (batch: number, head: number, row: Float32Array) => [batch, head, row],
});
// @ts-expect-error it is not there yet
const early: AttentionResult = pool.attention(matrix, matrix, matrix);
// @ts-expect-error the engine works at once and cannot be aborted
engine.attention(matrix, matrix, matrix, { signal: AbortSignal.timeout(1) });

const resident: PoolTensor = pool.createTensor({ shape: [2, 2] });
const done: Promise<void> = pool.attentionInto({ output: resident }, matrix, resident, matrix, { causal: true });
const session: PoolSession = await pool.attentionSession(matrix, resident, null, { causal: true });
void session.tile(0, { width: 8, onProgress: (fraction: number) => fraction, signal: AbortSignal.timeout(10) });
const pictures: Promise<Tensor[]> = session.overview({
  width: 2,
  pooling: 'mean',
  signal: AbortSignal.timeout(1),
  onHead: (head: number, picture: Tensor) => [head, picture],
});
// @ts-expect-error there is no dropout where weights are looked at
void pool.attentionSession(matrix, matrix, null, { dropout: { probability: 0.1, seed: 1 } });
// @ts-expect-error results need a tensor of the pool
void pool.attentionInto({ output: matrix }, matrix, matrix, matrix);

configure({ createWorker: () => new Worker('worker.js', { type: 'module' }), load: { wasmUrl: '/headscope.wasm' } });
// @ts-expect-error there is no such option
configure({ workerUrl: 'worker.js' });

/** Every code is known to the compiler. */
export function isAbort(error: HeadscopeError): boolean {
  // @ts-expect-error there is no such code
  if (error.code === 'Cancelled') return true;
  return error.code === 'Aborted';
}

export { done, early, output, pictures, promised, weights };
