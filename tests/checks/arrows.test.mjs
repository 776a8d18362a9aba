import { expect, test } from 'vitest';
import { brokenArrows } from './support/arrows.mjs';
import { files, read } from './support/repository.mjs';

test('no file uses what it should not know of', () => {
  const paths = files(/^(src|wasm-bindings|web)\/.*\.([ch]pp|[jt]s|mjs)$/).filter(
    (path) => !/^web\/examples\/.*config/.test(path),
  );
  expect(paths.length).toBeGreaterThan(50);
  const tools = (path) => path === 'wasm-bindings/js/generate-error-codes.mjs';
  expect(brokenArrows(paths.filter((path) => !tools(path)).map((path) => ({ path, text: read(path) })))).toEqual([]);
});

// That the check can fail: one source for each kind of arrow that is not there.
test.each([
  ['src/headscope/kernels/pack.hpp', '#include "headscope/attention/options.hpp"'],
  ['src/headscope/reference/attention.hpp', '#include "headscope/kernels/softmax.hpp"'],
  ['src/headscope/layers/linear.cpp', '#include "headscope/reference/linear.hpp"'],
  ['src/headscope/tensor.hpp', '#include <emscripten/val.h>'],
  ['src/headscope/attention/options.hpp', '#include "../../../wasm-bindings/convert.hpp"'],
  ['wasm-bindings/calls.cpp', '#include "headscope/kernels/pack.hpp"'],
  ['wasm-bindings/js/load.ts', "import { x } from '../../web/views/matrix.js';"],
  ['web/views/matrix.ts', "import type { Tensor } from '../../wasm-bindings/js/index.js';"],
  ['web/views/matrix.ts', "import { html } from 'lit';"],
  ['web/views/matrix.ts', "import { saveFile } from '../hand-over.js';"],
  ['web/readers/npy.ts', "export * from '../element/define.js';"],
  ['web/element/scene.ts', "const page = await import('../demo/main.js');"],
  ['web/demo/main.ts', "import { a } from '../../wasm-bindings/js/index.js';"],
  ['web/demo/main.ts', "import '../element/define.js';"],
  ['web/elsewhere/thing.ts', ''],
])('%s may not say: %s', (path, text) => {
  expect(brokenArrows([{ path, text }])).toHaveLength(1);
});
