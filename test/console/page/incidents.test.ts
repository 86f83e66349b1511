import { expect } from 'vitest';
import { IncidentStore } from '../../../runtime/store/incidents/incident-store.ts';
import { complaintsOf } from '../../support/browser.ts';
import { details, opening, recovery } from '../../support/judge/incident.ts';
import { service } from '../console-server.ts';
import { until } from '../../support/until.ts';
import { test } from '../fixtures.ts';
import { stageEjection } from '../staged-release.ts';
import { expectReadable } from './readable.ts';
import { violationsOf } from './axe.ts';

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
  await page.getByText('Incident gone: no such incident is stored').waitFor();
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

test('a person acknowledges and silences by keyboard alone, ends the silence, and opens a resolved incident', async ({
  staged,
  page,
}) => {
  const complaints = complaintsOf(page);
  await stageEjection(staged);
  const writer = { by: 'test', epoch: 0, channels: [] };
  const now = Date.now();
  const disk = opening('host-disk', 'host-1:/', now - 60_000);
  await staged.incidents.apply(disk, writer);
  await page.goto(staged.origin);
  const row = page.locator('#incident-list > li').filter({ hasText: 'host-disk' });
  await row.getByRole('button', { name: 'Acknowledge host-disk of host-1:/' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('The reminders of this incident stop.').waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.type('deleting old images');
  await page.keyboard.press('Enter');
  await page.getByText('Done: the incident is acknowledged by ada').waitFor();
  await row.getByText('acknowledged by ada', { exact: true }).waitFor();
  await row.getByText(/^Acknowledged by ada, .+: deleting old images$/).waitFor();

  await row.getByRole('button', { name: 'Silence host-disk of host-1:/' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Silence host-disk' });
  await dialog.getByText('Nobody gets a message about host-disk of host-1:/ for 1 h.').waitFor();
  await page.keyboard.press('ArrowDown');
  await dialog.getByText('Nobody gets a message about host-disk of host-1:/ for 4 h.').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await dialog.getByText('Nobody gets a message about host-disk for 4 h.').waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.press('Tab');
  await page.keyboard.type('new disk on Monday');
  await page.keyboard.press('Enter');
  await page.locator('#silence-list').getByText('host-disk, every subject').waitFor();
  const [silence] = (await staged.mutes.read()).silences;
  expect(silence).toMatchObject({ rule: 'host-disk', by: 'ada', reason: 'new disk on Monday' });
  expect(silence?.subject).toBeUndefined();
  await expectReadable(page);

  await page.getByRole('button', { name: 'End the silence of host-disk' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Messages about host-disk are sent again.').waitFor();
  await page.keyboard.type('the disk is in');
  await page.keyboard.press('Enter');
  await until(async () => (await staged.mutes.read()).silences.length === 0);

  const summary = 'disk / of host-1 is 60% full';
  await staged.incidents.apply(recovery(disk, now, summary), writer);
  const next = opening('host-disk', 'host-1:/', now + 1).incident;
  await staged.incidents.apply(
    { transition: 'opened', incident: { ...next, revision: 3 } },
    writer,
  );
  await page.locator('#resolved-list').getByRole('link', { name: summary }).click();
  const linked = page.locator('#incident-list .linked');
  await linked.getByText('resolved', { exact: true }).waitFor();
  expect(await linked.locator('strong').textContent()).toBe(summary);
  expect(page.url()).toContain(encodeURIComponent(disk.incident.id));
  await staged.mutes.silence({ rule: 'host-disk', at: now, untilMs: now + 3_600_000, by: 'eve' });
  await linked.locator('.chip').getByText('silenced').waitFor();
  await expectReadable(page);
  expect(complaints).toEqual([]);
});

test('an acknowledgement of what is resolved meanwhile is refused in the dialog', async ({
  staged,
  page,
}) => {
  const writer = { by: 'test', epoch: 0, channels: [] };
  const disk = opening('host-disk', 'host-1:/', Date.now());
  await staged.incidents.apply(disk, writer);
  await page.goto(staged.origin);
  await page.getByRole('button', { name: 'Acknowledge host-disk' }).click();
  await page.getByText('The reminders of this incident stop.').waitFor();
  await staged.incidents.apply(recovery(disk, Date.now()), writer);
  await page.getByLabel('Reason').fill('on it');
  await page.keyboard.press('Enter');
  await page.getByText('Nothing was changed: host-disk of host-1:/ is resolved').waitFor();
  expect((await staged.mutes.read()).acknowledgements.size).toBe(0);
});
