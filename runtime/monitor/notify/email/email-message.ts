import MailComposer from 'nodemailer/lib/mail-composer';
import type { Notification } from '../../../core/alerting/notification.ts';
import { emailHtml } from './email-html.ts';
import { emailText } from './email-text.ts';
import { subjectOf } from '../notification-text.ts';

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * Complete message (RFC 5322) with a text and an HTML body. SES sets Message-ID and Date itself, so
 * the emails of one incident form a thread by a common ancestor in References (RFC 5322, section
 * 3.6.4).
 */
export async function emailMessage(
  notification: Notification,
  { from, to }: Envelope,
  link: string | undefined,
): Promise<Uint8Array> {
  const thread = threadId(notification);
  const composer = new MailComposer({
    from,
    to: [...to],
    subject: subjectOf(notification),
    inReplyTo: thread,
    references: thread,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Perch-Incident': notification.incidentId,
      'X-Perch-Transition': notification.transition,
    },
    text: emailText(notification, link),
    html: await emailHtml(notification, link),
  });
  return await composer.compile().build();
}

function threadId({ incidentId, service }: Notification): string {
  const local = Buffer.from(incidentId).toString('base64url');
  return `<${local}@${service}.perch.invalid>`;
}
