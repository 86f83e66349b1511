import { canaryEnd, type CanaryEnd, type ReleaseEvent } from '../../core/release/canary-end.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { servingRecords, type ReleaseRecord } from '../../core/release/release-history.ts';

/** Recorded release as the page shows it. */
export interface PastRelease extends Omit<ReleaseRecord, 'ended'> {
  readonly serves: boolean;
  /** Null for a stable release, while the canary lasts, and if nobody recorded its end. */
  readonly ended: CanaryEnd | null;
}

const shownReleases = 20;

/**
 * The newest releases, newest first.
 * @param events - the newest ones, oldest first, for ends that the leader has not recorded yet; null: they
 *   cannot be read.
 */
export function historyView(
  records: readonly ReleaseRecord[],
  document: ReleaseDocument | null,
  events: readonly ReleaseEvent[] | null,
): PastRelease[] {
  const serving = servingRecords(records, document?.members ?? []);
  const endOf = (record: ReleaseRecord) => {
    const newest = canaryEnd(record, records, events ?? []);
    return newest === undefined ? (record.ended ?? null) : newest;
  };
  return records
    .slice(-shownReleases)
    .toReversed()
    .map((record) => ({ ...record, serves: serving.has(record.id), ended: endOf(record) }));
}
