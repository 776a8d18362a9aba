import { AttentionPool } from 'headscope/pool';
import type { Call, Contestant } from './contestant.js';

/** Workers, in a page without any header; inputs and results stay with them. */
export function headscopePool(workers: number): Contestant {
  // Other contestants take their time between two calls.
  const pool = new AttentionPool({ workers, idleTimeout: 3_600_000 });
  return {
    prepare(inputs, { heads, queries, keys, causal, needWeights }) {
      const query = pool.createTensor(inputs.query);
      const key = pool.createTensor(inputs.key);
      const value = pool.createTensor(inputs.value);
      const output = pool.createTensor({ shape: inputs.query.shape });
      const weights = needWeights ? pool.createTensor({ shape: [1, heads, queries, keys] }) : undefined;
      return Promise.resolve<Call>({
        run: () => pool.attentionInto({ output, weights }, query, key, value, { causal }),
        result: async () => ({ output: (await output.read()).data, weights: (await weights?.read())?.data }),
        release() {
          for (const tensor of [query, key, value, output, weights]) tensor?.dispose();
        },
      });
    },
  };
}
