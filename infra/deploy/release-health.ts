/** Whether a release is well, from what `perch status --json` says. Pure. */
import { z } from 'zod';

const statusSchema = z.object({
  release: z
    .object({
      rolloutId: z.string(),
      phase: z.string(),
      weight: z.number(),
      members: z.array(z.object({ id: z.string(), track: z.string(), state: z.string() })),
    })
    .nullable(),
  proxies: z.array(z.object({ id: z.string(), memberHealth: z.record(z.string(), z.string()) })),
  /** Null: no monitor judges now. */
  opinion: z.unknown(),
});

export type ReleaseStatus = z.infer<typeof statusSchema>;

/** @param json one line of `perch status --json`. */
export function parseStatus(json: string): ReleaseStatus {
  return statusSchema.parse(JSON.parse(json));
}

/** What is wrong with the release, each in words that stay the same; nothing when it is well. */
export function releaseProblems({ release, proxies }: ReleaseStatus): string[] {
  if (release === null) return [noRelease];
  const { members, phase, rolloutId } = release;
  const ejected = members.filter(({ state }) => state === 'ejected');
  const unhealthy = members.filter(
    ({ id, state }) =>
      state === 'active' && proxies.some(({ memberHealth }) => memberHealth[id] === 'unhealthy'),
  );
  const hasStable = members.some(({ track, state }) => track === 'stable' && state === 'active');
  return [
    ...(hasStable ? [] : [noStable]),
    ...(phase === 'aborted' ? [`rollout ${rolloutId} was aborted`] : []),
    ...ejected.map(({ id }) => `member ${id} was ejected`),
    ...unhealthy.map(({ id }) => `member ${id} is unhealthy`),
  ];
}

const noRelease = 'there is no release';
const noStable = 'no stable member is active';

/**
 * The problems that the update is to answer for: not those that were there before it, such as a
 * canary that was ejected yesterday, but always that nothing serves.
 */
export function newProblems(status: ReleaseStatus, before: readonly string[]): string[] {
  return releaseProblems(status).filter(
    (problem) => problem === noRelease || problem === noStable || !before.includes(problem),
  );
}

/** Whether a canary gets traffic that nobody compares with that of the stable members. */
export function isUnjudged({ release, opinion }: ReleaseStatus): boolean {
  const { weight = 0, members = [] } = release ?? {};
  const hasCanary = members.some(({ track, state }) => track === 'canary' && state === 'active');
  return weight > 0 && hasCanary && opinion === null;
}
