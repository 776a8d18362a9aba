import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { multiHeadAttentionFromStateDict } from 'headscope';
import { readTensors } from 'headscope/readers';
import { repositoryRoot } from '../browser/support/paths.js';
import { filesOf } from '../support/case-files.js';
import { readCases } from '../support/cases.js';
import { FLAVOURS, loadFlavour } from '../support/flavours.js';
import { ONNX_OPERATORS, onnxFailuresOf } from '../support/onnx-case.js';
import { mismatch, runTorchMultiHeadAttention } from '../support/run-case.js';

const goldenFolder = join(repositoryRoot, 'tests/golden');

/** The ONNX operators' own cases, which the repository does not hold; tested where they are at hand. */
const onnxFolder = join(repositoryRoot, '../shared/conformance/onnx');
const onnxCases = existsSync(onnxFolder)
  ? await readCases(filesOf(onnxFolder), ({ op }) => ONNX_OPERATORS.includes(op))
  : [];

const stateDicts = await readCases(filesOf(goldenFolder), ({ attrs }) => attrs['stateDict'] !== undefined);

describe.each(FLAVOURS)('%s', (flavour) => {
  it.each(onnxCases.map((recorded) => [recorded.name, recorded] as const))('ONNX: %s', async (_, recorded) => {
    expect(onnxFailuresOf(await loadFlavour(flavour), recorded)).toEqual([]);
  });

  it.each(stateDicts.flatMap((golden) => ['npz', 'safetensors'].map((kind) => [golden.name, kind, golden] as const)))(
    '%s from .%s',
    async (_, kind, golden) => {
      const name = `${String(golden.attrs['stateDict'])}.${kind}`;
      const tensors = readTensors(name, await readFile(join(goldenFolder, name)));
      const state = Object.fromEntries(tensors.map(({ name: key, tensor }) => [key, tensor]));
      const parameters = multiHeadAttentionFromStateDict(state, String(golden.attrs['prefix']));
      const results = runTorchMultiHeadAttention(await loadFlavour(flavour), golden, parameters);
      const wrong = Object.values(golden.outputs).flatMap((wanted) => mismatch(results[wanted.name], wanted) ?? []);
      expect(wrong).toEqual([]);
    },
  );
});
