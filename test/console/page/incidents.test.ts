import { expect } from 'vitest';
import { complaintsOf } from '../../support/browser.ts';
import { details, opening } from '../../support/judge/incident.ts';
import { test as base } from '../fixtures.ts';

const writer = { by: 'test', epoch: 0, channels: [] };

/**
 * `seeded`: the console with 30 open incidents, of which that of rule-0 is the oldest and has next
 * steps and a runbook, and one resolved incident.
 */
const test = base.extend('seeded', { scope: 'file' }, async ({ consoleServer }) => {
  const { incidents, mutes } = consoleServer;
  for (let index = 0; index < 30; index += 1) {
    const { incident } = opening(`rule-${index}`, 'host-1', 1_000 + index);
    const about = details({
      summary: `summary ${index}`,
      nextSteps: ['Free <b>space</b>'],
      runbook: 'https://wiki.example.com/disk',
    });
    const shown = index === 0 ? { ...incident, details: about } : incident;
    await incidents.apply({ transition: 'opened', incident: shown }, writer);
    if (index === 0) await mutes.acknowledge([shown], { by: 'eve', at: 2_000 });
  }
  const { incident } = opening('rule-resolved', 'host-1', 1);
  await incidents.apply(
    { transition: 'resolved', incident: { ...incident, resolvedAt: 9 } },
    writer,
  );
  return consoleServer;
});

test('the page lists incidents with their state, what operators said and what is left to do', async ({
  page,
  seeded,
}) => {
  const complaints = complaintsOf(page);
  await page.goto(seeded.origin);
  const items = page.locator('#incident-list > li');
  await items.first().waitFor();
  expect(await items.count()).toBe(31);
  const oldest = items.filter({ hasText: 'summary 0' });
  expect(await oldest.locator('.chip').allTextContents()).toEqual(['open', 'acknowledged by eve']);
  expect(await oldest.locator('.steps li').allTextContents()).toEqual(['Free <b>space</b>']);
  expect(await oldest.getByRole('link').getAttribute('href')).toBe('https://wiki.example.com/disk');
  expect(await items.last().locator('.chip').allTextContents()).toEqual(['resolved']);
  expect(complaints).toEqual([]);
});

test('the link of a message opens the page on its incident', async ({ page, seeded }) => {
  const id = encodeURIComponent('rule-0|host-1|1000');
  await page.goto(`${seeded.origin}/?incident=${id}`);
  const linked = page.locator('#incident-list .linked');
  await linked.waitFor();
  expect(await linked.textContent()).toContain('summary 0');
  expect(await page.evaluate('scrollY')).toBeGreaterThan(0);
  expect(
    await page.evaluate(`(() => {
      const { top, bottom } = document.activeElement.getBoundingClientRect();
      return document.activeElement.matches('.linked') && top >= 0 && bottom <= innerHeight;
    })()`),
  ).toBe(true);
});

test('the page says that the linked incident is not stored any more', async ({ page, seeded }) => {
  await page.goto(`${seeded.origin}/?incident=gone`);
  await page.getByText('Incident gone is not stored any more.').waitFor();
});
