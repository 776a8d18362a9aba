// The page, for a server: dist/page. And the same page in one file that opens from the disk: dist/headscope.html.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vite from 'vite';
import { root } from '../setup/paths.mjs';
import { insideOptions, NOWHERE } from './inside.mjs';
import { dist } from './package.mjs';

const configFile = join(root, 'vite.config.ts');

export async function buildPage() {
  await vite.build({ configFile, logLevel: 'warn' });
}

export async function buildOneFile() {
  const output = await vite.build({
    configFile,
    logLevel: 'warn',
    plugins: [everythingInside()],
    // Chromium starts no module worker from a Blob of a file:// page.
    worker: { format: 'iife' },
    build: {
      write: false,
      emptyOutDir: false,
      assetsInlineLimit: Infinity,
      cssCodeSplit: false,
      rollupOptions: { output: { codeSplitting: false } },
    },
  });
  writeFileSync(join(dist, 'headscope.html'), inlined(output.output));
}

/** A page of a file:// address may load nothing: the package is told what is inside before the page's own script runs. */
function everythingInside() {
  const setting = 'virtual:everything-inside';
  return {
    name: 'everything-inside',
    enforce: 'pre',
    resolveId: (id) => (id === setting ? `\0${setting}` : undefined),
    async load(id) {
      if (id !== `\0${setting}`) return undefined;
      return `
import { configure } from 'headscope';
import { configure as configureElement } from 'headscope/element';
import { configure as configureLayers } from 'headscope/layers';
const options = ${await insideOptions('headscope-layers.simd.wasm')};
configure(options);
configureElement(options);
configureLayers(options);
`;
    },
    transform(code, id) {
      // What these two would point at is inside: nothing is left for the bundler to follow.
      if (id.startsWith(dist)) return { code: code.replaceAll('import.meta.url', NOWHERE), map: null };
      if (id.endsWith('/web/demo/main.ts')) return { code: `import '${setting}';\n${code}`, map: null };
      if (id.includes('/web/demo/'))
        return { code: code.replaceAll(/(from '[^']+\?worker)'/g, "$1&inline'"), map: null };
      return undefined;
    },
  };
}

/** @param {import('vite').Rollup.RollupOutput['output']} files */
function inlined(files) {
  let html = files.find(({ fileName }) => fileName === 'index.html').source;
  const rest = new Map(files.filter(({ fileName }) => fileName !== 'index.html').map((file) => [file.fileName, file]));
  const take = (href) => {
    const name = href.replace(/^\.\//, '');
    const file = rest.get(name);
    if (!file) throw new Error(`The page refers to ${href}, which its build did not write.`);
    rest.delete(name);
    return file.type === 'chunk' ? file.code : String(file.source);
  };
  html = html.replace(
    /<link rel="stylesheet"[^>]*? href="([^"]+)"[^>]*>/g,
    (_tag, href) => `<style>${take(href)}</style>`,
  );
  // An icon is the one thing that the bundler does not put inside when it is asked to.
  html = html.replace(/(<link rel="icon"[^>]*? href=")([^"]+\.svg)"/g, (_tag, before, href) => {
    return `${before}data:image/svg+xml,${encodeURIComponent(take(href))}"`;
  });
  // Inside a script element these two would end it, or hide its end.
  const scriptText = (code) => code.trim().replace(/<(?=\/script|!--)/gi, '\\x3C');
  html = html.replace(
    /<script type="module"[^>]*? src="([^"]+)"[^>]*><\/script>/g,
    (_tag, src) => `<script type="module">${scriptText(take(src))}</script>`,
  );
  if (rest.size > 0) throw new Error(`The one-file page lacks ${[...rest.keys()].join(', ')}.`);
  return html;
}
