import { loadLayers, type HeadscopeLayers } from 'headscope/layers';
import { ownTask } from './own-task.js';

let loading: Promise<HeadscopeLayers> | undefined;

/** The engine with all layers, on the main thread; in a task of its own, as `engine()` is. */
export async function layersEngine(): Promise<HeadscopeLayers> {
  loading ??= loadLayers();
  const headscope = await loading;
  await ownTask();
  return headscope;
}
