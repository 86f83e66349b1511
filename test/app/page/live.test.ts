import { expect } from 'vitest';
import { expectReadable } from '../../console/page/readable.ts';
import { keepPictures } from '../../support/pictures.ts';
import { complaintsOf } from '../../support/browser.ts';
import { until } from '../../support/until.ts';
import { redisKeys } from '../../../runtime/contract/redis-keys.ts';
import type { ReleaseDocument } from '../../../runtime/core/release/release-document.ts';
import { ejectCanary } from '../../../runtime/core/release/transitions.ts';
import { member, releaseDocument } from '../../support/release-document.ts';
import { service, test as base, type DemoApp } from '../fixtures.ts';

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
  await expectReadable(page);
  await keepPictures(page, 'demo-page');
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

test('one click breaks the canary, and another one mends it after its ejection, as often as one likes', async ({
  canary,
  complaints,
  demo,
  page,
}) => {
  const breakable = await demo.member('canary', { faultsApi: true });
  await page.goto(breakable);
  const outcome = page.getByRole('status');
  const faults = async () => await (await fetch(`${breakable}/faults`)).json();
  for (const phase of ['idle', 'progressing'] as const) {
    await storeRelease(demo, breakable, phase);
    await page.getByText('The canary has 33.33% of the requests.').waitFor();
    await page.getByRole('button', { name: 'Break the canary' }).press('Enter');
    await outcome.getByText('fails half of its requests').waitFor();
    expect(await faults()).toMatchObject({ 'error-share': 50 });

    await demo.releases.change((document) => ejectCanary(document, 'it fails'));
    await page.getByText('Perch has ejected the canary').waitFor();
    await page.getByRole('button', { name: 'Mend the canary' }).press('Enter');
    await outcome.getByText('mended and has 33.33% of the requests again').waitFor();
    expect(await faults()).toEqual({});
    const read = await demo.releases.read();
    expect(read.kind === 'found' && read.document).toMatchObject({
      phase,
      weight: 33.33,
      updatedBy: 'demo page',
    });
  }
  expect(complaints).toEqual([]);

  await page.goto(canary);
  expect(await page.getByRole('button').count()).toBe(0);
});

test('a canary that does not respond is not given a share, and the page says why', async ({
  demo,
  page,
}) => {
  const stable = await demo.member('stable', { faultsApi: true });
  await storeRelease(demo, 'http://127.0.0.1:1');
  await demo.releases.change((document) => ejectCanary(document, 'it fails'));
  await page.goto(stable);
  await page.getByRole('button', { name: 'Mend the canary' }).click();
  await page.getByRole('status').getByText('The canary was not mended: ').waitFor();
  const refused = await fetch(`${stable}/faults/mend`, { method: 'POST', body: '{"weight":25}' });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({
    detail: expect.stringContaining('the canary at http://127.0.0.1:1 cannot be mended'),
  });
  const read = await demo.releases.read();
  expect(read.kind === 'found' && read.document).toMatchObject({ weight: 0 });
  const bad = await fetch(`${stable}/faults/mend`, { method: 'POST', body: '{"weight":101}' });
  expect(bad.status).toBe(400);
});

test('the page offers nothing to break where there is no canary', async ({ demo, page }) => {
  await demo.redis.del(redisKeys(service).release);
  const stable = await demo.member('stable', { faultsApi: true });
  await page.goto(stable);
  await page.getByText('There is no canary.').waitFor();
  expect(await page.getByRole('button').count()).toBe(0);
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

/** Stores a release in which the member at `canaryUrl` is the canary. */
async function storeRelease(
  demo: DemoApp,
  canaryUrl: string,
  phase: ReleaseDocument['phase'] = 'idle',
): Promise<void> {
  const document = releaseDocument({
    generation: 1,
    weight: 33.33,
    phase,
    members: [{ ...member('canary-1', 20_002), url: canaryUrl }, member('stable-1', 20_001)],
  });
  await demo.redis.set(redisKeys(service).release, JSON.stringify(document));
}
