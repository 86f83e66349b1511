import { describe, expect, it } from 'vitest';
import { mailHtml } from '../../../runtime/monitor/notify/mail-html.ts';
import { mailText } from '../../../runtime/monitor/notify/mail-text.ts';
import { subjectOf } from '../../../runtime/monitor/notify/notice-text.ts';
import { smsText } from '../../../runtime/monitor/notify/sms-text.ts';
import { webhookBody } from '../../../runtime/monitor/notify/webhook-body.ts';
import { details } from '../../support/incident.ts';
import { notification } from '../../support/notification.ts';

const link = 'https://perch.example.com/';
const later = { openedAt: 1_700_000_000_000, at: 1_700_000_900_000 };

describe('a mail', () => {
  it('says in its subject what happened and what was done', () => {
    expect(subjectOf(notification())).toBe(
      '[shop] canary 2.0.0 fails requests that stable serves; canary ejected',
    );
  });

  it('says in its subject that it is not the first one, or the last one', () => {
    const about = { details: details(), ...later };
    expect(subjectOf(notification({ ...about, transition: 're-alerted' }))).toBe(
      '[shop] Still: disk / of host-1 is 81% full',
    );
    expect(subjectOf(notification({ ...about, transition: 'resolved' }))).toBe(
      '[shop] Resolved: disk / of host-1 is 81% full',
    );
  });

  it('tells in plain text what happened, what was done, the numbers, the evidence and where to look', () => {
    expect(mailText(notification(), link)).toBe(`canary 2.0.0 fails requests that stable serves.
Opened at 2023-11-14 22:13:20 UTC.

What was done:
- canary ejected
- flag new_feature disabled

Service    shop
Track      canary
Version    2.0.0
Host       host-1
Measured   failure rate 25.4%
Threshold  5%
Since      2023-11-14 22:13:08 UTC, for 12 s
Rule       canary-harmful

Evidence: 3 of 12 canary requests (25.0%) failed, against 0 of 108 stable requests (0.0%).

https://perch.example.com/
`);
  });

  it('leaves out what is not known, and says how long an incident lasted', () => {
    const text = mailText(
      notification({ details: details(), transition: 'resolved', ...later }),
      undefined,
    );
    expect(text).toBe(`disk / of host-1 is 81% full.
Resolved at 2023-11-14 22:28:20 UTC, after 15 min.

Service  shop
Rule     canary-harmful
`);
  });

  it('says the same in HTML, with everything that a stranger may have written escaped', async () => {
    const page = await mailHtml(
      notification({ details: { ...notification().details, version: '<script>"&' } }),
      link,
    );
    for (const text of ['flag new_feature disabled', '25.4%', '3 of 12 canary requests', link]) {
      expect(page).toContain(text);
    }
    expect(page).toContain('&lt;script&gt;&quot;&amp;');
    expect(page).not.toContain('<script');
  });
});

describe('an SMS', () => {
  it('says what happened and what was done', () => {
    expect(smsText(notification())).toBe(
      'shop: canary 2.0.0 fails requests that stable serves; canary ejected; flag new_feature disabled',
    );
  });

  it('never is longer than one message, nor holds what costs more than one septet', () => {
    const summary = `Ünïcode – “quotes” [brackets] {braces} ~^|\\ 😀 ${'long '.repeat(60)}`;
    const text = smsText(notification({ details: details({ summary }) }));
    expect(text.length).toBeLessThan(160);
    expect(text).toMatch(/^[ -~]*\.\.\.$/);
    expect(text).not.toMatch(/[[\]{}~^|\\`]/);
    expect(text).toContain('Unicode - "quotes" (brackets) (braces)');
  });
});

describe('a webhook body', () => {
  it('is what Slack shows, with the notice itself for programs', () => {
    const body = JSON.parse(webhookBody(notification(), link));
    expect(body.text).toBe(subjectOf(notification()));
    const { details, ...rest } = notification();
    const { summary, ...facts } = details;
    expect(body.perch).toEqual({ ...rest, facts: { headline: summary, ...facts } });
    const types = body.blocks.map(({ type }: { type: string }) => type);
    expect(types).toEqual(['header', 'section', 'section', 'section', 'section']);
    expect(JSON.stringify(body.blocks)).toContain('flag new_feature disabled');
  });

  it('keeps to Slack’s limits and escapes its control characters', () => {
    const summary = `<!channel> & ${'x'.repeat(400)}`;
    const body = JSON.parse(
      webhookBody(notification({ details: details({ summary }) }), undefined),
    );
    expect(body.blocks[0].text.text).toHaveLength(150);
    expect(body.text).toContain('&lt;!channel&gt; &amp;');
  });
});
