import { expect, test } from 'vitest';
import { subjectOf } from '../../../../runtime/monitor/notify/notification-text.ts';
import { webhookBody } from '../../../../runtime/monitor/notify/webhook/webhook-body.ts';
import { details } from '../../../support/judge/incident.ts';
import { notification } from '../../../support/judge/notification.ts';

test('a webhook body contains blocks for Slack, and the notification itself for programs', () => {
  const body = JSON.parse(webhookBody([notification()], 'https://perch.example.com/'));
  expect(body.text).toBe(subjectOf(notification()));
  const { details, ...rest } = notification();
  const { summary, ...facts } = details;
  expect(body.perch).toEqual({ ...rest, facts: { headline: summary, ...facts } });
  const types = body.blocks.map(({ type }: { type: string }) => type);
  expect(types).toEqual(['header', 'section', 'section', 'section', 'section']);
  expect(body.blocks[1].text.text).toContain('• flag new_feature disabled');
  expect(body.blocks[4].text.text).toBe(
    '<https://perch.example.com/?incident=canary-harmful%7Ccanary%7C1700000000000>',
  );
});

test('a webhook body says what is left to do and gives the runbook', () => {
  const runbook = 'https://wiki.example.com/canary';
  const described = { ...details(), nextSteps: ['perch status'], runbook };
  const body = JSON.parse(webhookBody([notification({ details: described })], undefined));
  expect(body.blocks[1].text.text).toContain('What is left to do:\n• perch status');
  expect(body.blocks[3].text.text).toBe(`Runbook: <${runbook}>`);
  const none = { ...details(), nextSteps: [] };
  const done = JSON.parse(webhookBody([notification({ details: none })], undefined));
  expect(done.blocks[1].text.text).toContain('Nothing is left to do.');
});

test('a webhook body shows the last log lines of a container that failed', () => {
  const logs = ['container stable-0 on web-1, Exited (1); its last log lines:\n  ```no <database>'];
  const described = { ...details(), logs };
  const body = JSON.parse(webhookBody([notification({ details: described })], undefined));
  expect(body.blocks.map(({ text }: { text?: { text: string } }) => text?.text)).toContain(
    "```\ncontainer stable-0 on web-1, Exited (1); its last log lines:\n  '''no &lt;database&gt;\n```",
  );
  expect(body.perch.facts.logs).toEqual(logs);
});

test("a webhook body about a group has a section for each incident, within Slack's 50 blocks", () => {
  const [first = notification(), ...others] = Array.from({ length: 60 }, (_, index) =>
    notification({ incidentId: `disk|${index}`, details: details({ summary: `disk ${index}` }) }),
  );
  const body = JSON.parse(webhookBody([first, ...others], 'https://perch.example.com/'));
  expect(body.text).toBe('[shop] 60 new incidents: disk 0, and 59 more');
  expect(body.blocks[0].text.text).toBe('60 new incidents');
  expect(body.blocks).toHaveLength(22);
  expect(body.blocks[1].text.text).toContain('*disk 0*\nOpened at ');
  expect(body.blocks[21].text.text).toBe('and 40 more');
  expect(body.notifications).toHaveLength(60);
  expect(body.perch.incidentId).toBe('disk|0');
});

test("a webhook body keeps to Slack's limits and escapes Slack's control characters", () => {
  const summary = `<!channel> & ${'x'.repeat(400)}`;
  const body = JSON.parse(
    webhookBody([notification({ details: details({ summary }) })], undefined),
  );
  expect(body.blocks[0].text.text).toHaveLength(150);
  expect(body.text).toContain('&lt;!channel&gt; &amp;');
});
