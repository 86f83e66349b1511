import { formatDuration, formatValue } from '../../core/alerting/format-value.ts';
import { metrics } from '../../core/alerting/metric-catalog.ts';
import type { Notification } from '../../core/alerting/notification.ts';

const prefix = {
  opened: '',
  're-alerted': 'Still open: ',
  resolved: 'Resolved: ',
} as const;

/** Incident and first action in one line, for a subject. */
export function subjectOf({ service, transition, details }: Notification): string {
  const action = transition === 'opened' && details.actions[0];
  return `[${service}] ${prefix[transition]}${details.summary}${action ? `; ${action}` : ''}`;
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
