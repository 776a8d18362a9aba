import { load, type Flavour, type Headscope, type KeyValueCache } from 'headscope';
import type { Call, Contestant, Inputs, Result } from './contestant.js';
import type { Workload } from './workloads.js';

/** Typed arrays in and out; keys and values in a cache where the work says so. */
export async function headscopeArrays(flavour?: Flavour): Promise<Contestant> {
  const headscope = await load({ flavour });
  return {
    prepare(inputs, workload) {
      const { query, key, value } = inputs;
      const { causal, needWeights } = workload;
      const cache = cacheOf(headscope, inputs, workload);
      const options = { causal, needWeights };
      let result: Result;
      return Promise.resolve({
        run() {
          const { output, weights } =
            cache === undefined ? headscope.attention(query, key, value, options) : cache.attend(query, options);
          result = { output: output.data, weights: weights?.data };
        },
        result: () => result,
        release: () => cache?.dispose(),
      });
    },
  };
}

/** Inputs and results lie in WebAssembly memory, as they do in the best forms of the peers. */
export async function headscopeResident(flavour: Flavour): Promise<Contestant> {
  const headscope = await load({ flavour });
  return {
    prepare(inputs, workload) {
      const { heads, queries, keys, causal, needWeights } = workload;
      const cache = cacheOf(headscope, inputs, workload);
      const query = headscope.createTensor(inputs.query);
      const key = headscope.createTensor(inputs.key);
      const value = headscope.createTensor(inputs.value);
      const output = headscope.createTensor({ shape: inputs.query.shape });
      const weights = needWeights ? headscope.createTensor({ shape: [1, heads, queries, keys] }) : undefined;
      const targets = { output, weights };
      const options = { causal };
      return Promise.resolve<Call>({
        run() {
          if (cache === undefined) headscope.attentionInto(targets, query, key, value, options);
          else cache.attendInto(targets, query, options);
        },
        result: () => ({ output: output.read().data, weights: weights?.read().data }),
        release() {
          for (const handle of [cache, query, key, value, output, weights]) handle?.dispose();
        },
      });
    },
  };
}

function cacheOf(headscope: Headscope, { key, value }: Inputs, workload: Workload): KeyValueCache | undefined {
  if (!workload.cached) return undefined;
  const cache = headscope.createKeyValueCache({ kvHeads: workload.heads, headDim: workload.depth });
  cache.append(key, value);
  return cache;
}
