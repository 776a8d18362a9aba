import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HeadscopeError, LARGEST_FILE, LARGEST_TEXT, readTensorFile } from 'headscope/readers';

/** A file that is to be refused: its name, its bytes, and the error's code and sentence. */
type Case = readonly [fileName: string, bytes: Uint8Array, code: string, message: string | RegExp];

const folder = fileURLToPath(new URL('../golden/files/', import.meta.url));

function concat(...parts: readonly (Uint8Array | string | readonly number[])[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part))),
    ),
  );
}

function uint16(value: number): number[] {
  return [value & 255, (value >>> 8) & 255];
}

function uint32(value: number): number[] {
  return [...uint16(value), ...uint16(value >>> 16)];
}

function refused(cases: readonly Case[]): void {
  cases.forEach(([fileName, bytes, code, message], index) => {
    test(`${fileName} ${index}: ${message instanceof RegExp ? message.source : message}`, () => {
      let error: unknown;
      try {
        readTensorFile(fileName, bytes);
      } catch (caught) {
        error = caught;
      }
      expect(error).toBeInstanceOf(HeadscopeError);
      if (!(error instanceof HeadscopeError)) return;
      if (typeof message === 'string') expect(error.message).toBe(message);
      else expect(error.message).toMatch(message);
      expect(error.code).toBe(code);
      expect(error.argument.startsWith(fileName)).toBe(true);
      expect(error.message).toBe(`${error.argument}: expected ${error.expected}, got ${error.got}`);
    });
  });
}

const MAGIC = '\x93NUMPY';

/** A .npy of version 1 with these fields in its header and these bytes of values. */
function npy(fields: string, values = 0): Uint8Array {
  return concat(MAGIC, [1, 0], uint16(fields.length), fields, new Uint8Array(values));
}

function fields(shape: string, descr = "'<f4'", order = 'False'): string {
  return `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;
}

describe('.npy', () => {
  const whole = readFileSync(`${folder}f4_c.npy`);
  refused([
    ['a.npy', new Uint8Array(), 'InvalidArgument', 'a.npy: expected a file with numbers, got an empty file'],
    [
      'a.npy',
      concat('numbers!'),
      'InvalidArgument',
      'a.npy: expected a .npy file of version 1, 2 or 3, got other bytes at its start',
    ],
    ['a.npy', whole.subarray(0, 4), 'InvalidArgument', /got other bytes at its start$/],
    ['a.npy', whole.subarray(0, 6), 'InvalidArgument', /got version 0$/],
    ['a.npy', concat(MAGIC, [9, 0, 0, 0]), 'InvalidArgument', /got version 9$/],
    ['a.npy', whole.subarray(0, 8), 'InvalidArgument', /got a file that ends after 8 bytes$/],
    [
      'a.npy',
      whole.subarray(0, 60),
      'InvalidArgument',
      'a.npy: expected a header of 128 bytes, got a file that ends after 60 bytes',
    ],
    [
      'a.npy',
      whole.subarray(0, 170),
      'InvalidArgument',
      'a.npy: expected 48 bytes of values, as its header says, got 42 bytes',
    ],
    [
      'a.npy',
      concat(whole, [0]),
      'InvalidArgument',
      'a.npy: expected 48 bytes of values, as its header says, got 49 bytes',
    ],
    [
      'a.npy',
      concat(MAGIC, [1, 0], uint16(65535), 'x'),
      'InvalidArgument',
      /expected a header of 64 KiB, got a file that ends after 11 bytes$/,
    ],
    [
      'a.npy',
      concat(MAGIC, [2, 0], uint32(0xffffffff), 'x'),
      'InvalidArgument',
      'a.npy: expected a header of 4 GiB, got a file that ends after 13 bytes',
    ],
    [
      'a.npy',
      concat(MAGIC, [2, 0], uint32(100000), ' '.repeat(100000)),
      'InvalidArgument',
      'a.npy: expected a header of at most 64 KiB, got 98 KiB',
    ],
    [
      'a.npy',
      npy(fields('(1000000, 1000)'), 16),
      'TooLarge',
      'a.npy: expected at most 268435456 values, got shape (1000000, 1000)',
    ],
    [
      'a.npy',
      npy(fields('(16384, 16384)'), 16),
      'InvalidArgument',
      'a.npy: expected 1 GiB of values, as its header says, got 16 bytes',
    ],
    ['a.npy', npy(fields('(99999999999999999999999,)'), 16), 'TooLarge', /^a\.npy: expected at most 268435456 values/],
    ['a.npy', npy(fields('(0, 4294967296, 4294967296)')), 'TooLarge', /got shape \(0, 4294967296, 4294967296\)$/],
    ['a.npy', npy(fields('(4294967296, 4294967296, 0)')), 'TooLarge', /^a\.npy: expected at most 268435456 values/],
    [
      'a.npy',
      npy(fields('(-2, -8)'), 64),
      'InvalidShape',
      'a.npy: expected a shape of whole numbers from 0 up, got (-2, -8)',
    ],
    ['a.npy', npy(fields("('2',)"), 8), 'InvalidShape', /got \("2"\)$/],
    ['a.npy', npy(fields('(True, 2)'), 8), 'InvalidShape', /got \(true, 2\)$/],
    ['a.npy', npy(fields(`(${'1, '.repeat(33)})`), 4), 'InvalidShape', 'a.npy: expected at most 32 dimensions, got 33'],
    [
      'a.npy',
      npy(fields('3'), 12),
      'InvalidArgument',
      /^a\.npy: expected a header with 'descr', 'fortran_order' and 'shape', got "\{'descr'/,
    ],
    ['a.npy', npy(fields('(3,)', "'<f4'", '1'), 12), 'InvalidArgument', /^a\.npy: expected a header with/],
    ['a.npy', npy("{'descr': '<f4', 'shape': (3,), }", 12), 'InvalidArgument', /^a\.npy: expected a header with/],
    ['a.npy', npy("'<f4'", 12), 'InvalidArgument', /got none$/],
    ['a.npy', npy('', 12), 'InvalidArgument', /got one that cannot be read/],
    ['a.npy', npy('__import__("os").system("true")', 12), 'InvalidArgument', /got one that cannot be read/],
    ['a.npy', npy(`${fields('(3,)')} + 1`, 12), 'InvalidArgument', /got one that cannot be read/],
    ['a.npy', npy(fields('(3'), 12), 'InvalidArgument', /got one that cannot be read/],
    ['a.npy', npy(fields('(3 3)'), 12), 'InvalidArgument', /got one that cannot be read \(expected ,\)$/],
    [
      'a.npy',
      npy("{'descr': '<f4', 'descr': '<f4', 'shape': (3,), }"),
      'InvalidArgument',
      /got one that cannot be read/,
    ],
    ['a.npy', npy('('.repeat(60000)), 'InvalidArgument', /got one that cannot be read \(too deeply nested\)$/],
    [
      'a.npy',
      npy("{'descr': 'constructor', 'fortran_order': False, 'shape': (3,)}", 12),
      'InvalidType',
      /got "constructor"$/,
    ],
    ['a.npy', npy(fields('(3,)', "'<f3'"), 9), 'InvalidType', /got "<f3"$/],
    ['a.npy', npy(fields('(3,)', "'<f16'"), 48), 'InvalidType', /got "<f16"$/],
    ['a.npy', npy(fields('(2,)', "'<U0'")), 'InvalidType', /got "<U0"$/],
    [
      'a.npy',
      npy(fields('(2,)', "'<U99999999999'"), 8),
      'InvalidArgument',
      /of values, as its header says, got 8 bytes$/,
    ],
    [
      'a.npy',
      npy(fields('(2097152,)', "'|S1'"), 2097152),
      'TooLarge',
      'a.npy: expected at most 1048576 words, got 2097152',
    ],
    [
      'refused_objects.npy',
      readFileSync(`${folder}refused_objects.npy`),
      'InvalidType',
      'refused_objects.npy: expected numbers of type f2, f4, f8, i1 to i8, u1 to u8 or bool, got pickled Python objects, which can run code',
    ],
    ['refused_complex.npy', readFileSync(`${folder}refused_complex.npy`), 'InvalidType', /got "<c8"$/],
    [
      'refused_structured.npy',
      readFileSync(`${folder}refused_structured.npy`),
      'InvalidType',
      /got a structured type$/,
    ],
    ['refused_dates.npy', readFileSync(`${folder}refused_dates.npy`), 'InvalidType', /got "<M8\[s\]"$/],
  ]);
});

interface ZipPart {
  readonly name: string;
  readonly content: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** Deflated already, for content that takes long. */
  readonly packed?: Uint8Array;
  /** What the directory says instead of the truth. */
  readonly size?: number;
  readonly packedSize?: number;
  readonly checksum?: number;
  readonly offset?: number;
}

/** An archive as its parts say, true or not. */
function zip(parts: readonly ZipPart[], count = parts.length): Uint8Array {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let written = 0;
  for (const { name, content, method = 8, flags = 0, ...said } of parts) {
    const packed = said.packed ?? (method === 8 ? deflateRawSync(content) : content);
    const sizes = [
      ...uint32(said.checksum ?? crc32(content)),
      ...uint32(said.packedSize ?? packed.length),
      ...uint32(said.size ?? content.length),
      ...uint16(name.length),
    ];
    const about = [...uint16(flags), ...uint16(method), ...uint32(0), ...sizes];
    directory.push(concat('PK\x01\x02', uint32(0), about, new Uint8Array(12), uint32(said.offset ?? written), name));
    const file = concat('PK\x03\x04', uint16(20), about, uint16(0), name, packed);
    files.push(file);
    written += file.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const counts = [...uint16(count), ...uint16(count)];
  return concat(...files, ...directory, 'PK\x05\x06', uint32(0), counts, uint32(size), uint32(written), uint16(0));
}

describe('.npz', () => {
  const stored = readFileSync(`${folder}qkv_stored.npz`);
  const compressed = readFileSync(`${folder}qkv_compressed.npz`);
  const array = npy(fields('(2,)'), 8);
  const zeros = npy(fields('(1000000,)', "'|i1'"), 1000000);

  test('the archives made here can be read where nothing is wrong with them', () => {
    const read = readTensorFile(
      'a.npz',
      zip([
        { name: 'a.npy', content: array },
        { name: 'b.npy', content: array, method: 0 },
      ]),
    );
    expect(read.tensors.map(({ name, tensor }) => [name, tensor.shape])).toEqual([
      ['a', [2]],
      ['b', [2]],
    ]);
    expect(readTensorFile('a.npz', zip([{ name: 'a.npy', content: zeros }])).tensors[0]?.tensor.shape).toEqual([
      1000000,
    ]);
  });

  const flipped = Uint8Array.from(stored);
  flipped[200] = (flipped[200] ?? 0) ^ 1;
  const flippedDeflated = Uint8Array.from(compressed);
  flippedDeflated.fill(0xff, 59, 120);

  refused([
    ['a.npz', concat('PK\x03\x04'), 'InvalidArgument', /got one whose directory is missing/],
    ['a.npz', concat('nothing of the kind'), 'InvalidArgument', /got one whose directory is missing/],
    [
      'a.npz',
      stored.subarray(0, 700),
      'InvalidArgument',
      /got one whose directory is missing \(a download that was cut off\?\)$/,
    ],
    ['a.npz', stored.subarray(100), 'InvalidArgument', /^a\.npz: expected a whole zip archive, got/],
    [
      'a.npz',
      flipped,
      'InvalidArgument',
      'a.npz: query: expected a whole zip archive, got data that does not match its checksum',
    ],
    [
      'a.npz',
      flippedDeflated,
      'InvalidArgument',
      /^a\.npz: query: expected a whole zip archive, got one that cannot be inflated/,
    ],
    [
      'a.npz',
      zip([]),
      'InvalidArgument',
      'a.npz: expected a .npz archive of .npy arrays, got an archive of 0 other files',
    ],
    [
      'refused_no_arrays.npz',
      readFileSync(`${folder}refused_no_arrays.npz`),
      'InvalidArgument',
      /got an archive of 1 other files$/,
    ],
    [
      'refused_pickle.pt',
      readFileSync(`${folder}refused_pickle.pt`),
      'InvalidArgument',
      /got a pickled PyTorch file, which can run code: save with safetensors' save_file or numpy\.savez$/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: array, size: 2 ** 32 - 2 }]),
      'InvalidArgument',
      /got a\.npy, said to hold 4 GiB in \d+ bytes$/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: zeros, size: 500000 }]),
      'InvalidArgument',
      /got more than the 488 KiB it promises$/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: zeros, size: 1000500 }]),
      'InvalidArgument',
      /KiB instead of the 977 KiB it promises$/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: array, packedSize: 2 ** 31 }]),
      'InvalidArgument',
      /got a\.npy with 2 GiB, which go beyond the archive's files$/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: zeros, packedSize: 500 }]),
      'InvalidArgument',
      /got a\.npy, said to hold|got one that cannot be inflated|it promises$/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: array, checksum: 1 }]),
      'InvalidArgument',
      /got data that does not match its checksum$/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: array, offset: 5 }]),
      'InvalidArgument',
      /got a\.npy where no file begins$/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: array, offset: 0xfffffff0 }]),
      'InvalidArgument',
      /got a\.npy where no file begins$/,
    ],
    [
      'a.npz',
      zip([
        { name: 'a.npy', content: array },
        { name: 'b.npy', content: array, offset: 0 },
      ]),
      'InvalidArgument',
      /got b\.npy, which overlaps another entry$/,
    ],
    ['a.npz', zip([{ name: 'a.npy', content: array }], 3), 'InvalidArgument', /got 1 of 3 entries in its directory$/],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: array }], 65535),
      'InvalidArgument',
      /got a directory beyond the end of the file$/,
    ],
    ['a.npz', zip([{ name: 'a.npy', content: array, flags: 1 }]), 'InvalidArgument', /got a\.npy, which is encrypted$/],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: array, method: 12, packedSize: array.length }]),
      'InvalidArgument',
      /^a\.npz: a: expected an entry that is stored or deflated, got method 12$/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: concat('hello') }]),
      'InvalidArgument',
      /^a\.npz: a: expected a \.npy file of version/,
    ],
    [
      'a.npz',
      zip([{ name: 'a.npy', content: npy(fields('(9,)'), 8) }]),
      'InvalidArgument',
      /^a\.npz: a: expected 36 bytes of values/,
    ],
  ]);

  test('a bomb is refused by what its directory says, before anything is inflated', () => {
    // 300 entries of 4 MiB, 1.2 GiB in all. What they hold cannot be inflated: trying to would be another error.
    const content = npy(fields('(4194304,)', "'|i1'"), 4194304);
    const part = { content, packed: new Uint8Array(4096).fill(255), checksum: 0 };
    const bomb = zip(Array.from({ length: 300 }, (_, index) => ({ ...part, name: `${index}.npy` })));
    expect(() => readTensorFile('bomb.npz', bomb)).toThrow(
      'bomb.npz: expected at most 1 GiB when inflated, got 1.2 GiB',
    );
  });
});

/** A .safetensors with this header and these bytes of data; `said` is the header's length as the file says. */
function safetensors(header: unknown, data = 0, said?: number): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  return concat(uint32(said ?? text.length), uint32(0), text, new Uint8Array(data));
}

function tensor(begin: unknown, end: unknown, shape: unknown = [2], dtype: unknown = 'F32'): unknown {
  return { dtype, shape, data_offsets: [begin, end] };
}

describe('.safetensors', () => {
  const whole = readFileSync(`${folder}unaligned.safetensors`);
  const cut = whole.subarray(0, whole.length - 1);

  test('the files made here can be read where nothing is wrong with them, in any order', () => {
    const read = readTensorFile(
      'a.safetensors',
      safetensors({ b: tensor(8, 16), a: tensor(0, 8), none: tensor(8, 8, [0]) }, 16),
    );
    expect(read.tensors.map(({ name }) => name)).toEqual(['b', 'a', 'none']);
    expect(readTensorFile('a.safetensors', safetensors({}))).toEqual({ tensors: [], labels: [] });
  });

  refused([
    [
      'a.safetensors',
      concat('short'),
      'InvalidArgument',
      "a.safetensors: expected 8 bytes with the header's length, got 5 bytes",
    ],
    [
      'a.safetensors',
      safetensors('{}', 0, 3),
      'InvalidArgument',
      'a.safetensors: expected a header of 3 bytes, as it says, got 2 bytes in all',
    ],
    [
      'a.safetensors',
      new Uint8Array(16).fill(255),
      'InvalidArgument',
      /^a\.safetensors: expected a header of 18446744073709552000 bytes/,
    ],
    [
      'a.safetensors',
      safetensors(' '.repeat(17 * 2 ** 20)),
      'InvalidArgument',
      'a.safetensors: expected a header of at most 16 MiB, got 17 MiB',
    ],
    ['a.safetensors', cut, 'InvalidArgument', /expected offsets from 0 to the \d+ bytes of data that are there/],
    [
      'a.safetensors',
      concat(whole, [0]),
      'InvalidArgument',
      /^a\.safetensors: expected 225 bytes of data, as its header says, got 226 bytes$/,
    ],
    ['a.safetensors', safetensors('{"a"'), 'InvalidArgument', /^a\.safetensors: expected a header in JSON, got/],
    [
      'a.safetensors',
      concat(uint32(2), uint32(0), [0xff, 0xfe]),
      'InvalidArgument',
      /^a\.safetensors: expected a header in JSON, got/,
    ],
    [
      'a.safetensors',
      safetensors('['.repeat(100000)),
      'InvalidArgument',
      /^a\.safetensors: expected a header in JSON, got/,
    ],
    [
      'a.safetensors',
      safetensors([1]),
      'InvalidArgument',
      'a.safetensors: expected a header that is a JSON object, got an array',
    ],
    [
      'a.safetensors',
      safetensors({ a: 1 }),
      'InvalidArgument',
      'a.safetensors: a: expected an entry with dtype, shape and data_offsets, got 1',
    ],
    ['a.safetensors', safetensors({ a: null }), 'InvalidArgument', /got null$/],
    [
      'a.safetensors',
      safetensors('{"__proto__": {"dtype": 1}}'),
      'InvalidArgument',
      /^a\.safetensors: __proto__: expected an entry/,
    ],
    [
      'a.safetensors',
      safetensors({ a: tensor(0, 8, [8], 'F8_E4M3') }, 8),
      'InvalidType',
      /^a\.safetensors: a: expected one of BOOL, I8, .*, got "F8_E4M3"$/,
    ],
    ['a.safetensors', safetensors({ a: tensor(0, 8, [2], 'toString') }, 8), 'InvalidType', /got "toString"$/],
    ['a.safetensors', safetensors({ a: tensor(0, 8, [-2]) }, 8), 'InvalidShape', /got \(-2\)$/],
    ['a.safetensors', safetensors({ a: tensor(0, 8, [0.5, 4]) }, 8), 'InvalidShape', /got \(0\.5, 4\)$/],
    ['a.safetensors', safetensors({ a: tensor(0, 8, ['2']) }, 8), 'InvalidShape', /got \("2"\)$/],
    [
      'a.safetensors',
      safetensors({ a: tensor(0, 8, [2 ** 40, 2 ** 40]) }, 8),
      'TooLarge',
      /expected at most 268435456 values/,
    ],
    [
      'a.safetensors',
      safetensors({ a: tensor(0, 8, [3]) }, 8),
      'InvalidArgument',
      'a.safetensors: a: expected 12 bytes for shape (3) of F32, got 8',
    ],
    [
      'a.safetensors',
      safetensors({ a: tensor(0, 2 ** 30, [2 ** 28]) }, 8),
      'InvalidArgument',
      'a.safetensors: a: expected offsets from 0 to the 8 bytes of data that are there, got [0, 1073741824]',
    ],
    ['a.safetensors', safetensors({ a: tensor(-8, 0) }, 8), 'InvalidArgument', /got \[-8, 0\]$/],
    ['a.safetensors', safetensors({ a: tensor(8, 0) }, 8), 'InvalidArgument', /got \[8, 0\]$/],
    ['a.safetensors', safetensors({ a: tensor(0, 7.5) }, 8), 'InvalidArgument', /got \[0, 7\.5\]$/],
    ['a.safetensors', safetensors({ a: tensor('0', '8') }, 8), 'InvalidArgument', /got \["0", "8"\]$/],
    [
      'a.safetensors',
      safetensors({ a: { dtype: 'F32', shape: [2], data_offsets: [0] } }, 8),
      'InvalidArgument',
      /got \[0\]$/,
    ],
    [
      'a.safetensors',
      safetensors({ a: tensor(0, 8), b: tensor(4, 12) }, 12),
      'InvalidArgument',
      'a.safetensors: b: expected data that begins at byte 8, got 4, which overlaps another tensor',
    ],
    [
      'a.safetensors',
      safetensors({ a: tensor(0, 8), b: tensor(0, 8) }, 8),
      'InvalidArgument',
      /got 0, which overlaps another tensor$/,
    ],
    [
      'a.safetensors',
      safetensors({ a: tensor(0, 8), b: tensor(12, 20) }, 20),
      'InvalidArgument',
      'a.safetensors: b: expected data that begins at byte 8, got 12, which leaves a hole',
    ],
  ]);
});

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

describe('tables', () => {
  refused([
    ['a.csv', text(''), 'InvalidArgument', 'a.csv: expected a file with numbers, got an empty file'],
    ['a.csv', text('\n \r\n\n'), 'InvalidArgument', 'a.csv: expected rows of numbers, got nothing'],
    ['a.csv', text('# only a comment'), 'InvalidType', 'a.csv: expected a number in row 1, column 1, got "#"'],
    ['a.csv', text('1,2,3\n4,5\n'), 'InvalidShape', 'a.csv: expected 3 cells in row 2, as in row 1, got 2'],
    ['a.csv', text('1,2\n\n3,4,5\n'), 'InvalidShape', 'a.csv: expected 2 cells in row 3, as in row 1, got 3'],
    [
      'a.csv',
      text('# comment\n1,2\n3,\n'),
      'InvalidType',
      'a.csv: expected a number in row 3, column 2, got an empty cell',
    ],
    ['a.csv', text('1,2\n3,four\n'), 'InvalidType', 'a.csv: expected a number in row 2, column 2, got "four"'],
    ['a.csv', text('one,2\n3,4\n'), 'InvalidType', 'a.csv: expected a number in row 1, column 1, got "one"'],
    ['a.csv', text('a,b\nc,d\n'), 'InvalidType', 'a.csv: expected a number in row 1, column 1, got "a"'],
    ['a.csv', text('1,0x10\n'), 'InvalidType', /column 2, got "0x10"$/],
    ['a.csv', text('1,1e\n'), 'InvalidType', /column 2, got "1e"$/],
    ['a.csv', text('1,-\n'), 'InvalidType', /column 2, got "-"$/],
    ['a.csv', text('1,1_000\n'), 'InvalidType', /column 2, got "1_000"$/],
    ['a.tsv', text('1\t1,2,3\n'), 'InvalidType', /column 2, got "1,2,3"$/],
    ['a.csv', text('1,2\n"3,4\n'), 'InvalidArgument', 'a.csv: expected a closing quote for row 2, got none'],
    ['a.csv', text('"a\nb",1\n"c",x\n'), 'InvalidType', 'a.csv: expected a number in row 3, column 2, got "x"'],
    [
      'a.csv',
      text(`1,${'<img src=x onerror=alert(1)>'.repeat(1000)}\n`),
      'InvalidType',
      /got "<img src=x onerror=alert\(1\)><img src=x o…"$/,
    ],
    ['a.csv', concat('1,2\n\xff\xfe'), 'InvalidArgument', 'a.csv: expected text in UTF-8, got bytes that are none'],
    ['a.csv', concat('1,2\n\0,3'), 'InvalidType', /row 2, column 1/],
  ]);
});

describe('.json', () => {
  refused([
    ['a.json', text(' '), 'InvalidArgument', /^a\.json: expected JSON, got text that is none/],
    ['a.json', text('[1, 2'), 'InvalidArgument', /^a\.json: expected JSON, got text that is none/],
    ['a.json', text('[NaN, Infinity, oops]'), 'InvalidArgument', /^a\.json: expected JSON, got text that is none/],
    ['a.json', text('3'), 'InvalidArgument', 'a.json: expected arrays of numbers, got none'],
    ['a.json', text('{"a": "b", "c": {"d": null}}'), 'InvalidArgument', 'a.json: expected arrays of numbers, got none'],
    ['a.json', text('[[1, 2], [3]]'), 'InvalidShape', 'a.json: expected rows of 2, got 1 at [1]'],
    ['a.json', text('[[1, 2], 3]'), 'InvalidShape', 'a.json: expected rows of 2, got 3 at [1]'],
    ['a.json', text('[[[1], [2]], [[1], [2, 3]]]'), 'InvalidShape', 'a.json: expected rows of 1, got 2 at [1][1]'],
    ['a.json', text('[1, [2]]'), 'InvalidType', 'a.json: expected a number, got an array at [1]'],
    ['a.json', text('{"x": [[1, "two"]]}'), 'InvalidType', 'a.json: x: expected a number, got "two" at [0][1]'],
    ['a.json', text('{"x": ["a", 1]}'), 'InvalidType', 'a.json: x: expected a number, got "a" at [0]'],
    ['a.json', text('[{"x": 1}]'), 'InvalidType', 'a.json: expected a number, got an object at [0]'],
    [
      'a.json',
      text('['.repeat(100000) + ']'.repeat(100000)),
      'InvalidShape',
      'a.json: expected at most 32 dimensions, got deeper nesting',
    ],
    [
      'a.json',
      text(`${'{"a":'.repeat(5000)}[1]${'}'.repeat(5000)}`),
      'InvalidArgument',
      /expected at most 8 objects in each other, got more$/,
    ],
    [
      'a.json',
      text('{"x": {"shape": [2, 3], "data": [1, 2, 3]}}'),
      'InvalidShape',
      'a.json: x: expected 6 values for shape (2, 3), got 3',
    ],
    ['a.json', text('{"x": {"shape": [-1], "data": []}}'), 'InvalidShape', /got \(-1\)$/],
    ['a.json', text('{"x": {"shape": [1e9, 1e9], "data": [1]}}'), 'TooLarge', /got shape \(1000000000, 1000000000\)$/],
    [
      'a.json',
      text('{"x": {"shape": [2], "data": [1, "b"]}}'),
      'InvalidType',
      'a.json: x: expected a number, got "b" at data[1]',
    ],
    [
      // The first row of each level claims 1e12 values; the text has four thousand.
      'a.json',
      text(`[[[[${'1,'.repeat(999)}1]${',[1]'.repeat(999)}]${',[[1]]'.repeat(999)}]${',[[[1]]]'.repeat(999)}]`),
      'InvalidShape',
      /^a\.json: expected rows of 1000, got 1 at \[0\]\[0\]\[1\]$/,
    ],
  ]);
});

describe('other files', () => {
  refused([
    [
      'notes.docx',
      text('hello'),
      'InvalidArgument',
      'notes.docx: expected one of .npy, .npz, .safetensors, .csv, .tsv, .txt, .json, got ".docx"',
    ],
    ['notes', text('hello'), 'InvalidArgument', /got a name without an ending$/],
    [
      'model.pth',
      text('\x80\x02'),
      'InvalidArgument',
      /^model\.pth: expected a file of plain numbers, got a pickle, which can run code/,
    ],
  ]);
});

describe('size', () => {
  test('a file over the limit is refused by its length alone', () => {
    expect(() => readTensorFile('a.npy', new ArrayBuffer(LARGEST_FILE + 1))).toThrow('a.npy: expected at most 1 GiB');
  });
  test('a text over its limit is refused before it is decoded', () => {
    expect(() => readTensorFile('a.csv', new Uint8Array(LARGEST_TEXT + 1))).toThrow(
      'a.csv: expected at most 256 MiB of text, got 256 MiB',
    );
  });
  test('a file of 200 MB is read', () => {
    const count = 50_000_000;
    const header = fields(`(${count / 1000}, 1000)`);
    const bytes = new Uint8Array(10 + header.length + 4 * count);
    bytes.set(npy(header));
    const [read] = readTensorFile('large.npy', bytes).tensors;
    expect(read?.tensor.shape).toEqual([50_000, 1000]);
  });
});
