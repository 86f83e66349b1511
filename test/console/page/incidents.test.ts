import { expect } from 'vitest';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { complaintsOf } from '../../support/browser.ts';
import { details, opening } from '../../support/judge/incident.ts';
import { service, test } from '../fixtures.ts';

test('the link of a message opens its incident in the console', async ({ consoleServer, page }) => {
  const complaints = complaintsOf(page);
  const store = new IncidentStore(consoleServer.redis, service);
  const writer = { by: 'test', epoch: 0, channels: [] };
  for (const host of ['host-1', 'host-2']) {
    const { transition, incident } = opening('host-disk', `${host}:/`, 5);
    const summary = `disk of ${host} is <b>full</b>`;
    const nextSteps = ['delete old images', 'perch status'];
    await store.apply(
      { transition, incident: { ...incident, details: details({ summary, nextSteps }) } },
      writer,
    );
  }
  const id = 'host-disk|host-2:/|5';
  await page.goto(`${consoleServer.origin}/?incident=${encodeURIComponent(id)}`);
  const linked = page.locator('#incident-list .linked');
  await linked.waitFor();
  expect(await linked.locator('strong').textContent()).toBe('disk of host-2 is <b>full</b>');
  expect(await linked.locator('li').allTextContents()).toEqual([
    'delete old images',
    'perch status',
  ]);
  expect(await page.locator('#incident-list > li').count()).toBe(2);
  await page.goto(`${consoleServer.origin}/?incident=gone`);
  await page.getByText('Incident gone is not open any more.').waitFor();
  expect(complaints).toEqual([]);
});
