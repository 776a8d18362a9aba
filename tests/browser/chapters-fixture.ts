import type { Locator, Page } from 'playwright-core';
import type { WatchedPage } from './support/chromium.js';
import type { PageUnderTest } from './page-fixture.js';

/** Opens a chapter by its address and waits until it is there with its pictures. */
export async function openChapter(
  under: PageUnderTest,
  id: string,
  options: Parameters<PageUnderTest['open']>[1] = {},
  query = '',
): Promise<WatchedPage> {
  const watched = await under.open(`?chapter=${id}${query}`, options, false);
  await watched.page.locator(`hs-chapter-${id} h2`).waitFor();
  await pictures(watched.page);
  return watched;
}

/** Waits until every `<head-scope>` of the page, those that nobody has come near to as well, has drawn what it was given. */
export async function pictures(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const found: Element[] = [];
    const walk = (root: ParentNode): void => {
      for (const element of root.querySelectorAll('*')) {
        if (element.localName === 'head-scope') found.push(element);
        if (element.shadowRoot) walk(element.shadowRoot);
      }
    };
    walk(document);
    return (
      found.length > 0 &&
      found.every((element) => {
        const scope = element as unknown as { loading: string; readonly busy: boolean; readonly result: unknown };
        scope.loading = 'eager';
        return !scope.busy && scope.result !== null;
      })
    );
  });
}

/** The weights that a `<head-scope>` holds, row by row. */
export function weightsOf(scope: Locator): Promise<number[]> {
  return scope.evaluate((element) => {
    const { result } = element as unknown as { readonly result: { readonly weights: { readonly data: Float32Array } } };
    return [...result.weights.data];
  });
}

/** The numbers of a matrix as they are written, row by row. What a chapter draws at first, it draws in turn. */
export async function numbersOf(matrix: Locator): Promise<number[]> {
  await matrix.locator('td').first().waitFor({ state: 'attached' });
  const texts = await matrix
    .locator('td')
    .evaluateAll((cells) => cells.map((cell) => cell.querySelector('input')?.value ?? cell.textContent));
  return texts.map((text) => Number(text.trim().replace('−', '-')));
}

/** Presses a "try this" and returns what it says. */
export async function tryThis(page: Page, name: string | RegExp): Promise<string> {
  const button = page.getByRole('button', { name });
  await button.click();
  const outcome = page.locator('hs-try-this').filter({ has: button }).locator('.outcome');
  return (await outcome.textContent())?.trim() ?? '';
}
