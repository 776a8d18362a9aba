// Measures attention in Chromium and prints a table; --quick repeats less. Results also go to build/bench/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { main, setUp } from './setup.mjs';
import { root } from './setup/paths.mjs';

const quick = process.argv.includes('--quick');

await main(async () => {
  await setUp({ browsers: true });
  await build();
  const { createServer } = await import('vite');
  const { chromium } = await import('playwright-core');
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    server: { host: '127.0.0.1', port: 0 },
  });
  await server.listen();
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(new URL('tests/bench/', server.resolvedUrls.local[0]).href);
    await page.waitForFunction(() => globalThis.runBenchmark);
    const measurements = await page.evaluate((options) => globalThis.runBenchmark(options), { quick });
    const table = markdown(measurements);
    const folder = join(root, 'build', 'bench');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'attention.json'),
      JSON.stringify({ browser: browser.version(), measurements }, null, 2),
    );
    writeFileSync(join(folder, 'attention.md'), table);
    process.stdout.write(
      `\nChromium ${browser.version()}, one thread; median (fastest to slowest) of a call\n\n${table}`,
    );
    const wrong = measurements.filter(({ error }) => !(error < 1e-5));
    for (const { contestant, workload, error } of wrong) {
      process.stdout.write(`wrong: ${contestant}, ${workload}: off by ${error}\n`);
    }
    return wrong.length > 0 ? 1 : 0;
  } finally {
    await browser.close();
    await server.close();
  }
});

function markdown(measurements) {
  const baseline = new Map(
    measurements.filter(({ contestant }) => contestant === 'plain JavaScript').map((m) => [m.workload, m.median]),
  );
  const ms = (value) => `${value.toPrecision(3)}`;
  const rows = measurements.map(
    (m) =>
      `| ${m.workload} | ${m.contestant} | ${ms(m.median)} (${ms(m.fastest)} to ${ms(m.slowest)}) | ${m.gigaflops.toFixed(1)} ` +
      `| ${(baseline.get(m.workload) / m.median).toFixed(1)} | ${m.error.toExponential(1)} |`,
  );
  const head = ['work', 'by', 'ms', 'GFLOP/s', 'times plain JavaScript', 'error'];
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows, ''].join('\n');
}
