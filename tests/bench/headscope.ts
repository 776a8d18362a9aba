import { load, type Flavour } from 'headscope';
import type { Contestant, Result } from './contestant.js';

/** Typed arrays in and out. */
export async function headscopeArrays(flavour?: Flavour): Promise<Contestant> {
  const headscope = await load({ flavour });
  return {
    prepare({ query, key, value }, { causal, needWeights }) {
      const options = { causal, needWeights };
      let result: Result;
      return Promise.resolve({
        run() {
          const { output, weights } = headscope.attention(query, key, value, options);
          result = { output: output.data, weights: weights?.data };
        },
        result: () => result,
        release: () => undefined,
      });
    },
  };
}

/** Inputs and results lie in WebAssembly memory, as they do in the best forms of the peers. */
export async function headscopeResident(flavour: Flavour): Promise<Contestant> {
  const headscope = await load({ flavour });
  return {
    prepare({ query, key, value }, { heads, queries, keys, causal, needWeights }) {
      const [q, k, v] = [headscope.createTensor(query), headscope.createTensor(key), headscope.createTensor(value)];
      const output = headscope.createTensor({ shape: query.shape });
      const weights = needWeights ? headscope.createTensor({ shape: [1, heads, queries, keys] }) : undefined;
      const options = { causal };
      return Promise.resolve({
        run: () => headscope.attentionInto({ output, weights }, q, k, v, options),
        result: () => ({ output: output.read().data, weights: weights?.read().data }),
        release() {
          for (const tensor of [q, k, v, output, weights]) tensor?.dispose();
        },
      });
    },
  };
}
