import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { servingRecords, type ReleaseRecord } from '../../core/release/release-history.ts';
import type { PerchEvent } from '../../store/incidents/event-log.ts';

/** Event that ended a canary: its text has the evidence that the judge, or a person, acted on. */
type CanaryEnd = Pick<PerchEvent, 'type' | 'text' | 'by' | 'at'>;

/** Recorded release as the page shows it. */
export interface PastRelease extends ReleaseRecord {
  readonly serves: boolean;
  /** Null for a stable release, while the canary lasts, and once its end is too long ago. */
  readonly ended: CanaryEnd | null;
}

const shownReleases = 20;
const endOfCanary = /^(?:canary-ejected|rollout-(?:aborted|promoted))$/;
const againOnTrial = /^(?:canary-reinstated|rollout-retried)$/;

/**
 * The newest releases, newest first. A canary's end is the last one between its deployment and that of
 * the next canary, unless the canary came back after it.
 * @param events - oldest first; null: they cannot be read.
 */
export function historyView(
  records: readonly ReleaseRecord[],
  document: ReleaseDocument | null,
  events: readonly PerchEvent[] | null,
): PastRelease[] {
  const serving = servingRecords(records, document?.members ?? []);
  const ends = (events ?? []).filter(
    ({ type }) => endOfCanary.test(type) || againOnTrial.test(type),
  );
  const canaries = records.filter(({ track }) => track === 'canary');
  const endOf = (record: ReleaseRecord): CanaryEnd | null => {
    if (record.track !== 'canary') return null;
    const nextMs = canaries[canaries.indexOf(record) + 1]?.at ?? Number.POSITIVE_INFINITY;
    const end = ends.findLast(({ at }) => at >= record.at && at < nextMs);
    if (end === undefined || againOnTrial.test(end.type)) return null;
    return { type: end.type, text: end.text, by: end.by, at: end.at };
  };
  return records
    .slice(-shownReleases)
    .toReversed()
    .map((record) => ({ ...record, serves: serving.has(record.id), ended: endOf(record) }));
}
