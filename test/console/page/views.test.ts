import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { keepPictures } from '../../support/pictures.ts';
import { perch } from '../../support/processes/perch.ts';
import { until } from '../../support/until.ts';
import { service } from '../console-server.ts';
import { test } from '../fixtures.ts';
import { stageEjection } from '../staged-release.ts';
import { expectReadable } from './readable.ts';

test('the page of a rollout is readable for everybody at every width and in both schemes', async ({
  staged,
  page,
}) => {
  const complaints = complaintsOf(page);
  await page.goto(staged.origin);
  await page.getByRole('heading', { name: 'Canary 2.1.0 has 25%, step 2 of 4' }).waitFor();
  await expectReadable(page);
  await keepPictures(page, 'console-rollout');
  expect(complaints).toEqual([]);
});

test('the numbers of the page are those of perch rollout status and perch status', async ({
  server,
  staged,
  page,
}) => {
  await page.goto(staged.origin);
  await page.locator('#member-rows tr').first().waitFor();
  const environment = { PERCH_SERVICE: service, PERCH_REDIS_URL: server.url };
  const json = async (...args: string[]) =>
    JSON.parse((await perch([...args, '--json'], environment)).stdout);
  const { traffic, weight } = await json('rollout', 'status');
  const count = (value: number) => value.toLocaleString('en');
  for (const track of ['canary', 'stable']) {
    const { requests, errors, errorPercent, p95Ms } = traffic[track];
    const share = track === 'canary' ? weight : 100 - weight;
    const row = page.locator('#track-rows tr', { hasText: track });
    await until(async () => {
      const cells = await row.locator('td').allTextContents();
      const expected = [
        `${share}%`,
        count(requests),
        `${Number(errorPercent.toFixed(2))}% (${errors})`,
        `${Number(p95Ms.toFixed(1))} ms`,
      ];
      return cells.join() === expected.join();
    });
  }
  const { release } = await json('status');
  expect(await page.locator('#member-rows .dot').allTextContents()).toEqual(
    release.members.map(({ id }: { id: string }) => id),
  );
  expect(await page.locator('#last-change').textContent()).toContain(`by ${release.updatedBy}, `);
  expect(await page.locator('#last-change').textContent()).toMatch(
    new RegExp(`generation ${release.generation}$`),
  );
});

test('the page says at once that the canary was ejected, with the verdict and the next step', async ({
  staged,
  page,
}) => {
  await page.goto(staged.origin);
  await page.getByRole('heading', { name: 'Canary 2.1.0 has 25%, step 2 of 4' }).waitFor();
  await stageEjection(staged);
  await page.getByRole('heading', { name: 'Canary 2.1.0 was ejected just now.' }).waitFor();
  const summary = page.locator('#summary');
  await summary.getByText('12 of 48 canary requests (25.0%) failed').first().waitFor();
  await summary.getByText('Nothing is urgent: stable has all of the traffic').waitFor();
  await page.getByRole('link', { name: 'See the incident' }).click();
  await page.locator('#incident-list .linked').waitFor();
  await expectReadable(page);
  await keepPictures(page, 'console-ejection');
});

test('the page shows what nobody reports as unknown, and not as zero', async ({ staged, page }) => {
  const row = page.locator('#member-rows tr').first();
  await page.goto(staged.origin);
  await row.getByText('100 MB').waitFor();
  await staged.redis.del('perch:shop:sample:host-1', 'perch:shop:sample:host-2');
  await row.locator('td[data-label="Memory"]').getByText('–', { exact: true }).waitFor();
  await staged.redis.del('perch:shop:proxy:host-1-0-00000a', 'perch:shop:proxy:host-2-0-00000a');
  await row.getByText('health unknown').waitFor();
  expect(await row.locator('td.number').allTextContents()).toEqual(
    Array.from({ length: 6 }, () => '–'),
  );
  expect(await page.locator('#proxy-list').getByText('silent since').count()).toBe(2);
  await page.getByRole('heading', { name: 'No proxy is live.' }).waitFor();
});
