import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { until } from '../../support/until.ts';
import { ConsoleServer, onOff, quarterToCanary } from '../console-server.ts';
import { test as base } from '../fixtures.ts';

/**
 * - `seeded`: the console with two flags and a release.
 * - `opened`: messages of the browser since it opened the console.
 * - `newFeature`: the switch of the flag new_feature.
 */
const test = base
  .extend('seeded', { scope: 'file' }, async ({ consoleServer }) => {
    await consoleServer.flags.set('new_feature', onOff);
    await consoleServer.flags.set('myflag', {
      state: 'ENABLED',
      variants: { enable: 'enable', disable: 'disable' },
      defaultVariant: 'disable',
    });
    await consoleServer.storeRelease(quarterToCanary);
    return consoleServer;
  })
  .extend('opened', { auto: true }, async ({ page, seeded }) => {
    const complaints = complaintsOf(page);
    await page.goto(seeded.origin);
    await page.locator('#member-rows tr').first().waitFor();
    return complaints;
  })
  .extend('newFeature', ({ page }) =>
    page.getByRole('switch', { name: 'new_feature', exact: true }),
  );

test('the page shows the weight, the members and the last change', async ({ opened, page }) => {
  const share = page.getByRole('img', { name: '75% of requests to stable, 25% to the canary' });
  expect(await share.isVisible()).toBe(true);
  expect(await page.locator('#member-rows .dot').allTextContents()).toEqual([
    'canary-1',
    'stable-1',
    'stable-2',
  ]);
  expect(await page.getByText('Last change: weight set to 25, by ci@builder').isVisible()).toBe(
    true,
  );
  expect(opened).toEqual([]);
});

test('the page shows the step of a rollout with steps', async ({ page, seeded }) => {
  const plan = [5, 25, 50].map((weight) => ({
    weight,
    minDurationMs: 3_600_000,
    deadlineMs: null,
    onDeadline: 'pause' as const,
  }));
  const stepStartedAt = Date.now();
  await seeded.storeRelease({ ...quarterToCanary, generation: 8, step: 1, plan, stepStartedAt });
  await page.getByRole('heading', { name: 'step 2 of 3, 60 min left, judge: none' }).waitFor();
  const items = page.getByRole('list', { name: 'Steps of the rollout' }).getByRole('listitem');
  expect(await items.locator('.weight').allTextContents()).toEqual(['5%', '25%', '50%']);
  expect(await page.locator('[aria-current="step"] .weight').textContent()).toBe('25%');
});

test('the page says that the service is in maintenance, since when and by whom', async ({
  page,
  seeded,
}) => {
  await seeded.maintenance.write({ on: true, by: 'eve', message: 'back soon' });
  const line = page.getByText(/^In maintenance since .*, by eve: .*503, with "back soon"$/);
  await line.waitFor();
  await seeded.maintenance.write({ on: false, by: 'eve' });
  await line.waitFor({ state: 'detached' });
});

test('a switch asks for a reason, by keyboard alone, and the focus goes back to it', async ({
  newFeature,
  opened,
  page,
  seeded,
}) => {
  const before = await newFeature.getAttribute('aria-checked');
  await newFeature.focus();
  await page.keyboard.press('Space');
  const dialog = page.getByRole('dialog', { name: 'Toggle new_feature' });
  await dialog.getByText(/^The default variant goes from o.+ to o.+\.$/).waitFor();
  await page.keyboard.type('launch');
  await page.keyboard.press('Enter');
  await until(async () => (await newFeature.getAttribute('aria-checked')) !== before);
  const stored = await seeded.flags.get('new_feature');
  expect(stored?.defaultVariant).toBe(before === 'true' ? 'off' : 'on');
  expect(await page.evaluate('document.activeElement.id')).toBe('flag-new_feature');
  expect(opened).toEqual([]);
});

test('the Tab key reaches every switch', async ({ page }) => {
  const reached: unknown[] = [];
  for (let presses = 0; presses < 50 && !reached.includes('event-list'); presses += 1) {
    await page.keyboard.press('Tab');
    reached.push(await page.evaluate('document.activeElement.id'));
  }
  expect(reached).toContain('flag-new_feature');
  expect(reached).toContain('flag-myflag');
});

test('the button of a flag that is neither on nor off names the other variant', async ({
  page,
  seeded,
}) => {
  await page.getByRole('button', { name: 'myflag Switch to enable' }).click();
  await page.keyboard.type('launch');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'myflag Switch to disable' }).waitFor();
  expect((await seeded.flags.get('myflag'))?.defaultVariant).toBe('enable');
});

test('the page enables a flag that was disabled elsewhere', async ({
  newFeature,
  page,
  seeded,
}) => {
  await seeded.flags.disable('new_feature', 'p95 above 2 s');
  await page.getByRole('button', { name: 'new_feature Enable' }).click();
  await page.keyboard.type('fixed');
  await page.keyboard.press('Enter');
  await newFeature.waitFor();
  expect((await seeded.flags.get('new_feature'))?.state).toBe('ENABLED');
  expect(await page.getByText('flag new_feature disabled: p95 above 2 s').isVisible()).toBe(true);
});

test('the page shows everything in Redis as text', async ({ page, seeded }) => {
  const text = '<img src=x onerror="document.title=1"> & more';
  await seeded.events.append({ type: 'x', text, by: '<b>' });
  await page.getByText(text).waitFor();
  expect(await page.locator('#event-list img, #event-list b').count()).toBe(0);
});

test('the page keeps its content while the console or Redis is unreachable, and follows it again', async ({
  server,
  page,
}) => {
  const lonely = await ConsoleServer.start(server);
  await lonely.storeRelease(quarterToCanary);
  await page.goto(lonely.origin);
  await page.getByText('live', { exact: true }).waitFor();
  await server.kill();
  await page.getByText('Redis unreachable').waitFor();
  await page.getByRole('heading', { name: 'Redis does not respond.' }).waitFor();
  expect(await page.locator('#member-rows tr').count()).toBe(3);
  const { port } = new URL(lonely.origin);
  await lonely[Symbol.asyncDispose]();
  await page.getByText('console unreachable').waitFor();
  await page.getByRole('alert').getByText('Everything below is as of').waitFor();
  expect(await page.locator('#member-rows tr').count()).toBe(3);
  await server.start();
  await using again = await ConsoleServer.start(server, { port: Number(port) });
  await again.storeRelease({ ...quarterToCanary, generation: 9, weight: 30 });
  await page.getByRole('heading', { name: 'Canary 2.0.0 has 30%' }).waitFor();
  await page.getByText('live', { exact: true }).waitFor();
});
