import type { Notification } from '../../../core/alerting/notification.ts';
import type { NotificationGroup } from '../channel.ts';
import { groupSubject, inReadingOrder } from '../group-text.ts';
import { emailHtml } from './email-html.ts';
import { emailText } from './email-text.ts';

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** Most incidents that the header of an email names; a header has its limits in mail servers. */
const namedIncidents = 20;

/**
 * Complete message (RFC 5322) with a text and an HTML body. SES sets Message-ID and Date itself, so
 * the emails of one incident form a thread by a common ancestor in References (RFC 5322, section
 * 3.6.4). An email about several incidents has an ancestor for each.
 */
export async function emailMessage(
  group: NotificationGroup,
  { from, to }: Envelope,
  link: string | undefined,
): Promise<Uint8Array> {
  // Loaded with the first email, because most monitors never send one.
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const ordered = inReadingOrder(group);
  const named = ordered.slice(0, namedIncidents);
  const threads = [...new Set(named.map(threadId))];
  const composer = new MailComposer({
    from,
    to: [...to],
    subject: groupSubject(group),
    inReplyTo: threadId(ordered[0]),
    references: threads,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Perch-Incident': named.map(({ incidentId }) => incidentId),
      'X-Perch-Transition': [...new Set(ordered.map(({ transition }) => transition))].join(', '),
    },
    text: emailText(group, link),
    html: await emailHtml(group, link),
  });
  return await composer.compile().build();
}

function threadId({ incidentId, service }: Notification): string {
  const local = Buffer.from(incidentId).toString('base64url');
  return `<${local}@${service}.perch.invalid>`;
}
