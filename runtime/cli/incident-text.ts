import { formatDuration } from '../contract/format-duration.ts';
import type { Incident } from '../core/alerting/incident.ts';
import { incidentNotes } from '../core/alerting/incident-notes.ts';
import { acknowledgementOf, silenceOf, type Mutes } from '../core/alerting/mutes.ts';
import { listedSteps } from '../core/alerting/next-steps.ts';
import { withStoredNames } from '../core/alerting/stored-details.ts';

/** The incident as commands print it as JSON, with what operators said about it. */
export function incidentJson(incident: Incident, mutes: Mutes) {
  return {
    ...withStoredNames(incident),
    acknowledgement: acknowledgementOf(mutes, incident) ?? null,
    silence: silenceOf(mutes, incident) ?? null,
  };
}

/** State of an incident in words: `open, flapping, acknowledged by eve`. */
export function incidentState(incident: Incident, mutes: Mutes): string {
  const { openedAt, resolvedAt } = incident;
  if (resolvedAt !== null) return `resolved after ${formatDuration(resolvedAt - openedAt)}`;
  return ['open', ...incidentNotes(incident, mutes)].join(', ');
}

/** Open incidents with their start, and what is left to do about each. */
export function openIncidentsText(
  incidents: readonly Incident[],
  mutes: Mutes,
  nowMs: number,
): string {
  const blocks = incidents.map((incident) => {
    const { rule, subject, openedAt, details } = incident;
    const { sinceMs = openedAt, runbook } = details;
    const since = `since ${new Date(sinceMs).toISOString()} (${formatDuration(nowMs - sinceMs)})`;
    return [
      [`${rule} of ${subject}, ${since}`, ...incidentNotes(incident, mutes)].join(', '),
      `  ${[details.summary, ...details.actions].join('; ')}`,
      ...listedSteps(details).map((step) => `  - ${step}`),
      ...(runbook === undefined ? [] : [`  runbook: ${runbook}`]),
    ].join('\n');
  });
  return blocks.length === 0 ? 'no open incidents' : ['open incidents:', ...blocks].join('\n');
}
