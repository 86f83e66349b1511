import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { keepPictures } from '../../support/pictures.ts';
import { perch } from '../../support/processes/perch.ts';
import { service } from '../console-server.ts';
import { until } from '../../support/until.ts';
import { test } from '../fixtures.ts';
import { stageEjection, writeHarm } from '../staged-release.ts';
import { expectReadable } from './readable.ts';

test('the page shows how near the judge is to its bounds, what it still needs, and how each canary ended', async ({
  server,
  staged,
  page,
}) => {
  const complaints = complaintsOf(page);
  await page.goto(staged.origin);
  await page
    .getByRole('img', { name: /^Evidence of harm.*failures \d[\d.]*%, latency [\d.]+%, 4xx 2%$/ })
    .waitFor();
  await page.getByRole('img', { name: /^Evidence of safety.*safety 53%$/ }).waitFor();

  const environment = { PERCH_SERVICE: service, PERCH_REDIS_URL: server.url };
  const { missing } = JSON.parse(
    (await perch(['rollout', 'status', '--json'], environment)).stdout,
  );
  expect(missing).toMatch(/^the judge needs about 150 more canary requests without a failure: /);
  const shown = await page.locator('#missing').textContent();
  expect(shown?.split(':')[0]?.toLowerCase()).toBe(missing.split(':')[0]);

  await page.getByRole('button', { name: 'Table of Evidence of harm' }).focus();
  await page.keyboard.press('Enter');
  const table = page.getByRole('region', { name: 'Table: Evidence of harm' });
  const rows = table.locator('tbody tr');
  expect(await rows.count()).toBe(90);
  expect(await rows.last().locator('td').allTextContents()).toEqual(['–', '–', '–', '']);
  await table.getByText('step 1 was safe').waitFor();
  await expectReadable(page);
  await page.keyboard.press('Enter');
  await table.waitFor({ state: 'hidden' });

  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy: npx perch rollback 1.9.0 --stack prod' }).click();
  await page.getByRole('button', { name: 'Copied: npx perch' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
    'npx perch rollback 1.9.0 --stack prod',
  );

  await stageEjection(staged);
  const ended = page.locator('#history-list li').filter({ hasText: '2.1.0' });
  const summary = ended.getByText('12 of 48 canary requests (25.0%) failed');
  await summary.waitFor({ timeout: 10_000 });
  await summary.press('Enter');
  expect(await ended.locator('dd').allTextContents()).toEqual([
    'failed requests',
    'requests of the whole trial',
    '12 of 48 bad (25%)',
    '0 of 144 bad (0%)',
    '97.3, decides from 40',
  ]);
  await expectReadable(page);

  const harm = page.getByRole('img', { name: /^Evidence of harm.*failures 250%/ });
  await until(
    async () => {
      // The last point of a chart is that of the ten seconds before the present ones.
      await writeHarm(staged);
      return await harm.isVisible();
    },
    { everyMs: 500 },
  );
  await keepPictures(page, 'console-harm');
  expect(complaints).toEqual([]);
});
