// Lit's browser build reads `document` and extends `HTMLElement` while it is being imported, which throws on a server. These two
// names come from web/element/server-globals.ts instead, in Lit's own files only.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';

/** @type {import('esbuild').Plugin} */
export const litOnServers = {
  name: 'lit-on-servers',
  setup(build) {
    const globals = join(root, 'web/element/server-globals.ts');
    build.onLoad(
      { filter: /node_modules[\\/](lit-html[\\/].*lit-html|@lit[\\/]reactive-element[\\/].*reactive-element)\.js$/ },
      ({ path }) => ({
        contents: `import { HTMLElement, document } from ${JSON.stringify(globals)};\n${readFileSync(path, 'utf8')}`,
        loader: 'js',
      }),
    );
  },
};
