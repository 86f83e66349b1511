import { expect, test } from 'vitest';
import { formatValue } from '../../../../runtime/core/alerting/format-value.ts';
import { emailHtml } from '../../../../runtime/monitor/notify/email/email-html.ts';
import { emailText } from '../../../../runtime/monitor/notify/email/email-text.ts';
import { details } from '../../../support/judge/incident.ts';
import { notification } from '../../../support/judge/notification.ts';

const link = 'https://perch.example.com/';
const measured = formatValue(25.4, 'percent');

test('a plain-text email says what happened, what Perch did, and shows the numbers, the evidence and the link', () => {
  const { summary, actions, evidence } = notification().details;
  expect(emailText(notification(), link)).toBe(`${summary}.
Opened at 2023-11-14 22:13:20 UTC.

What Perch did:
- ${actions[0]}
- ${actions[1]}

Service    shop
Track      canary
Version    2.0.0
Host       host-1
Measured   failure rate ${measured}
Threshold  ${formatValue(5, 'percent')}
Since      2023-11-14 22:13:08 UTC, for 12 s
Rule       canary-harmful

Evidence: ${evidence}.

https://perch.example.com/
`);
});

test('a plain-text email leaves out what is not known, and says how long a resolved incident lasted', () => {
  const text = emailText(
    notification({
      details: details(),
      transition: 'resolved',
      openedAt: 1_700_000_000_000,
      at: 1_700_000_900_000,
    }),
    undefined,
  );
  expect(text).toBe(`${details().summary}.
Resolved at 2023-11-14 22:28:20 UTC, after 15 min.

Service  shop
Rule     canary-harmful
`);
});

test('an HTML email says the same, and escapes everything that a stranger may have written', async () => {
  const page = await emailHtml(
    notification({ details: { ...notification().details, version: '<script>"&' } }),
    link,
  );
  for (const text of ['flag new_feature disabled', measured, '3 of 12 canary requests', link]) {
    expect(page).toContain(text);
  }
  expect(page).toContain('&lt;script&gt;&quot;&amp;');
  expect(page).not.toContain('<script');
});
