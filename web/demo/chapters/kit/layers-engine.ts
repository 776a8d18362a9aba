import { loadLayers, type HeadscopeLayers } from 'headscope/layers';

let loading: Promise<HeadscopeLayers> | undefined;

/** The engine with all layers, on the main thread. */
export function layersEngine(): Promise<HeadscopeLayers> {
  loading ??= loadLayers();
  return loading;
}
