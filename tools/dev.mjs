// The page with Vite's development server. The package is bundled again at every change of its TypeScript; C++ needs `npm run build`.
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, setUp } from './setup.mjs';
import { root } from './setup/paths.mjs';

await main(async () => {
  await setUp();
  await build();
  const [{ context }, { bundles }, { createServer }] = await Promise.all([
    import('esbuild'),
    import('./build/package.mjs'),
    import('vite'),
  ]);
  for (const options of bundles()) await (await context(options)).watch();
  const server = await createServer({ configFile: join(root, 'vite.config.ts') });
  await server.listen();
  server.printUrls();
});
