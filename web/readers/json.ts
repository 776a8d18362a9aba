import { HeadscopeError, reasonOf } from '../../wasm-bindings/js/errors.js';
import { describe, shapeText, type Tensor } from '../../wasm-bindings/js/tensor.js';
import { GrowingValues } from './growing-values.js';
import { countValues, MOST_DIMENSIONS } from './limits.js';
import type { NamedLabels, NamedTensor, TensorFile } from './named-tensor.js';

/** Objects in objects are looked through down to here. */
const DEEPEST_OBJECT = 8;

/** What programs write where JSON has no number: JavaScript null, others words. */
const SPECIAL: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/** Python writes NaN and Infinity bare, which is no JSON; strings stay as they are. */
function quoteBareNumbers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) =>
    found.startsWith('"') ? found : JSON.stringify(found.replace('-NaN', 'NaN')),
  );
}

function parse(text: string, argument: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    try {
      if (/NaN|Infinity/.test(text)) return JSON.parse(quoteBareNumbers(text));
    } catch {
      // The first error says more about the text as it stands.
    }
    throw new HeadscopeError('InvalidArgument', argument, 'JSON', `text that is none (${reasonOf(error)})`);
  }
}

function toNumber(item: unknown, path: string, argument: string): number {
  if (typeof item === 'number') return item;
  if (typeof item === 'boolean') return item ? 1 : 0;
  if (item === null) return NaN;
  if (typeof item === 'string' && Object.hasOwn(SPECIAL, item)) return SPECIAL[item] ?? NaN;
  throw new HeadscopeError('InvalidType', argument, 'a number', `${describe(item)} at ${path}`);
}

/** Reads the shape off the first row of each level. */
function nestedShape(rows: readonly unknown[], argument: string): number[] {
  const shape: number[] = [];
  for (let level: unknown = rows; Array.isArray(level); level = (level as unknown[])[0]) {
    if (shape.length === MOST_DIMENSIONS) {
      throw new HeadscopeError('InvalidShape', argument, `at most ${MOST_DIMENSIONS} dimensions`, 'deeper nesting');
    }
    shape.push(level.length);
  }
  return shape;
}

function flatten(
  rows: readonly unknown[],
  shape: readonly number[],
  axis: number,
  path: string,
  into: GrowingValues,
  argument: string,
): void {
  if (rows.length !== shape[axis]) {
    const expected = `rows of ${shape[axis]}`;
    throw new HeadscopeError('InvalidShape', argument, expected, `${rows.length} at ${path}`);
  }
  rows.forEach((row, index) => {
    const here = `${path}[${index}]`;
    if (axis === shape.length - 1) into.push(toNumber(row, here, argument));
    else if (Array.isArray(row)) flatten(row, shape, axis + 1, here, into, argument);
    else
      throw new HeadscopeError('InvalidShape', argument, `rows of ${shape[axis + 1]}`, `${describe(row)} at ${here}`);
  });
}

function nestedTensor(rows: readonly unknown[], argument: string): Tensor {
  const shape = nestedShape(rows, argument);
  const values = new GrowingValues(argument);
  flatten(rows, shape, 0, '', values, argument);
  countValues(shape, argument);
  return { data: values.toArray(), shape };
}

/** `{ "shape": [2, 3], "data": [...] }` */
function flatTensor(data: readonly unknown[], shape: readonly unknown[], argument: string): Tensor {
  const count = countValues(shape, argument);
  if (data.length !== count) {
    const expected = `${count} values for shape ${shapeText(shape)}`;
    throw new HeadscopeError('InvalidShape', argument, expected, `${data.length}`);
  }
  return {
    data: Float32Array.from(data, (item, index) => toNumber(item, `data[${index}]`, argument)),
    shape: shape.map(Number),
  };
}

/** Strings of which at least one is no number: a token may be called NaN too. */
function areWords(list: readonly unknown[]): list is readonly string[] {
  return list.every((item) => typeof item === 'string') && list.some((item) => !Object.hasOwn(SPECIAL, String(item)));
}

/**
 * Reads JSON: nested arrays of numbers; `{ "shape", "data" }`; or an object with such values under their names. A list
 * of strings is one of labels. Single numbers, strings and truth values beside them are left alone. NaN and infinities
 * may be written bare, as strings, or (NaN) as null.
 *
 * @param name What a tensor without a name of its own is called.
 * @param argument What an error calls the text.
 * @throws HeadscopeError `InvalidArgument` for a text that is no JSON or holds no tensor, `InvalidShape` for ragged
 *   rows, `InvalidType` for a word where a number belongs; the last two say at which index.
 */
export function readJson(text: string, name: string, argument: string): TensorFile {
  const tensors: NamedTensor[] = [];
  const labels: NamedLabels[] = [];

  function visit(value: unknown, path: readonly string[]): void {
    const own = path.length === 0 ? name : path.join('.');
    const what = path.length === 0 ? argument : `${argument}: ${own}`;
    if (Array.isArray(value)) {
      const list = value as readonly unknown[];
      if (areWords(list)) labels.push({ name: own, labels: list });
      else tensors.push({ name: own, tensor: nestedTensor(list, what), dtype: 'number' });
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const { data, shape } = value as { readonly data?: unknown; readonly shape?: unknown };
    if (Array.isArray(data) && Array.isArray(shape)) {
      tensors.push({ name: own, tensor: flatTensor(data, shape, what), dtype: 'number' });
      return;
    }
    if (path.length === DEEPEST_OBJECT) {
      throw new HeadscopeError('InvalidArgument', what, `at most ${DEEPEST_OBJECT} objects in each other`, 'more');
    }
    for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
  }

  visit(parse(text, argument), []);
  if (tensors.length === 0 && labels.length === 0) {
    throw new HeadscopeError('InvalidArgument', argument, 'arrays of numbers', 'none');
  }
  return { tensors, labels };
}
