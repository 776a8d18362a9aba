import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of the Chromium to test with: the environment variable CHROMIUM_PATH, else the system's. */
export function chromiumPath(): string {
  const asked = process.env['CHROMIUM_PATH'];
  const found = [asked, ...CANDIDATES].find((path) => path !== undefined && path !== '' && existsSync(path));
  if (found === undefined)
    throw new Error('no Chromium found; install it (apt-get install chromium) or set CHROMIUM_PATH');
  return found;
}

/**
 * Parts of Chromium that are left out. Above all the list below the address bar: a page of its own in every window, though
 * nobody types an address, it takes ten times the work of opening an empty page. The rest are those that Playwright leaves
 * out, because only the last list on the command line counts.
 */
const LEFT_OUT = [
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'],
  ...['AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...[
    'HttpsFirstBalancedModeAutoEnable',
    'LensOverlay',
    'MediaRouter',
    'PaintHolding',
    'ThirdPartyStoragePartitioning',
  ],
  ...[
    'AvoidCorsURLLoaderRestartOnRedirect',
    'TcpPortRandomizationWin',
    'OptimizationHints',
    'NetworkTimeServiceQuerying',
  ],
  ...['AimEnabled', 'PreconnectToSearch'],
];

/** A headless Chromium that stays off the network apart from the pages it is sent to. Close it with `close()`. */
export function launchChromium(extraArguments: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--disable-features=${LEFT_OUT.join()}`,
      ...extraArguments,
    ],
  });
}

/** How long anything may take to come, in milliseconds: long enough for a machine that does much besides. */
const PATIENCE = 60_000;

/** A page together with everything that went wrong in it: uncaught exceptions, console errors, requests that failed. */
export interface WatchedPage {
  readonly page: Page;
  readonly problems: string[];
  close(): Promise<void>;
}

/** Opens a page in a fresh context (1280x800 unless told otherwise) and collects its problems. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  let closing = false;
  page.on('requestfailed', (request) => {
    // What is still on its way when a page is closed has not failed.
    if (!closing) problems.push(`request failed: ${request.url()}`);
  });
  await page.goto(url);
  const close = (): Promise<void> => {
    closing = true;
    return context.close();
  };
  return { page, problems, close };
}
