// What a reader downloads, and the bound that is kept.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { dist, elementPieces } from './package.mjs';

const gzipped = (...names) =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0);

/** Bytes, gzipped, of everything that attention() needs in a browser: the script and the larger of the two .wasm files. */
export const attentionBudget = 69 * 1024;

/** The same of what a page with <head-scope> has to wait for: element.js and what that imports at once. */
export const elementBudget = 35 * 1024;

/** The files of element.js that are fetched with it; the others come when they are needed. */
export function firstPieces(name = 'element.js', found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const code = readFileSync(join(dist, name), 'utf8');
  for (const [, piece] of code.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g)) firstPieces(piece, found);
  return found;
}

/** @returns {{name: string, bytes: number, budget?: number}[]} */
export function sizes() {
  const firsts = [...firstPieces()];
  const late = elementPieces().filter((name) => !firsts.includes(name));
  const rows = [
    {
      name: 'attention(): headscope.js + one .wasm',
      bytes: gzipped('headscope.js') + Math.max(gzipped('headscope.simd.wasm'), gzipped('headscope.relaxed.wasm')),
      budget: attentionBudget,
    },
    {
      name: 'all layers: layers.js + one .wasm',
      bytes:
        gzipped('layers.js') +
        Math.max(gzipped('headscope-layers.simd.wasm'), gzipped('headscope-layers.relaxed.wasm')),
    },
    { name: 'pool.js', bytes: gzipped('pool.js') },
    { name: 'worker.js', bytes: gzipped('worker.js') },
    {
      name: firsts.length > 1 ? `element.js, in ${firsts.length} pieces` : 'element.js',
      bytes: gzipped(...firsts),
      budget: elementBudget,
    },
    ...late.map((name) => ({ name: `  later: ${name}`, bytes: gzipped(name) })),
    { name: 'element.single.js', bytes: gzipped('element.single.js') },
    { name: 'widget.js', bytes: gzipped('widget.js') },
    { name: 'readers.js', bytes: gzipped('readers.js') },
  ];
  if (existsSync(join(dist, 'page'))) {
    const files = readdirSync(join(dist, 'page'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const names = files.map((entry) => join(entry.parentPath, entry.name).slice(dist.length + 1));
    rows.push({ name: 'page/ (all of it)', bytes: gzipped(...names) });
  }
  if (existsSync(join(dist, 'headscope.html'))) rows.push({ name: 'headscope.html', bytes: gzipped('headscope.html') });
  return rows;
}

export function printSizes() {
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
  for (const { name, bytes, budget } of sizes()) {
    process.stdout.write(
      `  ${kilobytes(bytes).padStart(9)} gzipped  ${name}${budget ? ` (at most ${kilobytes(budget)})` : ''}\n`,
    );
  }
}
