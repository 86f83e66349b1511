import { withStoredNames } from '../../../core/alerting/stored-details.ts';
import type { Notification } from '../../../core/alerting/notification.ts';
import { rowsOf, statusOf, subjectOf } from '../notification-text.ts';

/**
 * JSON for Slack's incoming webhooks (docs.slack.dev, "Block Kit": `text` is the fallback, a header
 * holds 150 characters, a section 3,000 and 10 fields). `perch` is the notification itself, for
 * receivers that are programs.
 */
export function webhookBody(notification: Notification, link: string | undefined): string {
  const { summary, actions, evidence } = notification.details;
  const fields = rowsOf(notification)
    .slice(0, 10)
    .map(([label, value]) => ({
      type: 'mrkdwn',
      text: cut(`*${label}*\n${escaped(value)}`, 2_000),
    }));
  const did = actions.length === 0 ? [] : ['What Perch did:', ...actions.map((one) => `• ${one}`)];
  const status = [statusOf(notification), ...did];
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: cut(summary, 150) } },
    section(escaped(status.join('\n'))),
    { type: 'section', fields },
    ...(evidence === undefined ? [] : [section(escaped(`${evidence}.`))]),
    ...(link === undefined ? [] : [section(`<${link}>`)]),
  ];
  return JSON.stringify({
    text: escaped(subjectOf(notification)),
    blocks,
    perch: withStoredNames(notification),
  });
}

function section(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text: cut(text, 3_000) } };
}

/** Escapes the three characters that Slack reads as control characters. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
