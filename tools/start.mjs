// Builds the page and serves it to this machine only.
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, setUp } from './setup.mjs';
import { root } from './setup/paths.mjs';

await main(async () => {
  await setUp();
  await build();
  const { preview } = await import('vite');
  const server = await preview({ configFile: join(root, 'vite.config.ts'), logLevel: 'warn' });
  process.stdout.write(`\nheadscope is at ${server.resolvedUrls.local[0]}\nCtrl+C ends it.\n`);
});
