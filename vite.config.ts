import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The package's exports, as package.json names them: the page and the tests import what is shipped. */
export const packageExports = [
  { find: /^headscope$/, replacement: path('./dist/headscope.js') },
  { find: /^headscope\/(element|frame|layers|pool|readers|worker)$/, replacement: path('./dist/$1.js') },
];

export default defineConfig({
  root: path('./web/demo'),
  // The page works from any folder of any server.
  base: './',
  resolve: { alias: packageExports },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', fs: { allow: [path('.')] } },
  preview: { host: '127.0.0.1' },
  build: {
    outDir: path('./dist/page'),
    emptyOutDir: true,
    target: 'es2022',
    // A policy without data: is common; files are as fast.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
