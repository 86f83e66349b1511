import type { Notification } from '../../../core/alerting/notification.ts';
import { rowsOf, statusOf } from '../notification-text.ts';

/** Plain-text body of an email. */
export function emailText(notification: Notification, link: string | undefined): string {
  const { summary, actions, evidence } = notification.details;
  const rows = rowsOf(notification);
  const width = Math.max(...rows.map(([label]) => label.length));
  const blocks = [
    [`${summary}.`, statusOf(notification)],
    actions.length === 0 ? [] : ['What Perch did:', ...actions.map((action) => `- ${action}`)],
    rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`),
    evidence === undefined ? [] : [`Evidence: ${evidence}.`],
    link === undefined ? [] : [link],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
