import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readTensorFile, readTensors, writeNpy } from 'headscope/readers';

/** What NumPy and PyTorch said about a file that they wrote. */
interface ExpectedFile {
  readonly file: string;
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly values?: readonly (number | string)[];
    readonly every?: number;
  }[];
  readonly labels: readonly { readonly name: string; readonly labels: readonly string[] }[];
}

const folder = fileURLToPath(new URL('../golden/files/', import.meta.url));
const manifest = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as ExpectedFile[];

function toNumber(value: number | string): number {
  return typeof value === 'number' ? value : Number(value.replace('inf', 'Infinity'));
}

test('the manifest covers every file that is to be read', () => {
  const files = readdirSync(folder).filter((file) => file !== 'manifest.json' && !file.startsWith('refused_'));
  expect(files.sort()).toEqual(manifest.map(({ file }) => file).sort());
});

describe.each(manifest)('$file', ({ file, tensors, labels }) => {
  const bytes = readFileSync(folder + file);

  test('holds what NumPy and PyTorch say', () => {
    const read = readTensorFile(file, bytes);
    expect(read.tensors.map(({ name, dtype, tensor }) => ({ name, dtype, shape: tensor.shape }))).toEqual(
      tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    );
    tensors.forEach(({ name, values, every, shape }, index) => {
      const data = read.tensors[index]?.tensor.data;
      const size = shape.reduce((product, extent) => product * extent, 1);
      const expected = values?.map(toNumber) ?? new Array<number>(size).fill(every ?? NaN);
      expect(data, name).toBeInstanceOf(Float32Array);
      expect(data, name).toHaveLength(size);
      // Object.is through toEqual: NaN equals NaN, and the sign of zero counts.
      expect(Array.from(data ?? []), name).toEqual(expected);
    });
    expect(read.labels).toEqual(labels);
  });

  test('gives the same from an ArrayBuffer and from the middle of a larger one', () => {
    const alone = readTensorFile(file, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(readTensorFile(file, larger.subarray(3, 3 + bytes.length))).toEqual(alone);
    expect(readTensors(file, bytes)).toEqual(alone.tensors);
  });

  test('gives values of its own, which no change to the bytes can reach', () => {
    const copy = Uint8Array.from(bytes);
    const before = readTensorFile(file, copy);
    const values = before.tensors.map(({ tensor }) => Array.from(tensor.data));
    copy.fill(0xff);
    expect(before.tensors.map(({ tensor }) => Array.from(tensor.data))).toEqual(values);
  });
});

test('what a file is shows in its first bytes, whatever it is called', () => {
  expect(readTensors('weights.bin', readFileSync(`${folder}f4_c.npy`))[0]?.tensor.shape).toEqual([3, 4]);
  expect(readTensors('weights', readFileSync(`${folder}qkv_stored.npz`))).toHaveLength(3);
});

test('a path before the name and capital letters in the ending do no harm', () => {
  expect(readTensors('C:\\data\\My.Table.CSV', new TextEncoder().encode('1,2'))).toEqual([
    { name: 'My.Table', dtype: 'number', tensor: { data: Float32Array.of(1, 2), shape: [1, 2] } },
  ]);
});

describe('writeNpy', () => {
  test.each([
    ['f4_c.npy', [3, 4]],
    ['f4_1d.npy', [5]],
    ['f4_special.npy', [9]],
    ['f4_no_values.npy', [0, 4]],
  ])('writes the very bytes that NumPy wrote to %s', (file, shape) => {
    const bytes = readFileSync(folder + file);
    const tensor = readTensors(file, bytes)[0]?.tensor;
    expect(tensor?.shape).toEqual(shape);
    if (tensor) expect(Buffer.from(writeNpy(tensor))).toEqual(bytes);
  });

  test('writes a single number and a part of a larger array', () => {
    const part = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
    expect(readTensors('a.npy', writeNpy({ data: part, shape: [2, 1] }))[0]?.tensor).toEqual({
      data: Float32Array.of(1, 2),
      shape: [2, 1],
    });
    expect(readTensors('a.npy', writeNpy({ data: Float32Array.of(7), shape: [] }))[0]?.tensor).toEqual({
      data: Float32Array.of(7),
      shape: [],
    });
  });

  test('refuses values that do not fill the shape', () => {
    expect(() => writeNpy({ data: new Float32Array(5), shape: [2, 3] })).toThrow(
      'tensor: expected as many values as its shape says, got 5 values for shape (2, 3)',
    );
  });
});
