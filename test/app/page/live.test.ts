import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { until } from '../../support/until.ts';
import { test as base } from '../fixtures.ts';

const test = base
  .extend('complaints', ({ page }) => complaintsOf(page))
  .extend(
    'background',
    ({ page }) =>
      () =>
        page.evaluate('getComputedStyle(document.body).backgroundColor'),
  );

test("a browser shows the flag's colour, and the page's policy blocks nothing", async ({
  background,
  canary,
  complaints,
  page,
  stable,
}) => {
  await page.goto(stable);
  expect(await background()).toBe('rgb(255, 0, 0)');
  await page.goto(canary);
  expect(await background()).toBe('rgb(0, 128, 0)');
  expect(await page.getByText('This is a canary.').isVisible()).toBe(true);
  expect(complaints).toEqual([]);
});

test('the page changes its colour with the flag, without a reload', async ({
  background,
  complaints,
  demo,
  page,
  stable,
}) => {
  await page.goto(stable);
  await demo.flags.toggle('background');
  await until(async () => (await background()) === 'rgb(0, 128, 0)');
  await demo.flags.toggle('background');
  expect(complaints).toEqual([]);
});

test('the page counts the latest responses and failures', async ({ demo, page }) => {
  const faulty = await demo.member('stable', { faultsApi: true });
  await page.goto(faulty);
  const count = page.locator('#count');
  await until(async () => (await count.textContent())?.startsWith('Last 1: 1 stable, 0 canary'));

  await fetch(`${faulty}/faults`, { method: 'POST', body: '{"error-share":100}' });

  await until(async () => (await count.textContent())?.endsWith('failed'));
  expect(await page.locator('#answers .none').count()).toBeGreaterThan(0);
});

test('one click breaks the canary, where faults may be injected', async ({
  canary,
  complaints,
  demo,
  page,
}) => {
  const breakable = await demo.member('canary', { faultsApi: true });
  await page.goto(breakable);
  await page.getByRole('button', { name: 'Break the canary' }).click();
  const outcome = page.getByRole('status');
  await until(async () => (await outcome.textContent())?.includes('fails half of its requests'));
  expect(await (await fetch(`${breakable}/faults`)).json()).toMatchObject({ 'error-share': 50 });
  expect(complaints).toEqual([]);

  await page.goto(canary);
  expect(await page.getByRole('button').count()).toBe(0);
});

test('a click where no canary answers breaks nothing, and says so', async ({ demo, page }) => {
  const stable = await demo.member('stable', { faultsApi: true });
  await page.goto(stable);
  await page.getByRole('button', { name: 'Break the canary' }).click();
  const outcome = page.getByRole('status');
  await until(async () => (await outcome.textContent())?.startsWith('No canary answers'));
  const before = await (await fetch(`${stable}/faults`)).json();
  const misdirected = await fetch(`${stable}/faults?track=canary`, {
    method: 'POST',
    body: '{"error-share":100}',
  });
  expect(misdirected.status).toBe(421);
  expect(await (await fetch(`${stable}/faults`)).json()).toEqual(before);
});

test('the page shows its version without scripts', async ({ browser, demo }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await plain.goto(await demo.member('canary', { version: '2.1.0' }));
  expect(await plain.getByRole('heading', { level: 1 }).textContent()).toBe('Version 2.1.0');
  expect(await plain.getByText('Latest responses').isVisible()).toBe(false);
  await context.close();
});
