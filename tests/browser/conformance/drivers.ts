import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { Builder, Capabilities } from 'selenium-webdriver';
import { launchChromium } from '../support/chromium.js';
import { SCREENSHOT_FOLDER } from '../support/screenshot.js';

/** A browser that opens a page, waits for an element and gives its text. */
export interface Engine {
  /** Whether it has relaxed SIMD. */
  readonly relaxed: boolean;
  /** Leaves screenshots/NAME.png behind, also when the element does not come. */
  textOf(url: string, selector: string, name: string): Promise<string>;
  close(): Promise<void>;
}

/** Golden cases, workers and all: long enough for a slow machine, short enough to notice that a page is stuck. */
const PATIENCE = 60_000;

async function keep(name: string, png: Uint8Array): Promise<void> {
  await mkdir(SCREENSHOT_FOLDER, { recursive: true });
  await writeFile(join(SCREENSHOT_FOLDER, `${name}.png`), png);
}

export async function openChromium(): Promise<Engine> {
  const browser = await launchChromium();
  return {
    relaxed: true,
    async textOf(url, selector, name) {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      try {
        await page.goto(url);
        return (await page.locator(selector).textContent()) ?? '';
      } finally {
        await keep(name, await page.screenshot());
        await page.close();
      }
    },
    close: () => browser.close(),
  };
}

export async function openFirefox(): Promise<Engine> {
  const executablePath = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error('no Firefox found; install it (apt-get install firefox-esr)');
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true, timeout: PATIENCE });
  return {
    relaxed: true,
    async textOf(url, selector, name) {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE);
      try {
        await page.goto(url);
        const element = await page.waitForSelector(selector);
        return (await element?.evaluate((node) => node.textContent)) ?? '';
      } finally {
        await keep(name, await page.screenshot());
        await page.close();
      }
    },
    close: () => browser.close(),
  };
}

/** A port that nobody uses at the moment. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function answers(url: string, driver: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < PATIENCE / 100; ++attempt) {
    if (driver.exitCode !== null) throw new Error(`WebKitWebDriver ended with ${driver.exitCode}`);
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('WebKitWebDriver does not answer');
}

/** WebKitGTK: the engine of Safari, as Debian has it. */
export async function openWebKit(): Promise<Engine> {
  const browserPath = ['4.1', '6.0', '4.0']
    .flatMap((version) =>
      ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-${version}/MiniBrowser`),
    )
    .find((path) => existsSync(path));
  if (browserPath === undefined || !existsSync('/usr/bin/xvfb-run')) {
    throw new Error('no WebKitGTK found; install it (apt-get install webkit2gtk-driver xvfb)');
  }
  const port = await freePort();
  // A process group of its own, so that the X server and the browser end with it.
  const driver = spawn('xvfb-run', ['-a', 'WebKitWebDriver', '--host=127.0.0.1', `--port=${port}`], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
  });
  const stop = (): void => {
    if (driver.pid !== undefined && driver.exitCode === null) process.kill(-driver.pid, 'SIGTERM');
  };
  try {
    await answers(`http://127.0.0.1:${port}/status`, driver);
    const capabilities = new Capabilities();
    capabilities.setBrowserName('MiniBrowser');
    capabilities.set('webkitgtk:browserOptions', { binary: browserPath, args: ['--automation'] });
    const browser = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
    return {
      relaxed: false,
      async textOf(url, selector, name) {
        await browser.get(url);
        const script = (css: string): string | null | undefined => document.querySelector(css)?.textContent;
        try {
          return (await browser.wait(() => browser.executeScript<string | null>(script, selector), PATIENCE)) ?? '';
        } finally {
          await keep(name, Buffer.from(await browser.takeScreenshot(), 'base64'));
        }
      },
      async close() {
        await browser.quit().finally(stop);
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}
