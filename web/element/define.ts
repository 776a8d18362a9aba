import type { HeadScopeEventMap } from './events.js';
import { HeadScopeElement } from './head-scope.js';

export { configure } from '../../wasm-bindings/js/configure.js';
export { HeadScopeElement } from './head-scope.js';
export type { Comparison, Edit } from './panels/panel.js';
export type { Pin, Place } from './selection.js';
export type * from './settings.js';
export type { Span } from './source/head-weights.js';
export type { Tensor, TensorLike } from '../../wasm-bindings/js/tensor.js';
export type { CellDetail, HeadScopeEventMap, SelectedCell } from './events.js';
export type { EmbedOptions, EmbedTexts } from './embedding/embed-text.js';
export type { ScopeData, ScopeState } from './embedding/state.js';
export type { Step } from './embedding/steps.js';
export { sharedPool } from './source/shared-attention-pool.js';
export type { Theme } from './colour-scheme.js';
export { colourRamp, type Rgb } from '../views/colour-ramp.js';

// Asked through globalThis so that this file can be imported on a server, and twice on one page.
if (globalThis.customElements?.get('head-scope') === undefined) {
  globalThis.customElements?.define('head-scope', HeadScopeElement);
}

declare global {
  // They bubble, so that elements around it, the document and the window hear them, too.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merged with the interface of that name
  interface GlobalEventHandlersEventMap extends HeadScopeEventMap {}
  interface HTMLElementTagNameMap {
    'head-scope': HeadScopeElement;
  }
}
