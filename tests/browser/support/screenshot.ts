import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { repositoryRoot } from './paths.js';

/** Git-ignored folder that every browser test writes its pictures to. */
export const SCREENSHOT_FOLDER = join(repositoryRoot, 'screenshots');

/** Writes screenshots/NAME.png of a page or of one element of it. */
export async function screenshot(target: Page | Locator, name: string): Promise<void> {
  await mkdir(SCREENSHOT_FOLDER, { recursive: true });
  await target.screenshot({ path: join(SCREENSHOT_FOLDER, `${name}.png`), animations: 'disabled' });
}
