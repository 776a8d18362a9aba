// What must and what must not compile of the layers' entry. The type checker is the test.
import { additiveAttentionFromStateDict, loadLayers, type StateDict, type Tensor } from 'headscope/layers';
import { writeSafetensors } from 'headscope/readers';

const engine = await loadLayers({ flavour: 'simd' });
const x: Tensor = { data: new Float32Array(4), shape: [1, 1, 1, 4] };

const parameters: Record<string, Tensor> = engine.initialise({ 'mlp1.weight': [12, 4] }, { seed: 1, scheme: 'normal' });
const file: Uint8Array<ArrayBuffer> = writeSafetensors(parameters, { dtype: 'F16' });
// @ts-expect-error without a seed nothing is the same twice
engine.initialise({}, { scheme: 'normal' });
// @ts-expect-error there is no such scheme
engine.initialise({}, { seed: 1, scheme: 'orthogonal' });
// @ts-expect-error there is no such dtype
writeSafetensors(parameters, { dtype: 'BF16' });

const layer = engine.createS2Attention(parameters satisfies StateDict, { prefix: 'blocks.0.' });
const weights: Tensor | undefined = layer.forward(x, { inPlace: true, capture: ['mlp1'] }).captured['mlp1'];
layer.forward(x, { capture: 'all' }).output.shape satisfies readonly number[];
// @ts-expect-error the word is `all`
layer.forward(x, { capture: 'mlp1' });
// @ts-expect-error branches are not shifted here
engine.createSplitAttention(parameters).forward(x, { inPlace: true });

engine.additiveAttention(x, x, x, additiveAttentionFromStateDict(new Map()), { mask: [[true]], needScores: true });
engine.multiplicativeAttention(x, x, x, { weight: [[1]], causal: true });
engine.linearAttention(x, x, x, { causal: true, needWeights: true });
// @ts-expect-error there are no scores to be masked
engine.linearAttention(x, x, x, { mask: [[true]] });

export { file, weights };
