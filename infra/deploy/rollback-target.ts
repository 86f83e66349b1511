/** Choice of the recorded release that a rollback deploys. Pure. */
import { z } from 'zod';
import type { Track } from '../../runtime/contract/names.ts';
import { PerchError } from '../../runtime/contract/perch-error.ts';
import { didYouMean } from '../../runtime/contract/suggest-name.ts';

const recordSchema = z.object({
  /** Start, milliseconds since the epoch. */
  at: z.number(),
  stack: z.string(),
  outcome: z.string(),
  action: z.string(),
  track: z.string().optional(),
  /** Commit of the image's source. */
  commit: z.string().optional(),
  version: z.string().optional(),
  image: z.string().optional(),
  runtimeImage: z.string().optional(),
  perch: z.string().optional(),
  /** Machine and CI run that deployed it. */
  host: z.string().optional(),
  run: z.string().optional(),
});

const historySchema = z.object({ releases: z.array(recordSchema) });
export type RecordedRelease = z.infer<typeof recordSchema>;

/** A release that can be deployed again. */
export interface DeployableRelease {
  readonly at: number;
  readonly action: string;
  readonly version: string;
  readonly image: string;
  readonly runtimeImage: string;
  /** Version of Perch that deployed it. Undefined: not known. */
  readonly perch: string | undefined;
}

export interface RollbackQuery {
  /** Stack, as its records name it. */
  readonly stack: string;
  /** Track of the stack that goes back. A release that only its canary ran never served everybody. */
  readonly track: Track;
  /** Image that serves now. */
  readonly servingImage: string;
  /** Version, or the beginning of an image's digest. Default: the version before the one that serves. */
  readonly version?: string | undefined;
}

/** Parses the output of `perch history --json`. Newest first. */
export function parseHistory(json: string): RecordedRelease[] {
  return historySchema.parse(JSON.parse(json)).releases;
}

/**
 * Returns the release to go back to.
 * @param history newest first.
 * @throws PerchError `bad_input` for a version that is unknown, ambiguous or the one that serves;
 * `conflict` if no earlier release served.
 */
export function rollbackTarget(
  history: readonly RecordedRelease[],
  query: RollbackQuery,
): DeployableRelease {
  const served = newestOfEach(history.flatMap((record) => deployable(record, query)));
  const { version, servingImage, stack } = query;
  if (version !== undefined) return namedRelease(served, { ...query, version });
  const previous = previousRelease(served, servingImage);
  if (previous !== undefined) return previous;
  throw new PerchError(
    'conflict',
    `no release of stack ${stack} that served before the one that serves now is recorded; perch history shows what is`,
  );
}

function deployable(
  record: RecordedRelease,
  of: Pick<RollbackQuery, 'stack' | 'track'>,
): DeployableRelease[] {
  const { stack, track = of.track, outcome, at, action, version, image, runtimeImage } = record;
  if (stack !== of.stack || track !== of.track || outcome !== 'served') return [];
  if (version === undefined || image === undefined || runtimeImage === undefined) return [];
  return [{ at, action, version, image, runtimeImage, perch: record.perch }];
}

/**
 * Newest release of each image, newest first. A rollback does not make its image newer, so a second
 * rollback goes one further back, and not to the release that the first one left.
 */
function newestOfEach(releases: readonly DeployableRelease[]): DeployableRelease[] {
  const own = releases.filter(({ action }) => action !== 'rollback');
  const again = releases.filter(({ action }) => action === 'rollback');
  const newest = new Map<string, DeployableRelease>();
  for (const release of [...own, ...again]) {
    if (!newest.has(release.image)) newest.set(release.image, release);
  }
  return [...newest.values()].toSorted((a, b) => b.at - a.at);
}

/** The newest release before that of `servingImage`; the newest of another image if that one is not known. */
function previousRelease(
  served: readonly DeployableRelease[],
  servingImage: string,
): DeployableRelease | undefined {
  const index = served.findIndex(({ image }) => image === servingImage);
  return served[index + 1];
}

function namedRelease(
  served: readonly DeployableRelease[],
  { stack, version, servingImage }: RollbackQuery & { readonly version: string },
): DeployableRelease {
  const named = served.filter((release) => release.version === version);
  const found = named.length > 0 ? named : served.filter((release) => hasDigest(release, version));
  const [release, ...others] = found;
  if (release === undefined) throw unknownVersion(served, stack, version);
  if (others.length > 0) {
    const images = found.map(({ image, at }) => `${digestOf(image)} (${dateOf(at)})`);
    throw new PerchError(
      'bad_input',
      `VERSION must name one release of stack ${stack}, and ${version} names ${found.length}: ${images.join(', ')}; give the beginning of the digest instead`,
    );
  }
  if (release.image !== servingImage) return release;
  throw new PerchError('bad_input', `VERSION must be another one: ${version} serves already`);
}

const shown = 5;

function unknownVersion(
  served: readonly DeployableRelease[],
  stack: string,
  version: string,
): PerchError {
  const versions = [...new Set(served.map((release) => release.version))];
  const nearest = didYouMean(version, versions);
  const newest = versions.slice(0, shown).join(', ');
  const known = versions.length === 0 ? 'none is recorded' : `the newest are ${newest}`;
  return new PerchError(
    'bad_input',
    `VERSION must be a recorded version of stack ${stack} that served, got ${version}${nearest || `; ${known}`}`,
  );
}

const shortestDigest = 6;

function hasDigest({ image }: DeployableRelease, given: string): boolean {
  const digits = given.replace(/^sha256:/, '');
  return digits.length >= shortestDigest && digestOf(image).startsWith(digits);
}

/** Hexadecimal digits of an image's digest. */
function digestOf(image: string): string {
  return image.slice(image.indexOf('sha256:') + 'sha256:'.length);
}

function dateOf(at: number): string {
  return new Date(at).toISOString();
}
