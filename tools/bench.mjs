// Measures attention in Chromium, beside other runtimes, and prints tables; they also go to build/bench/, with all figures as JSON.
//   --quick           fewer repetitions: within a minute
//   --only "L = 512"  only the work of that name, or else those whose name holds these words
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { main, setUp } from './setup.mjs';
import { root } from './setup/paths.mjs';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});

await main(async () => {
  await setUp({ browsers: true, peers: true });
  // Not imported at the top: they need packages that set-up installs.
  const { buildWasm } = await import('./build/wasm.mjs');
  const { buildPackage } = await import('./build/package.mjs');
  const { buildPage } = await import('./build/page.mjs');
  const { bundle } = await import('./bench/site.mjs');
  const { measure } = await import('./bench/measure.mjs');
  const { report } = await import('./bench/report.mjs');
  await buildWasm();
  await buildPackage();
  await buildPage();
  await bundle();
  const results = await measure(options);
  const { text, wrong } = report(results);
  const folder = join(root, 'build', 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'attention.json'), JSON.stringify(results, null, 2));
  writeFileSync(join(folder, 'attention.md'), text);
  process.stdout.write(text);
  return wrong ? 1 : 0;
});
