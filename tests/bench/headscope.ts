import { load, type Flavour } from 'headscope';
import type { Contestant, Result } from './contestant.js';

/** As a page calls it: typed arrays in and out. */
export async function headscopeArrays(flavour: Flavour): Promise<Contestant> {
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
