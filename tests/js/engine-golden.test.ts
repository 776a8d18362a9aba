import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../browser/support/paths.js';
import { filesOf } from '../support/case-files.js';
import { readCases } from '../support/cases.js';
import { FLAVOURS, loadFlavour, loadLayersFlavour } from '../support/flavours.js';
import { layerOperations } from '../support/layer-operations.js';
import { failuresOf } from '../support/run-case.js';

/** What the engine without the other layers computes. */
const ATTENTION = new Set([
  'attention',
  'self_attention_steps',
  'self_attention',
  'multi_head_attention',
  'patch_attention',
  'sinusoidal_positions',
  'linear',
  'rotary_embedding',
  'torch_multi_head_attention',
]);

const golden = await readCases(filesOf(join(repositoryRoot, 'tests/golden')));
const ofLayers = golden.filter(({ op }) => op in layerOperations);
const ofAttention = golden.filter(({ op }) => ATTENTION.has(op));

describe.each(FLAVOURS)('%s', (flavour) => {
  it('runs in the flavour that was asked for', async () => {
    expect((await loadFlavour(flavour)).flavour).toBe(flavour);
  });

  it('has golden cases for every operation', () => {
    expect(new Set(golden.map(({ op }) => op))).toEqual(new Set([...ATTENTION, ...Object.keys(layerOperations)]));
    expect(golden.length).toBeGreaterThan(200);
  });

  it.each(ofAttention.map((entry) => [entry.name, entry] as const))('%s', async (_, entry) => {
    expect(failuresOf(await loadFlavour(flavour), entry)).toEqual([]);
  });

  it.each([...ofAttention, ...ofLayers].map((entry) => [entry.name, entry] as const))(
    '%s, with all layers',
    async (_, entry) => {
      const engine = await loadLayersFlavour(flavour);
      expect(failuresOf(engine, entry)).toEqual([]);
      expect(engine.liveHandles).toBe(0);
    },
  );
});
