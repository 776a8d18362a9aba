import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

interface AxeGlobal {
  readonly axe: { run(context: unknown, options: unknown): Promise<AxeResults> };
}

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/**
 * What axe finds wrong in the page (or below a selector), one line per node; empty when nothing is.
 * Works under a strict CSP because the script is evaluated by the debugger, not added as a tag.
 */
export async function axeViolations(page: Page, selector = 'html'): Promise<string[]> {
  await page.evaluate(await readFile(axeFile, 'utf8'));
  const results = await page.evaluate(
    (root) => (globalThis as unknown as AxeGlobal).axe.run(root, { resultTypes: ['violations'] }),
    selector,
  );
  return results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html} ${node.failureSummary ?? ''}`),
  );
}
