import { expect, test } from 'vitest';
import type { Notification } from '../../../../runtime/core/alerting/notification.ts';
import type { NotificationGroup } from '../../../../runtime/monitor/notify/channel.ts';
import { smsText } from '../../../../runtime/monitor/notify/sms/sms-text.ts';
import { details } from '../../../support/judge/incident.ts';
import { notification } from '../../../support/judge/notification.ts';

const disks = Array.from({ length: 20 }, (_, index) =>
  notification({ rule: 'host-disk', subject: `host-${index + 1}:/`, incidentId: `disk|${index}` }),
);

function groupOf(notifications: readonly Notification[]): NotificationGroup {
  const [first, ...others] = notifications;
  if (first === undefined) throw new Error('a group is not empty');
  return [first, ...others];
}

test('an SMS says what happened, what Perch did, what is left to do, and as much evidence as fits', () => {
  const { summary, actions } = notification().details;
  const did = `shop: ${summary}; ${actions[0]}; ${actions[1]}`;
  expect(smsText([notification()])).toMatch(new RegExp(`^${did}; 3 of 12 .*\\.\\.\\.$`));
  const short = details({ summary: 'disk full', evidence: '1 of 2' });
  const withSteps = (nextSteps: string[]) =>
    smsText([notification({ details: { ...short, nextSteps } })]);
  expect(withSteps(['perch restore', 'call Bob'])).toBe(
    'shop: disk full; to do: perch restore; call Bob; 1 of 2',
  );
  expect(withSteps(['Nothing is urgent: stable serves', 'call Bob'])).toBe(
    'shop: disk full; Nothing is urgent: stable serves; call Bob; 1 of 2',
  );
  expect(withSteps([])).toBe('shop: disk full; nothing is left to do; 1 of 2');
});

test('an SMS about a group gives the count and the first few names', () => {
  expect(smsText(groupOf(disks))).toBe(
    'shop: 20 new incidents: host-1:/, host-2:/, host-3:/ and 17 more',
  );
  const resolved = disks.map((disk) => ({ ...disk, transition: 'resolved' as const }));
  expect(smsText(groupOf(resolved))).toBe(
    'shop: resolved: 20 incidents: host-1:/, host-2:/, host-3:/ and 17 more',
  );
  expect(smsText(groupOf([...disks.slice(0, 1), ...resolved.slice(1, 3)]))).toBe(
    'shop: 1 new incident, 2 resolved: host-1:/, host-2:/, host-3:/',
  );
});

test('an SMS about a group with an ejection is about the ejection', () => {
  const ejection = notification({ rule: 'canary-ejected' });
  const text = smsText(groupOf([...disks.slice(0, 3), ejection]));
  expect(text).toContain('shop: canary 2.0.0 fails requests that stable serves; canary ejected;');
  expect(text).toMatch(/\.\.\.; and 3 more$/);
  expect(text).toHaveLength(159);
});

test('an SMS fits into one message and contains no character of two septets', () => {
  const summary = `Ünïcode – “quotes” [brackets] {braces} ~^|\\ 😀 ${'long '.repeat(60)}`;
  const text = smsText([notification({ details: details({ summary }) })]);
  expect(text.length).toBeLessThan(160);
  expect(text).toMatch(/^[ -~]*\.\.\.$/);
  expect(text).not.toMatch(/[[\]{}~^|\\`]/);
  expect(text).toContain('Unicode - "quotes" (brackets) (braces)');
});
