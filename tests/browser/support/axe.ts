import { readFileSync } from 'node:fs';
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

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What axe finds wrong in the page (or below a selector), one line per node; empty when nothing is.
 * Works under a strict CSP because the script is evaluated by the debugger, not added as a tag.
 */
export async function axeViolations(page: Page, selector = 'html'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  const results = await page.evaluate(
    // Of the nodes only their markup is shown, so nothing is made up for their addresses.
    (root) => (globalThis as unknown as AxeGlobal).axe.run(root, { resultTypes: ['violations'], selectors: false }),
    selector,
  );
  return results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html} ${node.failureSummary ?? ''}`),
  );
}
