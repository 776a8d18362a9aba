import { chromium } from 'playwright-core';

/** Chromium as a visitor has it, but that nothing in it runs slower because it is out of sight. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-renderer-backgrounding',
    ],
  });
}
