import { formatDuration } from '../../contract/format-duration.ts';
import { formatValue } from '../../core/alerting/format-value.ts';
import { metrics } from '../../core/alerting/metric-catalog.ts';
import type { Notification } from '../../core/alerting/notification.ts';

/** Begins a subject. */
export const subjectPrefix = {
  opened: '',
  're-alerted': 'Still open: ',
  resolved: 'Resolved: ',
} as const;

/** Begins the text of an incident within a line or a list. */
export const linePrefix = {
  opened: '',
  're-alerted': 'still open: ',
  resolved: 'resolved: ',
} as const;

/** Incident and first action in one line, for a subject. */
export function subjectOf({ service, transition, details }: Notification): string {
  const action = transition === 'opened' && details.actions[0];
  return `[${service}] ${subjectPrefix[transition]}${details.summary}${action ? `; ${action}` : ''}`;
}

/** Sentence that says since when the incident is open, or when it was resolved. */
export function statusOf({ transition, at, openedAt }: Notification): string {
  const duration = formatDuration(at - openedAt);
  switch (transition) {
    case 'opened':
      return `Opened at ${timeText(at)}.`;
    case 're-alerted':
      return `Open for ${duration}, since ${timeText(openedAt)}.`;
    case 'resolved':
      return `Resolved at ${timeText(at)}, after ${duration}.`;
  }
}

/** A list of a message with its title. Without items, the title is a sentence of its own. */
export interface MessageList {
  readonly title: string;
  readonly items: readonly string[];
}

/** Lists of what Perch did and what is left to do, without those that nothing is known for. */
export function listsOf({ details: { actions, nextSteps } }: Notification): MessageList[] {
  const did = actions.length === 0 ? [] : [{ title: 'What Perch did:', items: actions }];
  if (nextSteps === undefined) return did;
  const title = nextSteps.length === 0 ? 'Nothing is left to do.' : 'What is left to do:';
  return [...did, { title, items: nextSteps }];
}

/** Labels and values of what was measured and where, in reading order. */
export function rowsOf({
  rule,
  at,
  details,
  service,
}: Notification): (readonly [label: string, value: string])[] {
  const { measured, sinceMs } = details;
  const rows: [label: string, value: string | undefined][] = [
    ['Service', service],
    ['Track', details.track],
    ['Version', details.version],
    ['Host', details.host],
    ['Member', details.member],
    [
      'Measured',
      measured && `${labelOf(measured.metric)} ${formatValue(measured.value, measured.unit)}`,
    ],
    ['Threshold', measured && formatValue(measured.threshold, measured.unit)],
    ['Since', sinceMs === undefined ? undefined : sinceText(sinceMs, at)],
    ['Rule', details.cause ?? rule],
  ];
  return rows.flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as const]));
}

/** URL that opens the incident in the console. */
export function incidentLink(
  link: string | undefined,
  { incidentId }: Pick<Notification, 'incidentId'>,
): string | undefined {
  if (link === undefined) return undefined;
  // A fragment would swallow the query behind it.
  const [page = '', ...fragment] = link.split('#');
  const separator = page.includes('?') ? '&' : '?';
  const query = `${separator}incident=${encodeURIComponent(incidentId)}`;
  return [`${page}${query}`, ...fragment].join('#');
}

/** `2026-01-31 12:00:00 UTC` */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function sinceText(sinceMs: number, at: number): string {
  return `${timeText(sinceMs)}, for ${formatDuration(at - sinceMs)}`;
}

function labelOf(metric: string): string {
  return Object.entries(metrics).find(([name]) => name === metric)?.[1].label ?? metric;
}
