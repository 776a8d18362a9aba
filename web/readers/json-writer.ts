import type { StateDict } from '../../wasm-bindings/js/state-dict.js';
import { namedEntries } from './named-entries.js';

/** As many digits as a float32 needs to come back as it was. */
const DIGITS = 9;

function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? String(Number(value.toPrecision(DIGITS))) : `"${value}"`;
}

/**
 * Tensors as JSON, `{ "name": { "shape": [2, 3], "data": [...] } }`, which {@link readTensors} reads back to the last bit.
 * NaN and infinities are strings.
 *
 * @param tensors By name, such as a state dict
 * @throws HeadscopeError `InvalidType`, `InvalidShape`, `TooLarge`
 */
export function writeJson(tensors: StateDict): string {
  const fields = namedEntries(tensors).map(([name, { data, shape }]) => {
    const values = Array.from(data, numberText).join(',');
    return `${JSON.stringify(name)}:{"shape":${JSON.stringify(shape)},"data":[${values}]}`;
  });
  return `{${fields.join(',\n')}}\n`;
}
