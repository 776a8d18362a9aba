// The C++ that the chapters and README.md show compiles: with the flags of the core itself, to the end of the compiler's checks.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { cmakeConfigure } from '../../tools/cmake.mjs';
import { files, read, root } from './support/repository.mjs';

const tensor = (...shape) => ({ data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5), shape });
const projections = { query: tensor(4, 3), key: tensor(4, 3), value: tensor(4, 2) };
const layer = { rows: 4, columns: 4, dim: 8, heads: 2, headDim: 4, dropout: 0.1, training: true, seed: 7 };

/** What programs that are made of a page's settings are made of here, one list for each of their forms; others take nothing. */
const SETTINGS = {
  'self-attention cpp': [
    [
      { x: tensor(3, 4), projections },
      { scaled: true, causal: false },
    ],
    [
      { x: tensor(3, 4), projections },
      { scaled: false, causal: true },
    ],
  ],
  'projections attentionCpp': [['separate'], ['shared'], ['equal']],
  'projections shiftCpp': [1, 2].map((shift) => [{ shift, width: 4, height: 3, channels: 8 }]),
  'patches cpp': [[layer], [{ ...layer, training: false }], [{ ...layer, heads: 1, headDim: 8 }]],
};

/** The programs of the chapters: [name, code]. */
async function chapterPrograms() {
  const programs = [];
  for (const path of files(/^web\/demo\/chapters\/.*program\.ts$/)) {
    const [, chapter] = /chapters\/([^/]+)\//.exec(path);
    for (const [name, program] of Object.entries(await import(join(root, path)))) {
      if (!/cpp$/i.test(name)) continue;
      const forms = SETTINGS[`${chapter} ${name}`] ?? [[]];
      forms.forEach((form, i) =>
        programs.push([`${chapter}, ${name}, form ${i + 1}`, typeof program === 'string' ? program : program(...form)]),
      );
    }
  }
  return programs;
}

/** README.md's piece, which its text tells the header of. */
const readmePrograms = [...read('README.md').matchAll(/^```cpp\n([\s\S]*?)^```$/gm)].map(([, code], i) => [
  `README.md, piece ${i + 1}`,
  `#include "headscope/layers/transformer_decoding.hpp"\nint main() {\n${code}return found ? 0 : 1;\n}\n`,
]);

const programs = [...(await chapterPrograms()), ...readmePrograms];

let compiler;
beforeAll(async () => {
  await cmakeConfigure('native');
  const commands = JSON.parse(readFileSync(join(root, 'build/native/compile_commands.json'), 'utf8'));
  const { command } = commands.find(({ file }) => file.startsWith(join(root, 'src')));
  const [program, ...flags] = command.split(' ').filter(Boolean);
  // -o OUTPUT -c FILE stand last.
  compiler = { program, flags: flags.slice(0, flags.indexOf('-o')) };
});

/** What the compiler says of a program; nothing where it is content. */
function problemsOf(code) {
  return new Promise((resolve) => {
    const { program, flags } = compiler;
    const child = execFile(program, [...flags, '-fsyntax-only', '-x', 'c++', '-'], (error, _output, messages) =>
      resolve(error === null ? '' : messages || String(error)),
    );
    child.stdin.end(code);
  });
}

describe('the C++ of', () => {
  it('every chapter that shows any is among these', () => {
    const shown = files(/^web\/demo\/chapters\/.*\.ts$/).flatMap((path) => [
      ...read(path).matchAll(/\.cpp=\$\{(\w+)/g),
    ]);
    const exported = new Set(programs.map(([name]) => name.split(', ')[1]));
    expect(shown.length).toBeGreaterThan(7);
    expect(shown.map(([, name]) => name).filter((name) => !exported.has(name))).toEqual([]);
    expect(readmePrograms).not.toEqual([]);
  });

  it.concurrent.each(programs)('%s compiles', async (_name, code) => {
    expect(await problemsOf(code)).toBe('');
  });

  it.concurrent('none of them would, with another word in it', async () => {
    const [, code] = readmePrograms[0];
    expect(await problemsOf(code.replace('.heads =', '.head ='))).toContain('head');
  });
});
