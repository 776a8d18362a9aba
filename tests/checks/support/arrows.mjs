// Which part of the house may use which: the arrows of the design, as data, and what breaks them.
import { dirname, posix } from 'node:path';

/** The parts of the C++ core and the JavaScript above it, from the most specific path on. */
const parts = [
  ['kernels', /^src\/headscope\/kernels\//],
  ['attention', /^src\/headscope\/attention\//],
  ['layers', /^src\/headscope\/layers\//],
  ['reference', /^src\/headscope\/reference\//],
  ['simd', /^src\/headscope\/simd\.hpp$/],
  ['status', /^src\/headscope\/status(\.[ch]pp|_codes\.def)$/],
  ['tensor', /^src\/headscope\/(tensor|expect)\.[ch]pp$/],
  ['bindings', /^wasm-bindings\/(layers\/)?[^/]+\.[ch]pp$/],
  ['js', /^wasm-bindings\/js\//],
  ['hand-over', /^web\/hand-over\.[jt]s$/],
  ['views', /^web\/views\//],
  ['readers', /^web\/readers\//],
  ['element', /^web\/element\//],
  ['demo', /^web\/demo\//],
  ['examples', /^web\/examples\//],
];

/** What each part may use besides itself: other parts, and packages by name. */
const arrows = {
  status: [],
  tensor: ['status', '<xtensor>'],
  simd: ['<xsimd>', '<wasm_simd128.h>'],
  kernels: ['simd', 'status', '<xsimd>'],
  attention: ['kernels', 'simd', 'tensor', 'status', '<xtensor>', '<xsimd>'],
  layers: ['attention', 'kernels', 'tensor', 'status', '<xtensor>', '<xsimd>'],
  reference: ['tensor', '<xtensor>'],
  bindings: ['attention', 'layers', 'tensor', 'status', '<emscripten>', '<xtensor>'],
  js: ['#glue'],
  'hand-over': [],
  views: [],
  readers: ['js', 'fflate'],
  element: ['js', 'views', 'readers', 'hand-over', 'lit'],
  demo: ['headscope', 'hand-over', 'lit', '@lit'],
  examples: ['headscope', 'react', 'react-dom', 'reveal.js'],
};

/** Headers that only their own part may ask for; all other <...> headers are the standard library's. */
const libraryHeaders = /^(xtensor|xsimd|xtl|emscripten|gtest|nlohmann)\/|^wasm_simd128\.h$/;

const partOf = (path) => parts.find(([, pattern]) => pattern.test(path))?.[0];

/** @returns {string[]} what the file uses: paths in the repository, `<library>`, or names of packages */
function uses(path, text) {
  if (/\.[ch]pp$/.test(path)) {
    const own = [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map(([, name]) =>
      name.startsWith('headscope/') ? `src/${name}` : posix.join(dirname(path), name),
    );
    const libraries = [...text.matchAll(/^\s*#\s*include\s+<([^>]+)>/gm)]
      .map(([, name]) => name)
      .filter((name) => libraryHeaders.test(name));
    return [...own, ...libraries.map((name) => `<${name.split('/')[0]}>`)];
  }
  const code = text.replace(/^\s*(\/\/|\/?\*).*$/gm, '');
  const specifiers = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*(['"])([\w@#./?-]+)\1/g)].map((match) => match[2]);
  return (
    specifiers
      .filter((name) => !name.startsWith('node:'))
      .map((name) => (name.startsWith('.') ? posix.join(dirname(path), name.replace(/\?.*$/, '')) : name.split('/')[0]))
      // Pages without a bundler name packages by where they lie.
      .map((name) => name.replace(/^dist\/.*/, 'headscope').replace(/^node_modules\/([^/]+)\/.*/, '$1'))
  );
}

/**
 * @param {{path: string, text: string}[]} sources
 * @returns {string[]} a sentence for each arrow that is not in the design
 */
export function brokenArrows(sources) {
  const broken = [];
  for (const { path, text } of sources) {
    const part = partOf(path);
    if (!part) {
      broken.push(`${path} belongs to no part of the house`);
      continue;
    }
    for (const used of uses(path, text)) {
      const target = partOf(used) ?? used;
      if (target !== part && !arrows[part].includes(target)) broken.push(`${path} (${part}) uses ${used}`);
    }
  }
  return broken;
}
