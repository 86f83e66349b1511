import { expect, test } from 'vitest';
import { formatValue } from '../../../../runtime/core/alerting/format-value.ts';
import type { Notification } from '../../../../runtime/core/alerting/notification.ts';
import type { NotificationGroup } from '../../../../runtime/monitor/notify/channel.ts';
import { groupSubject } from '../../../../runtime/monitor/notify/group-text.ts';
import { emailHtml } from '../../../../runtime/monitor/notify/email/email-html.ts';
import { emailText } from '../../../../runtime/monitor/notify/email/email-text.ts';
import { details } from '../../../support/judge/incident.ts';
import { notification } from '../../../support/judge/notification.ts';

const link = 'https://perch.example.com/';
const measured = formatValue(25.4, 'percent');

test('a plain-text email says what happened, what Perch did, and shows the numbers, the evidence and the link', () => {
  const { summary, actions, evidence } = notification().details;
  expect(emailText([notification()], link)).toBe(`${summary}.
Opened at 2023-11-14 22:13:20 UTC.

What Perch did:
- ${actions[0]}
- ${actions[1]}

Evidence: ${evidence}.

Service    shop
Track      canary
Version    2.0.0
Host       host-1
Measured   failure rate ${measured}
Threshold  ${formatValue(5, 'percent')}
Since      2023-11-14 22:13:08 UTC, for 12 s
Rule       canary-harmful

https://perch.example.com/?incident=canary-harmful%7Ccanary%7C1700000000000
`);
});

test('an email says what is left to do, or that nothing is, and gives the runbook', async () => {
  const runbook = 'https://wiki.example.com/canary';
  const withSteps = (nextSteps: string[]) => [
    notification({ details: { ...notification().details, nextSteps, runbook } }),
  ];
  const some = withSteps(['perch status', 'ship a fix']) as [Notification];
  expect(emailText(some, link)).toContain(
    '\n\nWhat is left to do:\n- perch status\n- ship a fix\n\nEvidence: ',
  );
  expect(emailText(some, link)).toContain(`\n\nRunbook: ${runbook}\nhttps://perch.example.com/?`);
  const page = await emailHtml(some, link);
  expect(page).toContain('<li>ship a fix</li>');
  expect(page).toContain(`<a href="${runbook}">`);
  const none = withSteps([]) as [Notification];
  expect(emailText(none, link)).toContain('\n\nNothing is left to do.\n\nEvidence: ');
  expect(await emailHtml(none, link)).toContain('Nothing is left to do.');
});

test('an email shows the last log lines of a container that failed, line by line', async () => {
  const log = 'container stable-0 on web-1, Exited (1); its last log lines:\n  <no database>';
  const group = [notification({ details: details({ logs: [log] }) })] as const;
  expect(emailText(group, link)).toContain(`\n\n${log}\n\n`);
  expect(await emailHtml(group, link)).toMatch(
    /<pre[^>]*>container [^<]*\n {2}&lt;no database&gt;<\/pre>/,
  );
});

test('a runbook that is no web address is no link', async () => {
  const runbook = 'javascript:alert(1)';
  const page = await emailHtml([notification({ details: details({ runbook }) })], link);
  expect(page).toContain('Runbook: javascript:alert(1)');
  expect(page).not.toContain('href="javascript');
});

test('an email about a group lists its incidents, the ejection first, and then describes each', async () => {
  const disk = { rule: 'host-disk', subject: 'host-1:/', details: details() };
  const group: NotificationGroup = [
    notification({ ...disk, incidentId: 'a', transition: 'resolved' }),
    notification({ ...disk, incidentId: 'b' }),
    notification({ rule: 'canary-ejected' }),
  ];
  expect(groupSubject(group)).toBe(
    '[shop] 2 new incidents, 1 resolved: canary 2.0.0 fails requests that stable serves; canary ejected, and 2 more',
  );
  const text = emailText(group, link);
  expect(text).toMatch(
    new RegExp(
      [
        '^2 new incidents, 1 resolved:',
        '- canary 2.0.0 fails requests that stable serves',
        '- disk / of host-1 is 81% full',
        '- resolved: disk / of host-1 is 81% full',
        '',
        '-{60}',
        '',
        'canary 2.0.0 fails requests that stable serves.',
        'Opened at ',
      ].join('\n'),
    ),
  );
  expect(text.match(/\?incident=/g)).toHaveLength(3);
  const page = await emailHtml(group, link);
  expect(page).toContain('<li>resolved: disk / of host-1 is 81% full</li>');
  expect(page.match(/\?incident=/g)).toHaveLength(6);
});

test('an email describes 20 incidents of a large group and counts the others', async () => {
  const [first, ...others] = Array.from({ length: 450 }, (_, index) =>
    notification({ incidentId: `disk|${index}`, details: details({ summary: `disk ${index}` }) }),
  );
  if (first === undefined) throw new Error('there are 450');
  const text = emailText([first, ...others], link);
  expect(text).toContain('450 new incidents:\n- disk 0\n');
  expect(text).toContain('- disk 19\nand 430 more: see perch incidents.\n');
  expect(await emailHtml([first, ...others], link)).toContain('and 430 more: see perch incidents.');
});

test('a plain-text email leaves out what is not known, and says how long a resolved incident lasted', () => {
  const text = emailText(
    [
      notification({
        details: details(),
        transition: 'resolved',
        openedAt: 1_700_000_000_000,
        at: 1_700_000_900_000,
      }),
    ],
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
    [notification({ details: { ...notification().details, version: '<script>"&' } })],
    link,
  );
  for (const text of ['flag new_feature disabled', measured, '3 of 12 canary requests', link]) {
    expect(page).toContain(text);
  }
  expect(page).toContain('&lt;script&gt;&quot;&amp;');
  expect(page).not.toContain('<script');
});
