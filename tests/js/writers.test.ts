import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { StateDict, Tensor } from 'headscope';
import { readTensors, writeJson, writeNpz, writeSafetensors, type NamedTensor } from 'headscope/readers';

const golden = fileURLToPath(new URL('../golden/', import.meta.url));

function tensorsOf(file: string): NamedTensor[] {
  return [...readTensors(file, readFileSync(golden + file))];
}

function stateDictOf(tensors: readonly NamedTensor[]): Map<string, Tensor> {
  return new Map(tensors.map(({ name, tensor }) => [name, tensor]));
}

/** Values that are hard to keep. */
const special = Float32Array.of(0, -0, NaN, Infinity, -Infinity, 1e-45, 3.4028235e38, 0.1, -1 / 3, 16777217);
const odd: StateDict = {
  'layers.0.weight': { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] },
  special: { data: special, shape: [special.length] },
  '7': [[8]],
  none: { data: new Float32Array(0), shape: [0, 3] },
  scalar: { data: Float32Array.of(2), shape: [] },
  'näme "\\': { data: [1, 2], shape: [2] },
};

interface Header {
  readonly [name: string]: { dtype: string; shape: number[]; data_offsets: [number, number] };
}

/** The format as its description has it, read without our reader. */
function parse(bytes: Uint8Array): { header: Header; metadata: unknown; data: Buffer; text: string } {
  const buffer = Buffer.from(bytes);
  const length = Number(buffer.readBigUInt64LE(0));
  const text = buffer.toString('utf8', 8, 8 + length);
  const { __metadata__: metadata, ...header } = JSON.parse(text) as Header & { __metadata__: unknown };
  return { header, metadata, data: buffer.subarray(8 + length), text };
}

describe('writeSafetensors', () => {
  test.each(['state_dict.safetensors', 'files/projections.safetensors'])(
    'gives the tensors of %s, which Python wrote, back to our reader',
    (file) => {
      const tensors = tensorsOf(file);
      expect(readTensors('a.safetensors', writeSafetensors(stateDictOf(tensors)))).toEqual(tensors);
    },
  );

  test('writes a valid header, without holes, aligned, names in their order', () => {
    const bytes = writeSafetensors(odd);
    const { header, metadata, data, text } = parse(bytes);
    expect(metadata).toEqual({ format: 'pt' });
    expect(text.startsWith('{')).toBe(true);
    expect((bytes.length - data.length) % 8).toBe(0);
    let end = 0;
    for (const { dtype, shape, data_offsets: offsets } of Object.values(header).sort(
      (a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
    )) {
      expect(dtype).toBe('F32');
      expect(offsets).toEqual([end, end + 4 * shape.reduce((product, extent) => product * extent, 1)]);
      end = offsets[1];
    }
    expect(end).toBe(data.length);
    const weight = header['layers.0.weight'];
    expect(weight?.shape).toEqual([2, 3]);
    expect(data.readFloatLE((weight?.data_offsets[0] ?? NaN) + 4)).toBe(2);
    expect(Object.keys(header).sort()).toEqual(Object.keys(odd).sort());
  });

  test('keeps every bit of float32', () => {
    const read = stateDictOf(readTensors('a.safetensors', writeSafetensors(odd)));
    expect([...(read.get('special')?.data ?? [])]).toEqual([...special]);
    expect(read.get('none')).toEqual({ data: new Float32Array(0), shape: [0, 3] });
    expect(read.get('scalar')).toEqual({ data: Float32Array.of(2), shape: [] });
  });

  test('rounds to float16 as PyTorch does', () => {
    const read = stateDictOf(tensorsOf('files/dtypes.safetensors'));
    const written = writeSafetensors({ x: read.get('float32') as Tensor }, { dtype: 'F16' });
    const torch = parse(readFileSync(`${golden}files/dtypes.safetensors`));
    const [begin, end] = torch.header['float16']?.data_offsets as [number, number];
    const { header, data } = parse(written);
    expect(header['x']?.dtype).toBe('F16');
    expect(data).toEqual(torch.data.subarray(begin, end));
  });

  test('gives every float16 back', () => {
    const values = Float32Array.from({ length: 65536 }, (_, bits) => {
      const fraction = bits & 1023;
      const exponent = (bits >> 10) & 31;
      const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
      return (bits & 0x8000 ? -1 : 1) * (exponent === 31 ? (fraction === 0 ? Infinity : NaN) : magnitude);
    });
    const [read] = readTensors(
      'a.safetensors',
      writeSafetensors({ x: { data: values, shape: [65536] } }, { dtype: 'F16' }),
    );
    expect(read?.dtype).toBe('float16');
    const { data } = read?.tensor as Tensor;
    expect(new Uint32Array(data.slice().buffer)).toEqual(new Uint32Array(values.buffer));
  });

  test.each([
    [1 + 2 ** -11, 1], // ties to even, down
    [1 + 3 * 2 ** -11, 1 + 2 ** -9], // and up
    [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    [2 ** -25, 0],
    [3 * 2 ** -25, 2 ** -23],
    [-(2 ** -14) + 2 ** -26, -(2 ** -14)],
    [65519, 65504],
  ])('rounds %d to %d', (value, expected) => {
    const [read] = readTensors('a.safetensors', writeSafetensors({ x: [value] }, { dtype: 'F16' }));
    expect(read?.tensor.data[0]).toBe(expected);
  });

  test('refuses what does not fit', () => {
    expect(() => writeSafetensors({ w: [1, 65520] }, { dtype: 'F16' })).toThrow(
      'w: expected numbers up to 65504 for F16, got 65520 at element 1',
    );
    expect(() => writeSafetensors({ __metadata__: [1] })).toThrow('__metadata__');
    expect(() => writeSafetensors({ w: { data: [1], shape: [2] } })).toThrow('w: expected 2 elements');
    expect(() => writeSafetensors({ w: [1] }, { dtype: 'BF16' as 'F16' })).toThrow('dtype: expected F32 or F16');
    expect(() => writeSafetensors(null as unknown as StateDict)).toThrow('tensors: expected tensors by their names');
  });
});

describe('writeNpz', () => {
  test('gives the tensors of an archive that NumPy wrote back, and the same bytes each time', () => {
    const tensors = tensorsOf('state_dict.npz');
    const bytes = writeNpz(stateDictOf(tensors));
    expect(readTensors('a.npz', bytes)).toEqual(tensors);
    expect(writeNpz(stateDictOf(tensors))).toEqual(bytes);
  });

  test('keeps every bit', () => {
    const read = stateDictOf(readTensors('a.npz', writeNpz(odd)));
    expect([...(read.get('special')?.data ?? [])]).toEqual([...special]);
    expect(read.get('7')).toEqual({ data: Float32Array.of(8), shape: [1, 1] });
  });
});

describe('writeJson', () => {
  test('gives the tensors of a file back, to the last bit', () => {
    const tensors = tensorsOf('state_dict.safetensors');
    const bytes = new TextEncoder().encode(writeJson(stateDictOf(tensors)));
    const read = readTensors('a.json', bytes);
    expect(read.map(({ name, tensor }) => [name, tensor])).toEqual(tensors.map(({ name, tensor }) => [name, tensor]));
  });

  test('keeps what JSON has no number for', () => {
    const text = writeJson({ special: { data: special, shape: [special.length] } });
    const [read] = readTensors('a.json', new TextEncoder().encode(text));
    expect([...(read?.tensor.data ?? [])]).toEqual([...special]);
  });
});
