import type { HeadscopeLayers } from 'headscope/layers';
import type { Case, Results } from './cases.js';
import { historicOperations } from './run-historic-case.js';
import { transformerOperations } from './run-transformer-case.js';
import { visionOperations } from './run-vision-case.js';

/** What the engine with all layers gives for a golden case of an operation. */
export type LayerOperations = Readonly<Record<string, (engine: HeadscopeLayers, golden: Case) => Results>>;

/** The operations that only the engine with all layers has. */
export const layerOperations: LayerOperations = {
  ...visionOperations,
  ...historicOperations,
  ...transformerOperations,
};
