import { patchAttentionFromStateDict, type Flavour } from 'headscope';
import { loadLayers } from 'headscope/layers';
import type { Call } from '../contestant.js';
import { ENCODER, PATCH, type LayerInputs, type LayerWork } from './layer-work.js';

/** Typed arrays in and out. */
export async function headscopeLayer(flavour: Flavour, work: LayerWork, { parameters, x }: LayerInputs): Promise<Call> {
  const headscope = await loadLayers({ flavour });
  const layer = {
    s2: () => headscope.createS2Attention(parameters),
    patch: () => headscope.createPatchAttention(patchAttentionFromStateDict(parameters), PATCH),
    encoder: () => headscope.createTransformerEncoder(parameters, { heads: ENCODER.heads }),
  }[work.layer]();
  let output = new Float32Array(0);
  return {
    run() {
      output = layer.forward(x).output.data as Float32Array<ArrayBuffer>;
    },
    result: () => ({ output }),
    release: () => layer.dispose(),
  };
}
