/** History of a service's releases, read from a log to which writers only append. */
import { z } from 'zod';
import { tracks, type Track } from '../../contract/names.ts';
import {
  releaseActions,
  releaseEnds,
  type ReleaseAction,
  type ReleaseEnd,
} from '../../contract/release-record.ts';
import { canaryEndSchema } from './canary-end.ts';
import type { Member } from './release-document.ts';

/** Number of newest releases that are remembered. */
export const rememberedReleases = 1_000;

/** Text of one line: it stands in a table. */
const oneLine = (most: number) =>
  z
    .string('must be text')
    .regex(/^[^\p{Cc}]*$/u, 'must be one line')
    .min(1, 'must not be empty')
    .max(most, `must be ${most} characters at most`);

/** Details of a release. A later entry adds what an earlier one did not know. */
const details = {
  action: z.enum(releaseActions, `must be one of ${releaseActions.join(', ')}`).optional(),
  version: oneLine(200).optional(),
  /** The application's image and Perch's own, by digest, or by id on target docker. */
  image: oneLine(500).optional(),
  runtimeImage: oneLine(500).optional(),
  /** Commit of the image's source, hexadecimal. */
  commit: z
    .string('must be text')
    .regex(/^[0-9a-f]{7,64}$/, 'must be 7 to 64 lower-case hexadecimal digits')
    .optional(),
  /** Name of the person, or of the user of a CI service. */
  by: oneLine(200).optional(),
  /** Name of the machine that deploys. */
  host: oneLine(255).optional(),
  /** URL of the CI run. */
  run: oneLine(500).optional(),
  /** Version of Perch. */
  perch: oneLine(50).optional(),
  /** Reason of the outcome. */
  reason: oneLine(2_000).optional(),
};

const stack = oneLine(200);
const track = z.enum(tracks, `must be one of ${tracks.join(', ')}`);
const outcome = z.enum(releaseEnds, `must be one of ${releaseEnds.join(', ')}`);

/** Release that begins now. */
export const begunReleaseSchema = z.strictObject({ stack, track, ...details });

/** Release that ended. */
export const endedReleaseSchema = z.strictObject({
  /** Id of its record. Default: the newest one of the stack and track, if it is of this release. */
  release: z
    .string('must be text')
    .regex(/^\d+-\d+$/, 'must be the id of a record, such as 1700000000000-0')
    .optional(),
  stack,
  track,
  outcome,
  ...details,
});

/** Entry as it is stored. Fields of later versions are dropped. */
export const releaseEntrySchema = z.object({
  /** Id of the entry that began the record. Undefined: this one does. */
  release: z.string().optional(),
  stack,
  track,
  outcome: outcome.optional(),
  /** End of a canary, with the numbers that it was judged by; null: it came back. Written by the leader. */
  ended: canaryEndSchema.nullish(),
  ...details,
});

export type ReleaseEntry = z.infer<typeof releaseEntrySchema>;

export interface StoredReleaseEntry extends ReleaseEntry {
  readonly id: string;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly at: number;
}

/** One release of one stack on one track. */
export interface ReleaseRecord extends Omit<ReleaseEntry, 'release' | 'outcome'> {
  readonly id: string;
  /** Start, milliseconds since the epoch by Redis' clock. */
  readonly at: number;
  /** End, milliseconds since the epoch by Redis' clock. Undefined: none was recorded. */
  readonly endedAt?: number;
  readonly action: ReleaseAction;
  /**
   * `deploying` without a recorded end; `interrupted` if another release of the stack and track has
   * begun since, for then it cannot be deploying any more.
   */
  readonly outcome: ReleaseEnd | 'deploying' | 'interrupted';
}

/**
 * Returns the newest releases, oldest first. Entries about a record that is no longer remembered are
 * dropped.
 */
export function releaseRecords(entries: readonly StoredReleaseEntry[]): ReleaseRecord[] {
  const records = new Map<string, ReleaseRecord>();
  for (const { release, ...entry } of entries) {
    const { id, at, outcome: end, action, ...known } = entry;
    const ended = end === undefined ? {} : { outcome: end, endedAt: at };
    const record = records.get(release ?? '');
    if (release === undefined) {
      const begun = { action: action ?? 'deploy', outcome: 'deploying' } as const;
      records.set(id, { ...known, id, at, ...begun, ...ended });
    } else if (record !== undefined) {
      records.set(release, { ...record, ...known, action: action ?? record.action, ...ended });
    }
  }
  return withInterrupted(withCommits([...records.values()]).slice(-rememberedReleases));
}

/** Gives a record without a commit that of the newest earlier release of its image, as for a rollback. */
function withCommits(records: readonly ReleaseRecord[]): ReleaseRecord[] {
  const known = new Map<string, string>();
  return records.map((record) => {
    const { image = '' } = record;
    const commit = record.commit ?? known.get(image);
    if (commit === undefined) return record;
    if (image !== '') known.set(image, commit);
    return { ...record, commit };
  });
}

function withInterrupted(records: readonly ReleaseRecord[]): ReleaseRecord[] {
  const followed = new Set<string>();
  const marked = records.toReversed().map((record): ReleaseRecord => {
    const series = seriesOf(record);
    const isOver = record.outcome === 'deploying' && followed.has(series);
    followed.add(series);
    return isOver ? { ...record, outcome: 'interrupted' } : record;
  });
  return marked.toReversed();
}

/**
 * Record that an end without an id belongs to: the newest one of its stack and track, if it has the
 * same images, or is still open and has none yet.
 */
export function recordOf(
  records: readonly ReleaseRecord[],
  ended: Pick<ReleaseEntry, 'stack' | 'track' | 'image' | 'runtimeImage'>,
): ReleaseRecord | undefined {
  const newest = records.findLast((record) => seriesOf(record) === seriesOf(ended));
  if (newest === undefined) return undefined;
  if (newest.image === undefined) return newest.outcome === 'deploying' ? newest : undefined;
  const isSame = newest.image === ended.image && newest.runtimeImage === ended.runtimeImage;
  return isSame ? newest : undefined;
}

/** Ids of the records whose versions the active members run: for each version and track the newest. */
export function servingRecords(
  records: readonly ReleaseRecord[],
  members: readonly Pick<Member, 'track' | 'version' | 'state'>[],
): Set<string> {
  const ids = members
    .filter(({ state }) => state === 'active')
    .flatMap((member) => newestOf(records, member)?.id ?? []);
  return new Set(ids);
}

function newestOf(
  records: readonly ReleaseRecord[],
  { track, version }: { readonly track: Track; readonly version: string },
): ReleaseRecord | undefined {
  const ofVersion = records.filter(
    (record) => record.track === track && record.version === version,
  );
  // One that failed may have activated members before it was taken back.
  return ofVersion.findLast(({ outcome }) => outcome === 'served') ?? ofVersion.at(-1);
}

function seriesOf({ stack, track }: Pick<ReleaseEntry, 'stack' | 'track'>): string {
  return `${track} ${stack}`;
}
