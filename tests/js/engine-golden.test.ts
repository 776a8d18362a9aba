import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../browser/support/paths.js';
import { filesOf } from '../support/case-files.js';
import { readCases } from '../support/cases.js';
import { FLAVOURS, loadFlavour } from '../support/flavours.js';
import { failuresOf } from '../support/run-case.js';

const golden = await readCases(filesOf(join(repositoryRoot, 'tests/golden')));

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
        'rotary_embedding',
        'torch_multi_head_attention',
      ]),
    );
    expect(golden.length).toBeGreaterThan(140);
  });

  it.each(golden.map((entry) => [entry.name, entry] as const))('%s', async (_, entry) => {
    expect(failuresOf(await loadFlavour(flavour), entry)).toEqual([]);
  });
});
