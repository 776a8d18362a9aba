// From the navigation of a browser that has just been started to a result, and what has been downloaded by then.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { launch } from './browser.mjs';
import { contestantsAlone, fileOf, pageAlone } from './site.mjs';

/**
 * @param {string} origin
 * @param {number} rounds
 * @param {boolean} all those of ours and plain JavaScript only, unless true
 * @returns {Promise<{by: string, times: number[], error: number, gzipped: number}[]>}
 */
export async function firstResults(origin, rounds, all) {
  const contestants = all ? contestantsAlone : ['headscope', 'plain JavaScript'];
  const results = contestants.map((by) => ({ by, times: [], error: 0, gzipped: 0 }));
  for (let round = 0; round < rounds; ++round) {
    for (const result of results) {
      const { time, error, files } = await visit(origin + pageAlone(result.by));
      result.times.push(time);
      result.error = Math.max(result.error, error);
      if (round === 0) {
        result.gzipped = files.reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
      }
    }
  }
  return results;
}

async function visit(url) {
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const files = new Set();
    page.on('response', (response) => files.add(fileOf(new URL(response.url()).pathname)));
    await page.goto(url);
    await page.waitForFunction(() => globalThis.firstResult, undefined, { timeout: 20_000 });
    const { time, error } = await page.evaluate(() => globalThis.firstResult);
    files.delete(undefined);
    return { time, error, files: [...files] };
  } finally {
    await browser.close();
  }
}
