import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import createModule from '#glue';
import { describe, expect, it, vi } from 'vitest';
import { load, type Headscope, type Tensor } from 'headscope';
import { Headscope as HeadscopeOverModule } from '../../wasm-bindings/js/headscope.js';
import type { Module } from '../../wasm-bindings/js/module.js';
import { distFolder } from '../browser/support/paths.js';
import { largestDifference, referenceAttention, seededTensor } from '../support/reference-attention.js';

const wasm = join(distFolder, 'headscope.simd.wasm');

/** An instance of its own of the package's engine, and its memory. */
async function freshEngine(): Promise<{ engine: Headscope; memory: WebAssembly.Memory }> {
  const instantiate = vi.spyOn(WebAssembly, 'instantiate');
  try {
    const engine = await load({ wasmBinary: await readFile(wasm) });
    const { exports } = (await instantiate.mock.results[0]?.value) as unknown as WebAssembly.Instance;
    const memory = Object.values(exports).find((value) => value instanceof WebAssembly.Memory);
    if (memory === undefined) throw new Error('the instance exports no memory');
    return { engine, memory };
  } finally {
    instantiate.mockRestore();
  }
}

/** The module under the package's engine, to look at its heap and to interfere. */
async function freshModule(): Promise<Module> {
  const compiled = await WebAssembly.compile(await readFile(wasm));
  return createModule({
    instantiateWasm(imports, done) {
      void WebAssembly.instantiate(compiled, imports).then((instance) => done(instance, compiled));
      return {};
    },
  });
}

/** Where blocks of several sizes would go: the same again if and only if nothing is kept that was not there before. */
function heapProbe(module: Module): number[] {
  const pointers = [16, 256, 4096, 65536, 2 ** 20].map((bytes) => module._malloc(bytes));
  for (const pointer of pointers) module._free(pointer);
  return pointers;
}

const linear = (seed: number, out: number, inner: number) => ({
  weight: seededTensor(seed, out, inner),
  bias: seededTensor(seed + 1, out),
});
const parameters = {
  query: linear(1, 32, 32),
  key: linear(3, 32, 32),
  value: linear(5, 32, 32),
  output: linear(7, 32, 32),
};
const patchParameters = { qkv: seededTensor(11, 3 * 2 * 5, 32), output: linear(9, 32, 2 * 5) };

function callEverything(engine: Headscope, query: Tensor, x: Tensor): void {
  engine.attention(query, query, query, { needWeights: true, needLogSumExp: true, causal: true });
  engine.selfAttention(x, {
    query: parameters.query.weight,
    key: parameters.key.weight,
    value: parameters.value.weight,
  });
  engine.linear(x, parameters.query);
  engine.sinusoidalPositions(9, 7);
  expect(() => engine.attention(query, x, query)).toThrow(/^key: /);
}

function useLayers(engine: Headscope, x: Tensor): void {
  for (const layer of [
    engine.createSelfAttention(parameters),
    engine.createMultiHeadAttention(parameters, { heads: 4 }),
    engine.createPatchAttention(patchParameters, { heads: 2, headDim: 5 }),
  ]) {
    layer.forward(x);
    layer.dispose();
  }
  expect(() => engine.createMultiHeadAttention(parameters, { heads: 5 })).toThrow(/^heads: /);
}

function useHandles(engine: Headscope, query: Tensor): void {
  using resident = engine.createTensor(query);
  using output = engine.createTensor({ shape: query.shape });
  engine.attentionInto({ output }, resident, resident, resident, { alibi: true, window: { left: 2 } });
  using session = engine.attentionSession(resident, resident, null, { causal: true });
  session.tile(0, { width: 3, height: 2 });
  session.topK(0, 1, 2);
  using cache = engine.createKeyValueCache({ batch: 2, kvHeads: 3, headDim: 5 });
  for (let token = 0; token < 3; ++token) cache.attention(query, query, query);
  expect(() => cache.append(query, [[1]])).toThrow(/^value: /);
  engine.rotaryEmbedding(query, { dim: 4 });
}

describe('the heap', () => {
  const query = seededTensor(1, 2, 3, 9, 5);
  const x = seededTensor(2, 9, 32);

  it('is where it was after 10,000 calls, 1,000 layers and 1,000 other handles', async () => {
    const module = await freshModule();
    const engine = new HeadscopeOverModule(module, 'simd');
    for (let call = 0; call < 10; ++call) callEverything(engine, query, x);
    useLayers(engine, x);
    useHandles(engine, query);
    const before = heapProbe(module);
    const bytes = module.HEAPU8.length;
    // Each turn makes five calls, one of which fails.
    for (let turn = 0; turn < 2000; ++turn) callEverything(engine, query, x);
    // Each turn makes three layers, and a fourth that fails.
    for (let turn = 0; turn < 334; ++turn) useLayers(engine, x);
    // Each turn makes four handles, and asks for something that fails.
    for (let turn = 0; turn < 250; ++turn) useHandles(engine, query);
    expect(heapProbe(module)).toEqual(before);
    expect(module.HEAPU8.length).toBe(bytes);
    expect(engine.liveHandles).toBe(0);
  });

  it('grows by at most 8 MB beyond the arguments for 32,768 keys', async () => {
    const { engine, memory } = await freshEngine();
    const length = 32768;
    using key = engine.createTensor(seededTensor(1, length, 64));
    using value = engine.createTensor(seededTensor(2, length, 64));
    const some = seededTensor(3, 300, 64);
    const before = memory.buffer.byteLength;
    const result = engine.attention(some, key, value, { causal: true, alignment: 'bottom-right' });
    expect(memory.buffer.byteLength - before).toBeLessThanOrEqual(8 * 2 ** 20);
    expect(result.output.data.some((number) => number !== 0)).toBe(true);
  });

  it('of the package stays as large as it was', async () => {
    const { engine, memory } = await freshEngine();
    const large = seededTensor(3, 1, 1, 600, 64);
    // Beyond the memory that is kept, so that each call allocates and frees.
    const results = { needWeights: true, needLogSumExp: true };
    const many = seededTensor(4, 1, 12, 600, 64);
    for (const tensor of [many, large, many]) engine.attention(tensor, tensor, tensor, results);
    const before = memory.buffer.byteLength;
    for (let call = 0; call < 10; ++call) engine.attention(many, many, many, results);
    for (let call = 0; call < 2000; ++call) callEverything(engine, query, x);
    for (let turn = 0; turn < 334; ++turn) useLayers(engine, x);
    expect(memory.buffer.byteLength).toBe(before);
    expect(engine.liveHandles).toBe(0);
  });

  it('sees a leak', async () => {
    const module = await freshModule();
    const before = heapProbe(module);
    module._malloc(8);
    expect(heapProbe(module)).not.toEqual(before);
  });
});

describe('growth of the memory', () => {
  it('in the middle of a call is survived', async () => {
    const module = await freshModule();
    let grown = 0;
    // Every call of the core first takes more memory than there is, as a kernel that needs room would.
    const growing = new Proxy(module, {
      get(target, name: keyof Module) {
        const property = target[name];
        if (typeof property !== 'function' || !name.startsWith('_') || ['_malloc', '_free'].includes(name))
          return property;
        return (...given: unknown[]) => {
          const view = target.HEAPU8;
          target._free(target._malloc(view.length));
          grown += view.length === 0 ? 1 : 0;
          return (property as (...given: unknown[]) => unknown)(...given);
        };
      },
    });
    const engine = new HeadscopeOverModule(growing, 'simd');
    const query = seededTensor(5, 2, 2, 7, 6);
    const expected = referenceAttention(query, query, query);
    for (let call = 0; call < 3; ++call) {
      const { output, weights } = engine.attention(query, query, query, { needWeights: true });
      expect(largestDifference(output.data, expected.output)).toBeLessThan(4e-6);
      expect(largestDifference(weights?.data ?? [], expected.weights)).toBeLessThan(4e-6);
    }
    const ones = { weight: [[1, 1]] };
    expect([...engine.linear([[1, 2]], ones).data]).toEqual([3]);
    expect([...engine.sinusoidalPositions(1, 2).data]).toEqual([0, 1]);
    const steps = engine.selfAttention([[2]], { query: [[1]], key: [[1]], value: [[3]] }, { scale: 1 });
    expect([steps.scores, steps.weights, steps.output].map(({ data }) => data[0])).toEqual([4, 1, 6]);
    expect(grown).toBeGreaterThan(3);
  });

  it('by the calls themselves leaves right numbers', async () => {
    const { engine, memory } = await freshEngine();
    const before = memory.buffer.byteLength;
    for (const length of [10, 300, 900, 1500, 2500]) {
      const query = seededTensor(length, 1, 1, length, 3);
      const { weights } = engine.attention(query, query, query, { needWeights: true });
      const expected = referenceAttention(query, query, query);
      expect(largestDifference(weights?.data ?? [], expected.weights)).toBeLessThan(4e-6);
    }
    expect(memory.buffer.byteLength).toBeGreaterThan(before);
  });
});

describe('results', () => {
  it('are copies that later calls leave alone', async () => {
    const engine = await load();
    const first = engine.attention([[0]], [[1]], [[5]], { needWeights: true });
    engine.attention([[0]], [[1]], [[7]], { needWeights: true });
    expect([...first.output.data]).toEqual([5]);
    first.output.data[0] = 9;
    expect([...engine.attention([[0]], [[1]], [[5]]).output.data]).toEqual([5]);
  });

  it('do not change or hold what was passed in', async () => {
    const engine = await load();
    const query = seededTensor(8, 4, 4);
    const before = query.data.slice();
    const { output } = engine.attention(query, query, query);
    expect(query.data).toEqual(before);
    expect(output.data.buffer).not.toBe(query.data.buffer);
    expect(output.data.buffer.byteLength).toBe(output.data.byteLength);
  });
});

describe('a layer', () => {
  it('counts while it lives, and is refused afterwards', async () => {
    const engine = await load();
    const before = engine.liveHandles;
    const x = seededTensor(2, 9, 32);
    const layer = engine.createMultiHeadAttention(parameters, { heads: 4 });
    expect(engine.liveHandles).toBe(before + 1);
    const { output } = layer.forward(x);
    layer.dispose();
    layer.dispose();
    expect(engine.liveHandles).toBe(before);
    expect(() => layer.forward(x)).toThrow('layer: expected a layer in use, got a disposed one');
    expect(() => layer.forward(x)).toThrow(expect.objectContaining({ code: 'Disposed' }) as Error);
    expect(output.shape).toEqual([9, 32]);
  });

  it('is disposed of by `using`', async () => {
    const engine = await load();
    const before = engine.liveHandles;
    {
      using layer = engine.createSelfAttention(parameters);
      expect(engine.liveHandles).toBe(before + 1);
      expect(layer.forward(seededTensor(2, 9, 32)).output.shape).toEqual([9, 32]);
    }
    expect(engine.liveHandles).toBe(before);
  });

  it('does not depend on what it was made from', async () => {
    const engine = await load();
    const weight = { data: Float32Array.of(2), shape: [1, 1] };
    using layer = engine.createSelfAttention({ query: { weight }, key: { weight }, value: { weight } });
    weight.data[0] = 100;
    expect([...layer.forward([[3]]).output.data]).toEqual([6]);
  });
});
