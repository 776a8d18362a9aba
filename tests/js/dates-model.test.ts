import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTensors } from 'headscope/readers';
import { repositoryRoot } from '../browser/support/paths.js';
import { FLAVOURS, loadLayersFlavour } from '../support/flavours.js';
import { largestDifference } from '../support/reference-attention.js';

/** What the training script recorded: PyTorch's own results. */
interface Recorded {
  readonly sizes: { readonly heads: number };
  readonly activation: 'relu' | 'gelu';
  readonly normFirst: boolean;
  readonly target: { readonly vocabulary: readonly string[]; readonly steps: number };
  readonly examples: readonly {
    readonly source: readonly number[];
    readonly output: string;
    /** With start and end. */
    readonly target: readonly number[];
    /** Of some examples only. */
    readonly logits?: readonly (readonly number[])[];
    readonly 'decoder.layers.0.multihead_attn.weights'?: readonly (readonly (readonly number[])[])[];
  }[];
}

const folder = join(repositoryRoot, 'web/models');
const weightsName = 'decoder.layers.0.multihead_attn.weights';
const read = async (file: string): Promise<object> => JSON.parse(await readFile(join(folder, file), 'utf8')) as object;
const recorded = { ...(await read('dates.json')), ...(await read('dates.examples.json')) } as Recorded;
const tensors = readTensors('dates.safetensors', await readFile(join(folder, 'dates.safetensors')));
const stateDict = Object.fromEntries(tensors.map(({ name, tensor }) => [name, tensor]));

it('has examples with all that is compared', () => {
  expect(recorded.examples.filter(({ logits, ...rest }) => logits && rest[weightsName]).length).toBeGreaterThan(1);
});

describe.each(FLAVOURS)('dates, %s', (flavour) => {
  it.each(recorded.examples.map((example, index) => [`${index}: ${example.output}`, example] as const))(
    '%s',
    async (_, example) => {
      const engine = await loadLayersFlavour(flavour);
      const { activation, normFirst, sizes } = recorded;
      const model = engine.createTransformer(stateDict, { activation, normFirst, heads: sizes.heads });
      const { vocabulary, steps } = recorded.target;
      const [start, end] = [vocabulary.indexOf('<start>'), vocabulary.indexOf('<end>')];
      const search = { start, end, maxLength: steps, capture: [weightsName, 'logits'] };
      const { tokens, captured } = model.greedy(example.source, search);
      expect(tokens[0]?.map((token) => vocabulary[token]).join('')).toBe(example.output);
      const [best] = model.beamSearch(example.source, search)[0] ?? [];
      expect(best?.tokens).toEqual(tokens[0]);
      const logits = example.logits?.flat();
      if (logits !== undefined) expect(largestDifference(captured['logits']?.data ?? [], logits)).toBeLessThan(2e-5);
      const weights = example[weightsName]?.flat(2);
      if (weights !== undefined)
        expect(largestDifference(captured[weightsName]?.data ?? [], weights)).toBeLessThan(2e-6);
      model.dispose();
      expect(engine.liveHandles).toBe(0);
    },
  );
});
