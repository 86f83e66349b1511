import MailComposer from 'nodemailer/lib/mail-composer';
import type { Notice } from '../../core/alerting/notification.ts';
import { mailHtml } from './mail-html.ts';
import { mailText } from './mail-text.ts';
import { subjectOf } from './notice-text.ts';

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * A whole message (RFC 5322) with a text and an HTML body. SES sets Message-ID and Date itself, so
 * mails of one incident hang together by a common ancestor in References (RFC 5322 section 3.6.4).
 */
export async function mailMessage(
  notice: Notice,
  { from, to }: Envelope,
  link: string | undefined,
): Promise<Uint8Array> {
  const thread = threadId(notice);
  const composer = new MailComposer({
    from,
    to: [...to],
    subject: subjectOf(notice),
    inReplyTo: thread,
    references: thread,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Perch-Incident': notice.incidentId,
      'X-Perch-Transition': notice.transition,
    },
    text: mailText(notice, link),
    html: await mailHtml(notice, link),
  });
  return await composer.compile().build();
}

function threadId({ incidentId, service }: Notice): string {
  const local = Buffer.from(incidentId).toString('base64url');
  return `<${local}@${service}.perch.invalid>`;
}
