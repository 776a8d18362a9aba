import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../browser/support/paths.js';
import { filesOf } from '../support/case-files.js';
import { readCases, type Case, type CaseEntry } from '../support/cases.js';
import { FLAVOURS, loadFlavour } from '../support/flavours.js';
import { failuresOf, mismatch } from '../support/run-case.js';

const golden = await readCases(filesOf(join(repositoryRoot, 'tests/golden')));

/** The ONNX operator's own cases, which the repository does not hold; tested where they are at hand. */
const onnxFolder = join(repositoryRoot, '../shared/conformance/onnx');

/** Attention over (B, H, L, D) with as many key heads as query heads, without a cache, a window or a soft cap. */
function applies({ op, attrs, inputs }: CaseEntry): boolean {
  const [query, key] = ['Q', 'K'].map((name) => inputs.find((input) => input.name === name)?.shape);
  return (
    op === 'Attention' &&
    query?.length === 4 &&
    query[1] === key?.[1] &&
    !inputs.some(({ name }) => ['past_key', 'past_value', 'nonpad_kv_seqlen'].includes(name)) &&
    Number(attrs['softcap'] ?? 0) === 0 &&
    Number(attrs['left_window_size'] ?? -1) < 0 &&
    Number(attrs['right_window_size'] ?? -1) < 0
  );
}

function tensor(from: Case, name: string): NonNullable<Case['inputs'][string]> {
  const found = from.inputs[name];
  if (found === undefined) throw new Error(`${from.name} has no ${name}`);
  return found;
}

describe.each(FLAVOURS)('%s', (flavour) => {
  it('runs in the flavour that was asked for', async () => {
    expect((await loadFlavour(flavour)).flavour).toBe(flavour);
  });

  it('has golden cases for every operation', () => {
    expect(new Set(golden.map(({ op }) => op))).toEqual(
      new Set([
        'attention',
        'self_attention_steps',
        'self_attention',
        'multi_head_attention',
        'patch_attention',
        'sinusoidal_positions',
        'linear',
      ]),
    );
    expect(golden.length).toBeGreaterThan(140);
  });

  it.each(golden.map((entry) => [entry.name, entry] as const))('%s', async (_, entry) => {
    expect(failuresOf(await loadFlavour(flavour), entry)).toEqual([]);
  });

  it.each(existsSync(onnxFolder) ? [onnxFolder] : [])('gives what ONNX Attention gives', async () => {
    const engine = await loadFlavour(flavour);
    const cases = await readCases(filesOf(onnxFolder), applies);
    expect(cases).toHaveLength(24);
    const wrong = cases.flatMap((entry) => {
      const { attrs, inputs, outputs, tolerance } = entry;
      const result = engine.attention(tensor(entry, 'Q'), tensor(entry, 'K'), tensor(entry, 'V'), {
        scale: attrs['scale'] === undefined ? undefined : Number(attrs['scale']),
        causal: attrs['is_causal'] === 1,
        mask: inputs['attn_mask'],
        needWeights: true,
      });
      // Modes 0 to 2 of qk_matmul_output are scores, which attention() does not give.
      const weights = attrs['qk_matmul_output_mode'] === 3 ? outputs['qk_matmul_output'] : undefined;
      return [
        outputs['Y'] && mismatch(result.output, outputs['Y'], tolerance),
        weights && mismatch(result.weights, weights, tolerance),
      ].flatMap((failure) => (failure === undefined ? [] : [`${entry.name}: ${failure}`]));
    });
    expect(wrong).toEqual([]);
  });
});
