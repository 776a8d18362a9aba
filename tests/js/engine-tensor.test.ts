import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HeadscopeError, toMask, toTensor, type MaskLike, type TensorLike } from 'headscope';
import { bestFlavour } from '../../wasm-bindings/js/flavour.js';
import { repositoryRoot } from '../browser/support/paths.js';

const folder = join(repositoryRoot, 'wasm-bindings/js');

describe('toTensor', () => {
  it.each<[string, TensorLike, number[], number[]]>([
    ['a row', [1, 2, 3], [3], [1, 2, 3]],
    [
      'rows',
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [2, 3],
      [1, 2, 3, 4, 5, 6],
    ],
    ['four dimensions', [[[[7], [8]]]], [1, 1, 2, 1], [7, 8]],
    ['nothing', [], [0], []],
    ['rows of nothing', [[], []], [2, 0], []],
    ['numbers with a shape', { data: [1, 2, 3, 4], shape: [2, 2] }, [2, 2], [1, 2, 3, 4]],
    ['integers with a shape', { data: Int16Array.of(-1, 2), shape: [1, 2] }, [1, 2], [-1, 2]],
    ['doubles with a shape', { data: Float64Array.of(0.1), shape: [1] }, [1], [Math.fround(0.1)]],
    ['a scalar', { data: [5], shape: [] }, [], [5]],
    ['what is no number to mathematicians', [NaN, Infinity, -Infinity, -0], [4], [NaN, Infinity, -Infinity, -0]],
    ['more than float32 holds', [1e300], [1], [Infinity]],
  ])('takes %s', (_, value, shape, data) => {
    const tensor = toTensor(value);
    expect(tensor.shape).toEqual(shape);
    expect(tensor.data).toBeInstanceOf(Float32Array);
    expect([...tensor.data]).toEqual(data);
  });

  it('does not copy a tensor', () => {
    const tensor = { data: new Float32Array(6), shape: [2, 3] };
    expect(toTensor(tensor)).toBe(tensor);
  });

  const holdsItself: unknown[] = [];
  holdsItself.push(holdsItself);
  it.each<[string, unknown, string, string, string]>([
    ['a ragged row', [[1, 2], [3]], 'InvalidShape', 'rows of 2', '1 at [1]'],
    ['a number among rows', [[1, 2], 3], 'InvalidShape', 'rows of 2', '3 at [1]'],
    ['a row among numbers', [1, [2]], 'InvalidType', 'a number', 'an array at [1]'],
    ['a word', [[1], ['cat']], 'InvalidType', 'a number', '"cat" at [1][0]'],
    ['a hole', [[1, undefined]], 'InvalidType', 'a number', 'undefined at [0][1]'],
    ['a boolean', [true], 'InvalidType', 'a number', 'true at [0]'],
    ['a bigint', [1n], 'InvalidType', 'a number', '1 at [0]'],
    ['big integers', { data: new BigInt64Array(2), shape: [2] }, 'InvalidType', 'a number', '0 at [0]'],
    ['a word in data', { data: [1, 'x'], shape: [2] }, 'InvalidType', 'a number', '"x" at [1]'],
    ['too little data', { data: [1, 2, 3], shape: [2, 2] }, 'InvalidShape', '4 elements, as the shape says', '3'],
    [
      'too much data',
      { data: new Float32Array(5), shape: [2, 2] },
      'InvalidShape',
      '4 elements, as the shape says',
      '5',
    ],
    [
      'a negative extent',
      { data: [], shape: [-1, 0] },
      'InvalidShape',
      'a shape of whole numbers from 0 up',
      '(-1, 0)',
    ],
    ['half an extent', { data: [1], shape: [0.5] }, 'InvalidShape', 'a shape of whole numbers from 0 up', '(0.5)'],
    [
      'a gigantic extent',
      { data: [], shape: [2 ** 53] },
      'InvalidShape',
      'a shape of whole numbers from 0 up',
      '(9007199254740992)',
    ],
    ['a word in the shape', { data: [], shape: ['a'] }, 'InvalidShape', 'a shape of whole numbers from 0 up', '("a")'],
    ['no shape', { data: [1] }, 'InvalidType', 'a tensor { data, shape } or nested arrays', 'undefined'],
    ['no data', { shape: [1] }, 'InvalidType', 'a tensor { data, shape } or nested arrays', 'undefined'],
    [
      'a view without elements',
      { data: new DataView(new ArrayBuffer(4)), shape: [1] },
      'InvalidType',
      'a tensor { data, shape } or nested arrays',
      'an object',
    ],
    ['null', null, 'InvalidType', 'a tensor { data, shape } or nested arrays', 'null'],
    ['a word instead', 'hello', 'InvalidType', 'a tensor { data, shape } or nested arrays', '"hello"'],
    ['a list that holds itself', holdsItself, 'InvalidShape', 'at most 8 dimensions', 'deeper nesting'],
  ])('refuses %s', (_, value, code, expected, got) => {
    let error: unknown;
    try {
      toTensor(value as TensorLike, 'query');
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(HeadscopeError);
    expect(error).toMatchObject({ code, argument: 'query', expected, got });
    expect((error as Error).message).toBe(`query: expected ${expected}, got ${got}`);
  });

  it('shortens long words', () => {
    expect(() => toTensor(['x'.repeat(1000)] as unknown as TensorLike)).toThrow(/^.{0,120}$/);
  });
});

describe('toMask', () => {
  it.each<[string, MaskLike, Float32ArrayConstructor | Uint8ArrayConstructor, number[]]>([
    ['booleans', [[true, false]], Uint8Array, [1, 0]],
    ['booleans with a shape', { data: [false, true], shape: [2] }, Uint8Array, [0, 1]],
    ['bytes', { data: Uint8Array.of(1, 0), shape: [2] }, Uint8Array, [1, 0]],
    ['numbers', [[0, -Infinity]], Float32Array, [0, -Infinity]],
    ['float32', { data: Float32Array.of(1), shape: [1] }, Float32Array, [1]],
    ['nothing', [], Float32Array, []],
  ])('takes %s', (_, mask, kind, data) => {
    const { data: bytes } = toMask(mask);
    expect(bytes).toBeInstanceOf(kind);
    expect([...bytes]).toEqual(data);
  });

  it('refuses numbers among booleans', () => {
    expect(() => toMask([[true, 0]] as unknown as MaskLike)).toThrow('mask: expected a boolean, got 0 at [0][1]');
  });
});

describe('bestFlavour', () => {
  it('is relaxed exactly where the probe is valid', () => {
    expect(bestFlavour(() => true)).toBe('relaxed');
    expect(bestFlavour(() => false)).toBe('simd');
  });

  it('probes a module in which nothing but the relaxed opcode is new', () => {
    bestFlavour((bytes) => {
      const relaxedMadd = [253, 0x85, 2];
      const at = bytes.findIndex((_, index) => relaxedMadd.every((byte, offset) => bytes[index + offset] === byte));
      expect(at).toBeGreaterThan(0);
      const plain = bytes.slice();
      // v128.bitselect, which has the same type, in as many bytes.
      plain.set([253, 0xd2, 0], at);
      expect(WebAssembly.validate(plain)).toBe(true);
      return false;
    });
  });
});

it('has error codes as the core lists them', () => {
  const generated = execFileSync(process.execPath, [join(folder, 'generate-error-codes.mjs'), '--print'], {
    encoding: 'utf8',
  });
  expect(readFileSync(join(folder, 'error-codes.ts'), 'utf8')).toBe(generated);
});
