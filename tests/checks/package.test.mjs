import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPackage, runModule } from './support/installed-package.mjs';
import { root } from './support/repository.mjs';

let installed;
beforeAll(() => {
  installed = installPackage();
});
afterAll(() => installed.remove());

test('the package holds what is shipped and nothing else', () => {
  const unexpected = installed.files.filter(
    (path) =>
      !/^(dist\/[\w.-]+\.(js|d\.ts|wasm)|dist\/types\/.*\.d\.ts|dist\/custom-elements\.json|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(
        path,
      ),
  );
  expect(unexpected).toEqual([]);
  for (const name of [
    'headscope.js',
    'layers.js',
    'pool.js',
    'worker.js',
    'element.js',
    'element.single.js',
    'frame.js',
    'widget.js',
    'custom-elements.json',
    'readers.js',
    'headscope.simd.wasm',
    'headscope.relaxed.wasm',
    'headscope-layers.simd.wasm',
    'headscope-layers.relaxed.wasm',
  ]) {
    expect(installed.files).toContain(`dist/${name}`);
  }
  expect(installed.files.filter((path) => path.startsWith('dist/element-')).length).toBeGreaterThan(1);
  expect(installed.packedBytes).toBeLessThan(1100 * 1024);
});

test('it brings no other package along', () => {
  const folders = readdirSync(join(installed.folder, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(folders).toEqual(['headscope']);
});

test('it computes attention in Node', () => {
  const printed = runModule(
    installed.folder,
    'attention.mjs',
    `import { load } from 'headscope';
const headscope = await load();
// Scores 0 and ln 3 make weights 1/4 and 3/4.
const { output, weights } = headscope.attention([[1]], [[0], [Math.log(3)]], [[0], [8]], { scale: 1, needWeights: true });
console.log(JSON.stringify({ output: [...output.data], weights: [...weights.data] }));
`,
  );
  const { output, weights } = JSON.parse(printed);
  expect(output[0]).toBeCloseTo(6, 5);
  expect(weights[0]).toBeCloseTo(0.25, 6);
  expect(weights[1]).toBeCloseTo(0.75, 6);
});

test('it computes attention in a worker of Node, which then lets the program end', () => {
  const printed = runModule(
    installed.folder,
    'worker.mjs',
    `import { AttentionPool } from 'headscope/pool';
const { output } = await new AttentionPool().attention([[1]], [[0], [Math.log(3)]], [[0], [8]], { scale: 1 });
console.log(output.data[0].toFixed(5));
`,
  );
  expect(printed.trim()).toBe('6.00000');
});

test('readers and element can be imported where there is no page', () => {
  const code = `import { readTensors } from 'headscope/readers'; import 'headscope/element'; console.log(typeof readTensors);`;
  expect(runModule(installed.folder, 'imports.mjs', code).trim()).toBe('function');
});

const consumer = `
import { HeadscopeError, load, type Tensor } from 'headscope';
import { AttentionPool } from 'headscope/pool';
import { configure, sharedPool, type HeadScopeElement } from 'headscope/element';
import { readTensors } from 'headscope/readers';

const headscope = await load({ flavour: 'simd' });
const output: Tensor = headscope.attention([[1]], [[1]], [[1]], { causal: true }).output;
const pool: AttentionPool = await sharedPool();
const element: HeadScopeElement = document.createElement('head-scope');
element.tokens = ['a'];
await element.updateComplete;
configure({});
export const read: unknown = readTensors;
export { output, pool };
export const code = (error: unknown): string => (error instanceof HeadscopeError ? error.code : '');
// @ts-expect-error what is not there is not declared either
headscope.attend();
`;

// Declarations are checked too (no skipLibCheck): one that refers to what the package does not hold would fail.
test.each([
  ['ES2022', 'bundler'],
  ['NodeNext', 'NodeNext'],
])('its declarations are whole for a user with module %s, resolution %s', (module, moduleResolution) => {
  writeFileSync(join(installed.folder, 'consumer.ts'), consumer);
  writeFileSync(
    join(installed.folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: 'ES2022',
        lib: ['ES2022', 'DOM', 'ESNext.Disposable'],
        types: [],
        module,
        moduleResolution,
      },
      files: ['consumer.ts'],
    }),
  );
  let said = '';
  try {
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', '.'], { cwd: installed.folder, encoding: 'utf8' });
  } catch (error) {
    said = error.stdout;
  }
  expect(said).toBe('');
});
