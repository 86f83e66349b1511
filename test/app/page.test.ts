import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { until } from '../support/until.ts';
import { AppFixture } from './fixture.ts';

let browser: Browser;
let fixture: AppFixture;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [browser, fixture] = await Promise.all([startBrowser(), AppFixture.start()]);
});

afterAll(async () => {
  await browser.close();
  await fixture[Symbol.asyncDispose]();
});

beforeEach(async () => {
  page = await browser.newPage();
  complaints = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
});

afterEach(() => page.close());

const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');

describe('the demo app’s page in a browser', () => {
  it('has the flag’s colour, and its policy hinders nothing of it', async () => {
    await page.goto(await fixture.member('stable'));
    expect(await background()).toBe('rgb(255, 0, 0)');
    await page.goto(await fixture.member('canary'));
    expect(await background()).toBe('rgb(0, 128, 0)');
    expect(await page.getByText('This is a canary.').isVisible()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('changes its colour without a reload when the flag does', async () => {
    await page.goto(await fixture.member('stable'));
    await fixture.flags.toggle('background');
    await until(async () => (await background()) === 'rgb(0, 128, 0)');
    await fixture.flags.toggle('background');
    expect(complaints).toEqual([]);
  });

  it('shows who answers now, and who does not', async () => {
    const stable = await fixture.member('stable', { faultsApi: true });
    await page.goto(stable);
    const count = page.locator('#count');
    await until(async () => (await count.textContent())?.startsWith('Last 1: 1 stable, 0 canary'));

    await fetch(`${stable}/faults`, { method: 'POST', body: '{"error-share":100}' });

    await until(async () => (await count.textContent())?.endsWith('failed'));
    expect(await page.locator('#answers .none').count()).toBeGreaterThan(0);
  });

  it('says all that matters without scripts', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(await fixture.member('canary', { version: '2.1.0' }));
    expect(await plain.getByRole('heading', { level: 1 }).textContent()).toBe('Version 2.1.0');
    expect(await plain.getByText('Latest responses').isVisible()).toBe(false);
    await context.close();
  });
});
