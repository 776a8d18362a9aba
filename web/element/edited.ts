import { HeadscopeError } from '../../wasm-bindings/js/errors.js';
import type { Edit } from './panels/panel.js';
import type { Scene } from './scene.js';

/**
 * A scene in which some components of queries and keys have other values; what the page gave stays as it is.
 * @throws HeadscopeError `InvalidArgument` where there is no such component
 */
export function edited(scene: Scene, edits: readonly Edit[]): Scene {
  const { vectors, heads } = scene;
  if (vectors === null || edits.length === 0) return scene;
  const copies = { query: vectors.query.slice(), key: vectors.key.slice() };
  for (const { tensor, head, index, component, value } of edits) {
    const length = tensor === 'query' ? scene.queries : scene.keys;
    if (!(head < heads && index < length && component < vectors.depth)) {
      const expected = `a component of ${heads} heads × ${length} × ${vectors.depth}`;
      throw new HeadscopeError('InvalidArgument', 'edits', expected, `${tensor} ${head} × ${index} × ${component}`);
    }
    copies[tensor][(head * length + index) * vectors.depth + component] = value;
  }
  return { ...scene, vectors: { ...vectors, ...copies } };
}
