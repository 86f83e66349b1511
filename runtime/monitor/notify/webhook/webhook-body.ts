import { withStoredNames } from '../../../core/alerting/stored-details.ts';
import type { Notification } from '../../../core/alerting/notification.ts';
import type { NotificationGroup } from '../channel.ts';
import { groupSubject, groupSummary, inReadingOrder } from '../group-text.ts';
import { incidentLink, listsOf, rowsOf, statusOf } from '../notification-text.ts';

/** Most incidents that a message describes: Slack takes 50 blocks. */
const describedIncidents = 20;

/** Most logs that a message shows. */
const describedLogs = 5;

/**
 * JSON for Slack's incoming webhooks (docs.slack.dev, "Block Kit": `text` is the fallback, a header
 * holds 150 characters, a section 3,000 and 10 fields, a message 50 blocks). For receivers that are
 * programs, `notifications` holds all, and `perch` the first of them.
 */
export function webhookBody(group: NotificationGroup, link: string | undefined): string {
  const ordered = inReadingOrder(group);
  const [first] = ordered;
  const isOne = ordered.length === 1;
  return JSON.stringify({
    text: escaped(groupSubject(group)),
    blocks: isOne ? incidentBlocks(first, link) : groupBlocks(ordered, link),
    perch: withStoredNames(first),
    notifications: ordered.map(withStoredNames),
  });
}

function incidentBlocks(notification: Notification, link: string | undefined) {
  const { summary, evidence, logs = [] } = notification.details;
  const fields = rowsOf(notification)
    .slice(0, 10)
    .map(([label, value]) => ({
      type: 'mrkdwn',
      text: cut(`*${label}*\n${escaped(value)}`, 2_000),
    }));
  const links = linksOf(notification, link);
  return [
    header(summary),
    section(statusLines(notification).join('\n')),
    ...(evidence === undefined ? [] : [section(escaped(`${evidence}.`))]),
    ...logs.slice(0, describedLogs).map((log) => section(codeBlock(log))),
    { type: 'section', fields },
    ...(links.length === 0 ? [] : [section(links.join('\n'))]),
  ];
}

function groupBlocks(group: NotificationGroup, link: string | undefined) {
  const described = group.slice(0, describedIncidents);
  const left = group.length - described.length;
  return [
    header(groupSummary(group)),
    ...described.flatMap((notification) => {
      const { summary, evidence } = notification.details;
      const lines = [
        `*${escaped(summary)}*`,
        ...statusLines(notification),
        ...(evidence === undefined ? [] : [escaped(`${evidence}.`)]),
        ...linksOf(notification, link),
      ];
      return [section(lines.join('\n'))];
    }),
    ...(left === 0 ? [] : [section(`and ${left} more`)]),
  ];
}

function statusLines(notification: Notification): string[] {
  const lists = listsOf(notification).flatMap(({ title, items }) => [
    title,
    ...items.map((item) => `• ${item}`),
  ]);
  return [statusOf(notification), ...lists].map(escaped);
}

function linksOf(notification: Notification, link: string | undefined): string[] {
  const { runbook } = notification.details;
  const url = incidentLink(link, notification);
  return [
    ...(runbook === undefined ? [] : [`Runbook: <${escaped(runbook)}>`]),
    ...(url === undefined ? [] : [`<${escaped(url)}>`]),
  ];
}

function header(text: string) {
  return { type: 'header', text: { type: 'plain_text', text: cut(text, 150) } };
}

function section(text: string) {
  return { type: 'section', text: { type: 'mrkdwn', text: cut(text, 3_000) } };
}

/** Shows a text as it is, line by line. */
function codeBlock(text: string): string {
  return `\`\`\`\n${cut(escaped(text.replaceAll('```', "'''")), 2_900)}\n\`\`\``;
}

/** Escapes the three characters that Slack reads as control characters. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
