import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { launchChromium, openPage, type WatchedPage } from './support/chromium.js';
import { distFolder } from './support/paths.js';
import { startStaticServer, type StaticServer } from './support/static-server.js';

/** The strictest policy that the page promises to work under. */
export const PAGE_POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; " +
  "require-trusted-types-for 'script'; trusted-types default lit-html headscope 'allow-duplicates'";

interface Scope {
  readonly busy: boolean;
  readonly result: { readonly weights: { readonly data: Float32Array; readonly shape: readonly number[] } } | null;
}

/** What is drawn: weights of all heads. */
export interface Drawn {
  readonly shape: readonly number[];
  readonly weights: readonly number[];
}

/** The page as it is shipped, served under its policy, in a browser of its own. */
export class PageUnderTest {
  private constructor(
    readonly browser: Browser,
    readonly server: StaticServer,
  ) {}

  static async start(): Promise<PageUnderTest> {
    const folder = join(distFolder, 'page');
    if (!existsSync(join(folder, 'index.html'))) throw new Error(`${folder} is not built: npm run build`);
    const [browser, server] = await Promise.all([
      launchChromium(),
      startStaticServer({ folders: { '/': folder }, csp: PAGE_POLICY }),
    ]);
    return new PageUnderTest(browser, server);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }

  /** Opens the page (`hash` with its #) and waits for the first picture unless told otherwise. */
  async open(hash = '', options: BrowserContextOptions = {}, drawn = true): Promise<WatchedPage> {
    const watched = await openPage(this.browser, `${this.server.origin}/${hash}`, {
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    if (drawn) await drawnWeights(watched.page);
    return watched;
  }
}

/** Opens a tab and waits for what it draws. */
export async function openTab(page: Page, name: 'Vectors' | 'Text' | 'Image' | 'File'): Promise<void> {
  await page.getByRole('tab', { name }).click();
}

/** What is drawn, unless something is being computed. */
async function drawnNow(page: Page): Promise<Drawn | null> {
  const drawn = await page.evaluate(() => {
    const scope = document.querySelector('hs-page')?.shadowRoot?.querySelector('head-scope') as
      Scope | null | undefined;
    if (!scope?.result || scope.busy) return null;
    const { data, shape } = scope.result.weights;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    // As text: a sixth of a million numbers one by one take seconds to come over.
    let text = '';
    for (let from = 0; from < bytes.length; from += 8192) {
      text += String.fromCharCode(...bytes.subarray(from, from + 8192));
    }
    return { shape: [...shape], base64: btoa(text) };
  });
  if (drawn === null) return null;
  const bytes = Uint8Array.from(Buffer.from(drawn.base64, 'base64'));
  return { shape: drawn.shape, weights: [...new Float32Array(bytes.buffer)] };
}

/** The weights that are drawn once nothing is being computed any more. */
export function drawnWeights(page: Page): Promise<Drawn> {
  return drawnWhen(page, () => true);
}

/** Waits until what is drawn fulfils a condition, and returns it. */
export async function drawnWhen(page: Page, condition: (drawn: Drawn) => boolean): Promise<Drawn> {
  const end = Date.now() + 60_000;
  for (;;) {
    const drawn = await drawnNow(page);
    if (drawn !== null && condition(drawn)) return drawn;
    if (Date.now() > end) {
      const last = drawn === null ? 'nothing' : `${drawn.shape.join(' x ')}, ${drawn.weights.slice(0, 16).join(' ')}`;
      throw new Error(`not drawn within 60 s; last: ${last}`);
    }
    await page.waitForTimeout(25);
  }
}

export type Matrix = readonly (readonly number[])[];

/** Attention as the textbook has it, in double precision: the oracle of these tests. */
export function attentionByHand(x: Matrix, query: Matrix, key: Matrix, scale: number, causal = false): number[][] {
  const times = (left: Matrix, right: Matrix): number[][] =>
    left.map((row) =>
      (right[0] ?? []).map((_, column) => row.reduce((sum, v, i) => sum + v * (right[i]?.[column] ?? 0), 0)),
    );
  const q = times(x, query);
  const k = times(x, key);
  return q.map((qRow, i) => {
    const powers = k.map((kRow, j) =>
      causal && j > i ? 0 : Math.exp(scale * qRow.reduce((sum, v, t) => sum + v * (kRow[t] ?? 0), 0)),
    );
    const total = powers.reduce((sum, power) => sum + power, 0);
    return powers.map((power) => power / total);
  });
}

/** The largest difference between two lists of numbers; Infinity where they differ in length. */
export function distance(left: readonly number[], right: readonly number[]): number {
  if (left.length !== right.length) return Infinity;
  return left.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (right[index] ?? NaN))), 0);
}

/** Presses the copy link of that name, and returns what is on the clipboard afterwards. */
export async function copied(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name }).click();
  await page.getByText(/ copied\./).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** What follows the # of the page's address once that says what is shown now: it is written a moment after every change. */
export async function writtenLink(page: Page): Promise<string> {
  const link = await copied(page, 'copy link');
  await expect.poll(() => page.url()).toBe(link);
  return new URL(link).hash;
}

/** Puts text on the clipboard and presses Ctrl+V in the focused field. */
export async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((content) => navigator.clipboard.writeText(content), text);
  await page.keyboard.press('Control+V');
}
