import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { perchVersion } from '../../shell/perch-version.ts';
import { firstLine } from '../failure.ts';
import { ownMembers } from '../foreign-canaries.ts';
import { parseStatus } from '../release-health.ts';
import { readHistory } from '../release-reading.ts';
import type { RecordedRelease } from '../rollback-target.ts';
import type { StackPerch } from '../stack-perch.ts';

/** Rollout of a stack's canary. */
export interface CanaryRollout {
  readonly rolloutId: string;
  readonly phase: string;
  /** Versions of the canary members, each once. */
  readonly versions: readonly string[];
}

/** Reads the rollout of the canary members that a stack has. Undefined: it has none. */
export async function ownRollout(
  stack: Stack,
  perch: StackPerch,
): Promise<CanaryRollout | undefined> {
  const { release } = parseStatus(await perch.run(['status', '--json']));
  if (release === null) return undefined;
  const own = await ownMembers(stack);
  const canaries = release.members.filter(({ id, track }) => track === 'canary' && own.has(id));
  const { rolloutId, phase } = release;
  const versions = [...new Set(canaries.map(({ version }) => version))];
  return canaries.length === 0 ? undefined : { rolloutId, phase, versions };
}

/**
 * Reports whether a rollout is that of a version. It is not after an update that was cut off: the stack's
 * outputs still name the canary before it. A monitor of an older release does not print versions.
 */
export function isOfVersion(
  { versions }: Pick<CanaryRollout, 'versions'>,
  version: string | undefined,
): boolean {
  return versions.every((other) => other === '' || other === version);
}

/** Reads the recorded releases of a stack, newest first. A monitor of release 0.1 has recorded none. */
export async function recordsOf(
  name: string,
  perch: Pick<StackPerch, 'run'>,
): Promise<RecordedRelease[]> {
  try {
    return (await readHistory(perch)).filter(({ stack }) => stack === name);
  } catch (error) {
    if (!firstLine(error).includes("unknown command 'history'")) throw error;
    return [];
  }
}

/**
 * Reports whether this version of Perch released an image, so that Perch's own image may stay: this
 * program starts proxies and monitors with settings that an older image may not understand.
 * @param records newest first.
 */
export function isOfThisPerch(image: string, records: readonly RecordedRelease[]): boolean {
  const served = records.find(
    (record) => record.image === image && record.outcome === 'served' && record.perch !== undefined,
  );
  return served?.perch === perchVersion();
}

/**
 * Returns the configured version of an image; empty if a stable release of another image had it, so that
 * nobody has configured one for this release.
 * @param image undefined: it is built.
 */
export function freeVersion(
  version: string | undefined,
  image: string | undefined,
  records: readonly RecordedRelease[],
): string {
  const isTaken = records.some(
    (record) =>
      record.version === version &&
      record.track === 'stable' &&
      record.outcome === 'served' &&
      record.image !== image,
  );
  return version === undefined || isTaken ? '' : version;
}
