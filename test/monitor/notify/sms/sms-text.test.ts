import { expect, test } from 'vitest';
import { smsText } from '../../../../runtime/monitor/notify/sms/sms-text.ts';
import { details } from '../../../support/judge/incident.ts';
import { notification } from '../../../support/judge/notification.ts';

test('an SMS says what happened and what was done', () => {
  const { summary, actions } = notification().details;
  expect(smsText(notification())).toBe(`shop: ${summary}; ${actions[0]}; ${actions[1]}`);
});

test('an SMS fits into one message and contains no character of two septets', () => {
  const summary = `Ünïcode – “quotes” [brackets] {braces} ~^|\\ 😀 ${'long '.repeat(60)}`;
  const text = smsText(notification({ details: details({ summary }) }));
  expect(text.length).toBeLessThan(160);
  expect(text).toMatch(/^[ -~]*\.\.\.$/);
  expect(text).not.toMatch(/[[\]{}~^|\\`]/);
  expect(text).toContain('Unicode - "quotes" (brackets) (braces)');
});
