import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { elementPieces } from '../../tools/build/package.mjs';
import { sizes } from '../../tools/build/sizes.mjs';
import { flavours, modules, scriptOf } from '../../tools/build/wasm.mjs';
import { dist, read, root } from './support/repository.mjs';
import { simdInstructions } from './support/wasm.mjs';

const shipped = readdirSync(dist, { recursive: true }).filter((name) => /\.(m?js|html)$/.test(name));

/** Code made from text: what a page's policy forbids unless it says 'unsafe-eval'. */
const codeFromText = /\bnew\s+Function\b|(?<![.\w$])(?:eval|Function)\s*\(|\bset(?:Timeout|Interval)\(\s*["'`]/;

test.each(shipped)('%s makes no code from text', (name) => {
  expect(codeFromText.exec(readFileSync(join(dist, name), 'utf8'))?.[0]).toBeUndefined();
});

test.each(['x=new Function("a")', 'eval("1")', ';Function("a")', 'setTimeout("go()",1)'])(
  '%s would be found',
  (code) => {
    expect(code).toMatch(codeFromText);
  },
);

test.each(Object.keys(modules))('both .wasm files of %s use SIMD, and only the relaxed one relaxed SIMD', (name) => {
  const simd = simdInstructions(join(dist, `${name}.simd.wasm`));
  const relaxed = simdInstructions(join(dist, `${name}.relaxed.wasm`));
  expect(simd.simd).toBeGreaterThan(100);
  expect(simd.relaxed).toBe(0);
  expect(relaxed.simd).toBeGreaterThan(100);
  expect(relaxed.relaxed).toBeGreaterThan(0);
});

test('all .wasm files share one script', () => {
  const scripts = flavours.flatMap((flavour) => Object.keys(modules).map((name) => scriptOf(flavour, name)));
  expect(scripts).toHaveLength(4);
  expect(new Set(scripts).size).toBe(1);
});

test('bundlers find the worker and the two .wasm files', () => {
  for (const [file, reference] of [
    ['pool.js', 'new Worker(new URL("./worker.js",import.meta.url),{type:"module"})'],
    ['headscope.js', 'new URL("./headscope.simd.wasm",import.meta.url)'],
    ['headscope.js', 'new URL("./headscope.relaxed.wasm",import.meta.url)'],
    ['layers.js', 'new URL("./headscope-layers.simd.wasm",import.meta.url)'],
    ['layers.js', 'new URL("./headscope-layers.relaxed.wasm",import.meta.url)'],
    ['worker.js', 'new URL("./headscope.simd.wasm",import.meta.url)'],
    ['worker.js', 'new URL("./headscope.relaxed.wasm",import.meta.url)'],
  ]) {
    expect(readFileSync(join(dist, file), 'utf8'), file).toContain(reference);
  }
  // The element fetches its engine late: one of its pieces has the worker.
  const pieces = elementPieces().map((name) => readFileSync(join(dist, name), 'utf8'));
  const reference = 'new Worker(new URL("./worker.js",import.meta.url),{type:"module"})';
  expect(pieces.filter((text) => text.includes(reference))).toHaveLength(1);
});

test('what has a size budget keeps it', () => {
  const bounded = sizes().filter(({ budget }) => budget !== undefined);
  expect(bounded.length).toBeGreaterThan(0);
  for (const { name, bytes, budget } of bounded) expect(bytes, name).toBeLessThanOrEqual(budget);
});

test('the page in one file refers to nothing outside it', () => {
  const html = readFileSync(join(dist, 'headscope.html'), 'utf8');
  // The script's own text may say anything; the markup around it may not point anywhere.
  const markup = html.replace(/(<script[^>]*>)[\s\S]*?(<\/script>)/g, '$1$2');
  const references = [...markup.matchAll(/\b(?:src|href)="([^"]*)"/g)].map((match) => match[1]);
  expect(references.filter((reference) => !reference.startsWith('data:'))).toEqual([]);
  expect(markup.match(/<script/g)).toHaveLength(1);
});

test("the error codes in TypeScript are the core's", () => {
  const generated = execFileSync(process.execPath, ['wasm-bindings/js/generate-error-codes.mjs', '--print'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(read('wasm-bindings/js/error-codes.ts')).toBe(generated);
});
