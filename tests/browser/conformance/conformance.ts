import { HeadscopeError, load, type Tensor } from 'headscope';
import { loadLayers } from 'headscope/layers';
import { AttentionPool, configure } from 'headscope/pool';
import { readCases } from '../../support/cases.js';
import { ONNX_OPERATORS, onnxFailuresOf } from '../../support/onnx-case.js';
import { layerOperations } from '../../support/layer-operations.js';
import { failuresOf } from '../../support/run-case.js';
import { seededTensor } from '../../support/reference-attention.js';
import { Checks, equal } from './verdict.js';

/** Where Trusted Types are enforced, a page that starts workers of its own needs a policy of its own. */
const { trustedTypes } = globalThis as {
  readonly trustedTypes?: { createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy };
};
interface ScriptPolicy {
  createScriptURL(url: string): string;
}
const policy = trustedTypes?.createPolicy('headscope', { createScriptURL: (url) => url });
const scriptUrl = (url: string): string => policy?.createScriptURL(url) ?? url;

const checks = new Checks();

/** Reads files of a folder of cases. */
const filesOf =
  (folder: string) =>
  async (file: string): Promise<ArrayBuffer> =>
    (await fetch(`/${folder}/${file}`)).arrayBuffer();

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof HeadscopeError ? error.code : String(error)),
  );
}

function sameBits(what: string, got: Tensor | undefined, expected: Tensor | undefined): string[] {
  const bits = (tensor: Tensor | undefined) => tensor && new Uint32Array(tensor.data.slice().buffer);
  const [left, right] = [bits(got), bits(expected)];
  const same =
    left !== undefined && left.length === right?.length && left.every((word, index) => word === right[index]);
  return same ? [] : [`${what} differs`];
}

await checks.run('load', async () => {
  checks.flavour = (await load()).flavour;
});

const engine = await load();
const layers = await loadLayers();
for (const entry of await readCases(filesOf('golden'))) {
  await checks.run(entry.name, () => failuresOf(entry.op in layerOperations ? layers : engine, entry));
}

// ONNX's own cases, where they are at hand.
if ((await fetch('/onnx/index.json')).ok) {
  const cases = await readCases(filesOf('onnx'), ({ op }) => ONNX_OPERATORS.includes(op));
  for (const entry of cases) await checks.run(entry.name, () => onnxFailuresOf(engine, entry));
}

await checks.run('the same bits in a worker', async () => {
  const tensor = seededTensor(1, 6, 300, 64);
  const expected = engine.attention(tensor, tensor, tensor, { needWeights: true });
  const pool = new AttentionPool();
  const result = await pool.attention(tensor, tensor, tensor, { needWeights: true });
  const flavour = await pool.flavour;
  pool.terminate();
  return [
    ...equal('flavour', flavour, engine.flavour),
    ...sameBits('output', result.output, expected.output),
    ...sameBits('weights', result.weights, expected.weights),
  ];
});

await checks.run('cancelled between heads', async () => {
  const tensor = seededTensor(1, 12, 1024, 64);
  const controller = new AbortController();
  const pool = new AttentionPool();
  let heads = 0;
  const call = pool.attention(tensor, tensor, tensor, {
    signal: controller.signal,
    onHead() {
      ++heads;
      controller.abort();
    },
  });
  const code = await codeOf(call);
  // The worker has stopped by the time it answers this.
  await pool.sinusoidalPositions(1, 2);
  pool.terminate();
  return [...equal('code', code, 'Aborted'), ...(heads < 12 ? [] : ['all heads were computed'])];
});

await checks.run('a module worker of the page', async () => {
  const worker = new Worker(scriptUrl('module-worker.js'), { type: 'module' });
  const answer = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  worker.terminate();
  return equal('answer', answer, { flavour: engine.flavour, output: [3] });
});

await checks.run('a flavour that was asked for', async () =>
  equal('flavour', (await load({ flavour: 'simd' })).flavour, 'simd'),
);

await checks.run('a URL relative to the page', async () => {
  await load({ wasmUrl: '../dist/headscope.simd.wasm' });
});

await checks.run('a file that is not there', async () => {
  const pool = new AttentionPool({ wasmUrl: 'none.wasm' });
  return [
    ...equal('code', await codeOf(load({ wasmUrl: 'none.wasm' })), 'LoadFailed'),
    ...equal('code in a worker', await codeOf(pool.linear([[1]], { weight: [[1]] })), 'LoadFailed'),
  ];
});

/** One pool through workers that fail in every way, and one that does not. */
await checks.run('workers that die', async () => {
  const pool = new AttentionPool();
  const call = (): Promise<string> => codeOf(pool.sinusoidalPositions(1, 2));
  const withWorker = (script: string) =>
    configure({ createWorker: () => new Worker(scriptUrl(script), { type: 'module' }) });
  const problems: string[] = [];
  withWorker('none.js');
  problems.push(...equal('without a script', await call(), 'LoadFailed'));
  withWorker('dead-worker.js');
  problems.push(...equal('with a script that throws', await call(), 'LoadFailed'));
  withWorker('dying-worker.js');
  // Both calls wait when the worker dies.
  problems.push(...equal('in the middle', await Promise.all([call(), call()]), ['WorkerFailed', 'WorkerFailed']));
  configure({
    createWorker() {
      throw new DOMException('not here', 'SecurityError');
    },
  });
  problems.push(...equal('where workers are forbidden', await call(), 'LoadFailed'));
  configure({ createWorker: undefined });
  problems.push(...equal('at last', await call(), 'none'));
  pool.terminate();
  return problems;
});

checks.show();
