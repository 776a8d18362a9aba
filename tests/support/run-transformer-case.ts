import type { Tensor, TransformerConfiguration } from 'headscope/layers';
import { inputOf, inUse, stateDictOf, type Case } from './cases.js';
import type { LayerOperations } from './layer-operations.js';

/** Attributes and inputs of these cases have the API's own names. */
function configurationOf({ attrs }: Case): TransformerConfiguration {
  return attrs as unknown as TransformerConfiguration;
}

const captureOf = ({ attrs }: Case): readonly string[] => attrs['capture'] as readonly string[];

/** Rows of tokens, filled up with -1. */
function padded(rows: readonly (readonly number[])[], shape: readonly number[]): Tensor {
  const length = shape.at(-1) as number;
  const data = rows.flatMap((row) => [...row, ...Array.from({ length: length - row.length }, () => -1)]);
  return { data: Float32Array.from(data), shape };
}

export const transformerOperations: LayerOperations = {
  transformer(engine, golden) {
    const model = engine.createTransformer(stateDictOf(golden), configurationOf(golden));
    const { sourceMask, sourceKeyPaddingMask, targetMask, targetKeyPaddingMask } = golden.inputs;
    const causal = golden.attrs['causal'] as boolean | undefined;
    const masks = { sourceMask, sourceKeyPaddingMask, targetMask, targetKeyPaddingMask, causal };
    const { output, captured } = inUse(model, () =>
      model.forward(inputOf(golden, 'source'), inputOf(golden, 'target'), { ...masks, capture: captureOf(golden) }),
    );
    return { ...captured, output };
  },
  transformer_encoder(engine, golden) {
    const model = engine.createTransformerEncoder(stateDictOf(golden), configurationOf(golden));
    const { mask, keyPaddingMask } = golden.inputs;
    const causal = golden.attrs['causal'] as boolean | undefined;
    const options = { mask, keyPaddingMask, causal, capture: captureOf(golden) };
    const { output, captured } = inUse(model, () => model.forward(inputOf(golden, 'x'), options));
    return { ...captured, output };
  },
  layer_norm(engine, golden) {
    const { weight, bias } = golden.inputs;
    return { y: engine.layerNorm(inputOf(golden, 'x'), { weight, bias, epsilon: Number(golden.attrs['eps']) }) };
  },
  transformer_decoding(engine, golden) {
    const model = engine.createTransformer(stateDictOf(golden), configurationOf(golden));
    const number = (name: string): number => Number(golden.attrs[name]);
    const search = { start: number('start'), end: number('end'), maxLength: number('maxLength') };
    const beam = { ...search, width: number('width'), lengthPenalty: number('lengthPenalty') };
    const source = inputOf(golden, 'source');
    const shapeOf = (name: string): readonly number[] => golden.outputs[name]?.shape ?? [];
    return inUse(model, () => {
      const hypotheses = model.beamSearch(source, beam).flat();
      return {
        greedy: padded(model.greedy(source, search).tokens, shapeOf('greedy')),
        beams: padded(
          hypotheses.map(({ tokens }) => tokens),
          shapeOf('beams'),
        ),
        scores: { data: Float32Array.from(hypotheses, ({ score }) => score), shape: shapeOf('scores') },
      };
    });
  },
};
