/** Effects of acknowledgements and silences, in sentences for a person who has to confirm them. */
import { formatDuration } from '../../contract/format-duration.ts';
import { openIncidents } from './incident-notes.ts';
import type { Incident } from './incident.ts';
import { isSilencedBy, silencedText, type Acknowledgement, type Silence } from './mutes.ts';

type Target = Pick<Silence, 'rule' | 'subject'>;

/** @param last - the acknowledgement that it replaces. */
export function acknowledgeEffects(last: Acknowledgement | undefined): string[] {
  return [
    'The reminders of this incident stop. Its resolution is still notified, and so is the next incident.',
    'Perch acts as before.',
    ...(last === undefined ? [] : [`It replaces the acknowledgement by ${last.by}.`]),
  ];
}

/** @param given.last - the silence that it replaces. */
export function silenceEffects(
  target: Target,
  given: {
    readonly lastsMs: number;
    readonly nowMs: number;
    readonly last: Silence | undefined;
    readonly incidents: Iterable<Incident>;
  },
): string[] {
  const { lastsMs, nowMs, last, incidents } = given;
  const covered = coveredBy(target, incidents).length;
  return [
    `Nobody gets a message about ${silencedText(target)} for ${formatDuration(lastsMs)}. Open incidents that this covers now: ${covered}.`,
    'Incidents are opened, listed and acted on all the same: a canary that does harm is ejected.',
    'What is still open when the silence ends is notified then.',
    ...(last === undefined
      ? []
      : [
          `It replaces the silence by ${last.by}, which would end in ${formatDuration(last.untilMs - nowMs)}.`,
        ]),
  ];
}

/** @param silences - every silence, with the one that ends. */
export function unsilenceEffects(
  target: Target,
  silences: readonly Silence[],
  incidents: Iterable<Incident>,
): string[] {
  const others = silences.filter(
    ({ rule, subject }) => rule !== target.rule || subject !== target.subject,
  );
  const due = coveredBy(target, incidents).filter(
    (incident) =>
      incident.unnotified === true && !others.some((other) => isSilencedBy(other, incident)),
  );
  return [
    `Messages about ${silencedText(target)} are sent again.`,
    ...(due.length === 0
      ? []
      : [`Open incidents that were never notified, and are now: ${due.length}.`]),
  ];
}

function coveredBy(target: Target, incidents: Iterable<Incident>): Incident[] {
  return openIncidents(incidents).filter((incident) => isSilencedBy(target, incident));
}
