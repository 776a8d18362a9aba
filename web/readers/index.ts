export { HeadscopeError, type HeadscopeErrorCode } from '../../wasm-bindings/js/errors.js';
export { writeJson } from './json-writer.js';
export { LARGEST_FILE, LARGEST_TEXT, MOST_VALUES } from './limits.js';
export type { NamedLabels, NamedTensor, TensorFile } from './named-tensor.js';
export { writeNpy } from './npy-writer.js';
export { writeNpz } from './npz-writer.js';
export { READABLE_EXTENSIONS, readTensorFile, readTensors } from './read-tensors.js';
export { writeSafetensors, type SafetensorsOptions } from './safetensors-writer.js';
export { recognise, type LabelRole, type Roles, type TensorRole } from './recognise.js';
