import { expect, test } from 'vitest';
import { subjectOf } from '../../../../runtime/monitor/notify/notification-text.ts';
import { webhookBody } from '../../../../runtime/monitor/notify/webhook/webhook-body.ts';
import { details } from '../../../support/judge/incident.ts';
import { notification } from '../../../support/judge/notification.ts';

test('a webhook body contains blocks for Slack, and the notification itself for programs', () => {
  const body = JSON.parse(webhookBody(notification(), 'https://perch.example.com/'));
  expect(body.text).toBe(subjectOf(notification()));
  const { details, ...rest } = notification();
  const { summary, ...facts } = details;
  expect(body.perch).toEqual({ ...rest, facts: { headline: summary, ...facts } });
  const types = body.blocks.map(({ type }: { type: string }) => type);
  expect(types).toEqual(['header', 'section', 'section', 'section', 'section']);
  expect(body.blocks[1].text.text).toContain('• flag new_feature disabled');
});

test("a webhook body keeps to Slack's limits and escapes Slack's control characters", () => {
  const summary = `<!channel> & ${'x'.repeat(400)}`;
  const body = JSON.parse(webhookBody(notification({ details: details({ summary }) }), undefined));
  expect(body.blocks[0].text.text).toHaveLength(150);
  expect(body.text).toContain('&lt;!channel&gt; &amp;');
});
