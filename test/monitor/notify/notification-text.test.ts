import { expect, test } from 'vitest';
import { incidentLink, subjectOf } from '../../../runtime/monitor/notify/notification-text.ts';
import { details } from '../../support/judge/incident.ts';
import { notification } from '../../support/judge/notification.ts';

const reopened = { details: details(), openedAt: 1_700_000_000_000, at: 1_700_000_900_000 };

test('a subject says what happened and what was done', () => {
  const { summary, actions } = notification().details;
  expect(subjectOf(notification())).toBe(`[shop] ${summary}; ${actions[0]}`);
});

test('a subject says that an incident is still open, or that it is resolved', () => {
  const { summary } = details();
  expect(subjectOf(notification({ ...reopened, transition: 're-alerted' }))).toBe(
    `[shop] Still open: ${summary}`,
  );
  expect(subjectOf(notification({ ...reopened, transition: 'resolved' }))).toBe(
    `[shop] Resolved: ${summary}`,
  );
});

test.each([
  ['https://c.example.com/', 'https://c.example.com/?incident=a%7Cb'],
  ['https://c.example.com/?team=a', 'https://c.example.com/?team=a&incident=a%7Cb'],
  ['https://c.example.com/#top', 'https://c.example.com/?incident=a%7Cb#top'],
])('a link to %s names the incident in its query', (link, expected) => {
  expect(incidentLink(link, { incidentId: 'a|b' })).toBe(expected);
});
