import { amountText, durationText } from '../../core/alerting/format-value.ts';
import { metrics } from '../../core/alerting/metric-catalog.ts';
import type { Notice } from '../../core/alerting/notification.ts';

const lead = {
  opened: '',
  're-alerted': 'Still: ',
  resolved: 'Resolved: ',
} as const;

/** What happened and what was done, in one line. */
export function subjectOf({ service, transition, facts }: Notice): string {
  const done = transition === 'opened' && facts.actions[0];
  return `[${service}] ${lead[transition]}${facts.headline}${done ? `; ${done}` : ''}`;
}

/** How the incident stands, a sentence. */
export function standing({ transition, at, openedAt }: Notice): string {
  const lasted = durationText(at - openedAt);
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
export function rowsOf({ rule, at, facts, service }: Notice): (readonly [string, string])[] {
  const { measured, sinceMs } = facts;
  const rows: [label: string, value: string | undefined][] = [
    ['Service', service],
    ['Track', facts.track],
    ['Version', facts.version],
    ['Host', facts.host],
    ['Member', facts.member],
    [
      'Measured',
      measured && `${labelOf(measured.metric)} ${amountText(measured.value, measured.unit)}`,
    ],
    ['Threshold', measured && amountText(measured.threshold, measured.unit)],
    ['Since', sinceMs === undefined ? undefined : sinceText(sinceMs, at)],
    ['Rule', facts.cause ?? rule],
  ];
  return rows.flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as const]));
}

/** `2026-01-31 12:00:00 UTC` */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function sinceText(sinceMs: number, at: number): string {
  return `${timeText(sinceMs)}, for ${durationText(at - sinceMs)}`;
}

function labelOf(metric: string): string {
  return Object.entries(metrics).find(([name]) => name === metric)?.[1].label ?? metric;
}
