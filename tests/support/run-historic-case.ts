import { additiveAttentionFromStateDict, type SingleHeadOptions } from 'headscope/layers';
import { inputOf, stateDictOf, type Case, type CaseTensor } from './cases.js';
import type { LayerOperations } from './layer-operations.js';

function sequences(golden: Case): [query: CaseTensor, key: CaseTensor, value: CaseTensor] {
  return [inputOf(golden, 'query'), inputOf(golden, 'key'), inputOf(golden, 'value')];
}

function options({ attrs, inputs }: Case): SingleHeadOptions {
  return { causal: attrs['causal'] === true, mask: inputs['mask'], needWeights: true, needScores: true };
}

export const historicOperations: LayerOperations = {
  additive_attention(engine, golden) {
    const parameters = additiveAttentionFromStateDict(stateDictOf(golden));
    return { ...engine.additiveAttention(...sequences(golden), parameters, options(golden)) };
  },
  multiplicative_attention(engine, golden) {
    const weight = golden.inputs['W_a.weight'];
    return { ...engine.multiplicativeAttention(...sequences(golden), { ...options(golden), weight }) };
  },
  linear_attention(engine, golden) {
    const causal = golden.attrs['causal'] === true;
    return { ...engine.linearAttention(...sequences(golden), { causal, needWeights: true }) };
  },
};
