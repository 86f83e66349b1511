import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page, type Request } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** Starts the browser on PATH, headless and without background traffic of its own. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Error of requests that Chromium breaks off because a network of this machine came or went. */
const networkChanged = 'net::ERR_NETWORK_CHANGED';

/**
 * Opens a page that loads an address again if Chromium broke off a part of it: other tests create and
 * remove networks of Docker meanwhile.
 */
export async function openPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  const goto = page.goto.bind(page);
  page.goto = async (...args) => {
    let isBroken = false;
    const onFailure = (request: Request) => {
      isBroken ||= request.failure()?.errorText === networkChanged;
    };
    page.on('requestfailed', onFailure);
    for (let attempt = 1; ; attempt += 1) {
      isBroken = false;
      const response = await goto(...args).catch((error: unknown) => {
        if (!isBroken || attempt === 5) throw error;
        return null;
      });
      if (!isBroken || attempt === 5) {
        page.off('requestfailed', onFailure);
        return response;
      }
    }
  };
  return page;
}

function browserPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(runs);
  if (found === undefined) throw new Error(`none of ${names.join(', ')} is on PATH`);
  return found;
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Messages that a page writes to its console, and its uncaught errors, from now on. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (!message.text().includes(networkChanged)) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}
