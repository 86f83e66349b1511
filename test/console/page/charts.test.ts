import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { test } from '../fixtures.ts';

test('the charts show both tracks, say their newest values, and change their range by keyboard', async ({
  staged,
  page,
}) => {
  const complaints = complaintsOf(page);
  await page.goto(staged.origin);
  const share = page.getByRole('img', {
    name: "Canary's share of the requests, newest values: canary 25%",
  });
  await share.waitFor();
  for (const name of ['Requests', 'Failed requests', 'Latency']) {
    const chart = page.getByRole('img', { name: new RegExp(`^${name}.*stable [\\d.]+.*canary`) });
    expect(await chart.locator('canvas').count()).toBe(1);
  }
  const asked = page.waitForRequest('**/api/traffic?range=1h');
  await page.getByRole('radio', { name: '15 min' }).focus();
  await page.keyboard.press('ArrowRight');
  await asked;
  expect(await page.getByRole('radio', { name: '1 h', exact: true }).isChecked()).toBe(true);
  expect(complaints).toEqual([]);
});

test('the charts name the event under the pointer, and follow the colours of the reader', async ({
  staged,
  page,
}) => {
  const complaints = complaintsOf(page);
  await page.goto(staged.origin);
  const over = page.locator('#chart-requests .u-over');
  await over.scrollIntoViewIfNeeded();
  const { x, y, width } = (await over.boundingBox()) ?? { x: 0, y: 0, width: 0 };
  await page.mouse.move(x + (width * 11) / 15, y + 20);
  await page.locator('#chart-event').getByText('step 1 was safe').waitFor();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('#chart-requests canvas').waitFor();
  expect(complaints).toEqual([]);
});
