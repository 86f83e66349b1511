import type { Incident } from './incident.ts';
import { acknowledgementOf, silenceOf, type Mutes } from './mutes.ts';

/** Open incidents first, of each kind the newest first. */
export function inOrderOfUrgency(incidents: readonly Incident[]): Incident[] {
  return incidents.toSorted((a, b) => isResolved(a) - isResolved(b) || b.openedAt - a.openedAt);
}

/** Those that are open, the newest first. */
export function openIncidents(incidents: Iterable<Incident>): Incident[] {
  return inOrderOfUrgency([...incidents].filter(({ resolvedAt }) => resolvedAt === null));
}

/** Notes on the state of an incident, for people: that it flaps, and what operators said. */
export function incidentNotes(incident: Incident, mutes: Mutes): string[] {
  const acknowledgement = acknowledgementOf(mutes, incident);
  const silence = silenceOf(mutes, incident);
  return [
    ...(incident.flapping === undefined ? [] : ['flapping']),
    ...(acknowledgement === undefined ? [] : [`acknowledged by ${acknowledgement.by}`]),
    ...(silence === undefined ? [] : [`silenced until ${new Date(silence.untilMs).toISOString()}`]),
  ];
}

function isResolved({ resolvedAt }: Incident): number {
  return Number(resolvedAt !== null);
}
