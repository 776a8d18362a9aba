import type { CoreFunction, Module } from '../module.js';

/** An instance of the WebAssembly module with all layers: what layer_bindings.cpp registers. */
export interface LayersModule extends Module {
  readonly _createStateDict: CoreFunction;
  readonly _stateDictAdd: CoreFunction;
  readonly _createCaptures: CoreFunction;
  readonly _captured: CoreFunction;
  readonly _spatialShift: CoreFunction;
  readonly _createSplitAttention: CoreFunction;
  readonly _splitAttention: CoreFunction;
  readonly _createS2Attention: CoreFunction;
  readonly _s2Attention: CoreFunction;
  readonly _additiveAttention: CoreFunction;
  readonly _multiplicativeAttention: CoreFunction;
  readonly _linearAttention: CoreFunction;
  readonly _initialise: CoreFunction;
  readonly _layerNorm: CoreFunction;
  readonly _createTransformerEncoder: CoreFunction;
  readonly _transformerEncoderForward: CoreFunction;
  readonly _createTransformer: CoreFunction;
  readonly _transformerEncode: CoreFunction;
  readonly _transformerDecode: CoreFunction;
  readonly _createTransformerDecoding: CoreFunction;
  readonly _transformerStep: CoreFunction;
  readonly _transformerReorder: CoreFunction;
  readonly _greedySearch: CoreFunction;
  readonly _beamSearch: CoreFunction;
}
