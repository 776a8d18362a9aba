import type { CoreFunction, Module } from '../module.js';

/** An instance of the WebAssembly module with all layers: what layer_bindings.cpp registers. */
export interface LayersModule extends Module {
  readonly _createStateDict: CoreFunction;
  readonly _stateDictAdd: CoreFunction;
  readonly _createCaptures: CoreFunction;
  readonly _captured: CoreFunction;
}
