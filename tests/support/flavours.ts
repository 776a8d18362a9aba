import { setFlagsFromString } from 'node:v8';
import { load, type Flavour, type Headscope } from 'headscope';
import { loadLayers, type HeadscopeLayers } from 'headscope/layers';

export const FLAVOURS: readonly Flavour[] = ['simd', 'relaxed'];

/** Node 20 has relaxed SIMD behind a flag; this switches it on for the modules that are compiled from now on. */
export function allowRelaxedSimd(): void {
  setFlagsFromString('--experimental-wasm-relaxed-simd');
}

export function loadFlavour(flavour: Flavour): Promise<Headscope> {
  if (flavour === 'relaxed') allowRelaxedSimd();
  return load({ flavour });
}

export function loadLayersFlavour(flavour: Flavour): Promise<HeadscopeLayers> {
  if (flavour === 'relaxed') allowRelaxedSimd();
  return loadLayers({ flavour });
}
