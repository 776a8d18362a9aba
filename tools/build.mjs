// Builds everything that is shipped into dist/: the package, the page, the page in one file.
import { pathToFileURL } from 'node:url';
import { main, setUp } from './setup.mjs';
import { SetupError } from './setup/command.mjs';

/** Needs set-up to have run. */
export async function build() {
  // Not imported at the top: they need packages that set-up installs.
  const { buildWasm } = await import('./build/wasm.mjs');
  const { buildDeclarations, buildPackage } = await import('./build/package.mjs');
  const { buildOneFile, buildPage } = await import('./build/page.mjs');
  const { buildManifest } = await import('./build/manifest.mjs');
  const { buildSingleFiles } = await import('./build/single-file.mjs');
  const { printSizes, sizes } = await import('./build/sizes.mjs');
  await step('WebAssembly, simd and relaxed', buildWasm);
  await step('package', buildPackage);
  await step('element in one file', buildSingleFiles);
  await step('custom-elements.json', buildManifest);
  await step('declarations', buildDeclarations);
  await step('page', buildPage);
  await step('page in one file', buildOneFile);
  printSizes();
  for (const { name, bytes, budget } of sizes()) {
    if (budget && bytes > budget)
      throw new SetupError(`${name} is ${bytes} bytes gzipped, more than the ${budget} it may be.`);
  }
}

async function step(name, work) {
  const started = Date.now();
  process.stdout.write(`build: ${name} … `);
  await work();
  process.stdout.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setUp();
    await build();
  });
}
