import type { Notification } from '../../../core/alerting/notification.ts';
import type { NotificationGroup } from '../channel.ts';
import { describedIncidents, groupSummary, inReadingOrder } from '../group-text.ts';
import { incidentLink, linePrefix, listsOf, rowsOf, statusOf } from '../notification-text.ts';

/** Plain-text body of an email: one incident, or a list of all and then one after the other. */
export function emailText(group: NotificationGroup, link: string | undefined): string {
  const ordered = inReadingOrder(group);
  if (ordered.length === 1) return `${incidentText(ordered[0], link)}\n`;
  const described = ordered.slice(0, describedIncidents);
  const left = ordered.length - described.length;
  const list = [
    `${groupSummary(group)}:`,
    ...described.map(({ transition, details }) => `- ${linePrefix[transition]}${details.summary}`),
    ...(left === 0 ? [] : [`and ${left} more: see perch incidents.`]),
  ];
  const texts = described.map((notification) => incidentText(notification, link));
  return `${[list.join('\n'), ...texts].join(`\n\n${'-'.repeat(60)}\n\n`)}\n`;
}

function incidentText(notification: Notification, link: string | undefined): string {
  const { summary, evidence, logs = [], runbook } = notification.details;
  const rows = rowsOf(notification);
  const width = Math.max(...rows.map(([label]) => label.length));
  const url = incidentLink(link, notification);
  const blocks = [
    [`${summary}.`, statusOf(notification)],
    ...listsOf(notification).map(({ title, items }) => [title, ...items.map((one) => `- ${one}`)]),
    evidence === undefined ? [] : [`Evidence: ${evidence}.`],
    ...logs.map((log) => [log]),
    rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`),
    [
      ...(runbook === undefined ? [] : [`Runbook: ${runbook}`]),
      ...(url === undefined ? [] : [url]),
    ],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}
