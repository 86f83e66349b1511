import type { Incident } from '../../core/alerting/incident.ts';
import { ejectionOf, ejectionOfCanary } from '../../core/ejection/ejection.ts';
import { stepsAfterEjection, stepsAfterReinstatement } from '../../core/alerting/next-steps.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import type { CycleIncidents } from './cycle-incidents.ts';

/** Switches flags off, and returns a sentence about each. */
export type DisableFlags = (keys: readonly string[], reason: string) => Promise<string[]>;

/**
 * Completes an ejection that the document holds, whoever ejected the canary: switches its flags off
 * and opens its incident, once.
 * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
 */
export async function syncEjection(
  incidents: CycleIncidents,
  document: ReleaseDocument,
  disable: DisableFlags,
): Promise<void> {
  const ejection = ejectionOf(document);
  if (ejection === undefined) return;
  const { incidentId: id, details, flags } = ejection;
  const stored = incidents.find(ejectionOfCanary);
  if (stored?.id === id) {
    // An ejected canary does no more harm, so people are alerted only once more.
    const isDone = stored.resolvedAt !== null || stored.alertedAt > stored.openedAt;
    if (isDone) return;
    const nextSteps = isBack(stored, document)
      ? stepsAfterReinstatement(document.weight)
      : stored.details.nextSteps;
    await incidents.breach({ ...ejectionOfCanary, id, details: { ...stored.details, nextSteps } });
    return;
  }
  const done = await disable(flags, details.summary);
  const actions = [...details.actions, ...done];
  const nextSteps = stepsAfterEjection(details, document.weight);
  const complete = { ...details, actions, nextSteps };
  await incidents.breach({ ...ejectionOfCanary, id, details: complete });
}

/** True once the canary, or the one member that was ejected, gets requests again. */
function isBack({ details }: Incident, { weight, members }: ReleaseDocument): boolean {
  const isEjected = members.some(({ id, state }) => id === details.member && state === 'ejected');
  return weight > 0 && !isEjected;
}
