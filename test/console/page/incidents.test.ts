import { expect } from 'vitest';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { complaintsOf } from '../../support/browser.ts';
import { details, opening } from '../../support/judge/incident.ts';
import { service } from '../console-server.ts';
import { test } from '../fixtures.ts';

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

test('the page says that an incident flaps and what operators said, and links its runbook', async ({
  consoleServer,
  page,
}) => {
  const writer = { by: 'test', epoch: 0, channels: [] };
  const runbooks = ['https://wiki.example.com/disk', 'javascript:alert(1)'];
  for (const [index, runbook] of runbooks.entries()) {
    const { transition, incident } = opening('host-cpu', `host-${index}`, 9);
    const flapping = { count: 2, sinceMs: 5 };
    const noted = { ...incident, flapping, details: details({ runbook }) };
    await consoleServer.incidents.apply({ transition, incident: noted }, writer);
    await consoleServer.mutes.acknowledge([noted], { by: 'eve', at: 9 });
  }
  await page.goto(consoleServer.origin);
  const items = page.locator('#incident-list > li').filter({ hasText: 'host-cpu' });
  await items.first().waitFor();
  expect(await items.first().locator('.chip').allTextContents()).toEqual([
    'flapping',
    'acknowledged by eve',
  ]);
  const links = await page.evaluate(
    "[...document.querySelectorAll('#incident-list a')].map(({ href }) => href)",
  );
  expect(links).toEqual(['https://wiki.example.com/disk']);
});

test('the page scrolls to the linked incident below many others', async ({
  consoleServer,
  page,
}) => {
  const writer = { by: 'test', epoch: 0, channels: [] };
  for (let index = 0; index < 30; index += 1) {
    await consoleServer.incidents.apply(opening(`rule-${index}`, 'host-1', 100 + index), writer);
  }
  await page.goto(`${consoleServer.origin}/?incident=${encodeURIComponent('rule-0|host-1|100')}`);
  await page.locator('#incident-list .linked').waitFor();
  expect(await page.evaluate('scrollY')).toBeGreaterThan(0);
});
