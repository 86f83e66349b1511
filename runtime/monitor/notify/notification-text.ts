import { formatValue, formatDuration } from '../../core/alerting/format-value.ts';
import { metrics } from '../../core/alerting/metric-catalog.ts';
import type { Notification } from '../../core/alerting/notification.ts';

const lead = {
  opened: '',
  're-alerted': 'Still: ',
  resolved: 'Resolved: ',
} as const;

/** What happened and what was done, in one line. */
export function subjectOf({ service, transition, details }: Notification): string {
  const done = transition === 'opened' && details.actions[0];
  return `[${service}] ${lead[transition]}${details.summary}${done ? `; ${done}` : ''}`;
}

/** How the incident stands, a sentence. */
export function evaluation({ transition, at, openedAt }: Notification): string {
  const lasted = formatDuration(at - openedAt);
  switch (transition) {
    case 'opened':
      return `Opened at ${timeText(at)}.`;
    case 're-alerted':
      return `Open for ${lasted}, since ${timeText(openedAt)}.`;
    case 'resolved':
      return `Resolved at ${timeText(at)}, after ${lasted}.`;
  }
}

/** What was measured and where, as label and value, in the order to be read. */
export function rowsOf({
  rule,
  at,
  details,
  service,
}: Notification): (readonly [string, string])[] {
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
