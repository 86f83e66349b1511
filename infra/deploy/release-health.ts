/** Health of a release, judged by the output of `perch status --json`. Pure. */
import { z } from 'zod';

const statusSchema = z.object({
  release: z
    .object({
      rolloutId: z.string(),
      phase: z.string(),
      weight: z.number(),
      members: z.array(
        z.object({
          id: z.string(),
          track: z.string(),
          version: z.string().default(''),
          state: z.string(),
        }),
      ),
    })
    .nullable(),
  proxies: z.array(z.object({ id: z.string(), memberHealth: z.record(z.string(), z.string()) })),
  /** The judge status; null if no monitor judges now. */
  opinion: z.unknown(),
});

export type ReleaseStatus = z.infer<typeof statusSchema>;

/** Parses the output of `perch status --json`, one line of JSON. */
export function parseStatus(json: string): ReleaseStatus {
  return statusSchema.parse(JSON.parse(json));
}

/** Problems of a release, each in constant words, so that two lists can be compared; empty if it is healthy. */
export function releaseProblems({ release, proxies }: ReleaseStatus): string[] {
  if (release === null) return [noRelease];
  const { members, phase } = release;
  const ejected = members.filter(({ state }) => state === 'ejected');
  const unhealthy = members.filter(
    ({ id, state }) =>
      state === 'active' && proxies.some(({ memberHealth }) => memberHealth[id] === 'unhealthy'),
  );
  const hasStable = members.some(({ track, state }) => track === 'stable' && state === 'active');
  return [
    ...(hasStable ? [] : [noStable]),
    ...(phase === 'aborted' ? [abortText(release)] : []),
    ...ejected.map(({ id }) => `member ${id} was ejected`),
    ...unhealthy.map(({ id }) => `member ${id} is unhealthy`),
  ];
}

/**
 * Ids of the members that a text of {@link releaseProblems} names, or the error of an activation whose
 * member was found bad.
 */
export function membersIn(problems: string): string[] {
  return [...problems.matchAll(/member (\S+) (?:was ejected|was drained|is unhealthy)/g)].map(
    ([, id = '']) => id,
  );
}

const noRelease = 'there is no release';
const noStable = 'no stable member is active';

/**
 * Problems that the update is responsible for. Problems from before the update do not count, such
 * as a canary that was ejected yesterday, except that nothing serves: that always counts.
 */
export function newProblems(status: ReleaseStatus, before: readonly string[]): string[] {
  return releaseProblems(status).filter(
    (problem) => problem === noRelease || problem === noStable || !before.includes(problem),
  );
}

/**
 * Returns what a promotion to `version` lacks; undefined if it is complete: every active stable member
 * has the version, no canary member is left, and the rollout has succeeded.
 */
export function promotionDoubt({ release }: ReleaseStatus, version: string): string | undefined {
  const { members = [], phase = 'idle', rolloutId = '' } = release ?? {};
  const old = members.find(
    (member) =>
      member.track === 'stable' && member.state === 'active' && member.version !== version,
  );
  if (old !== undefined) return `stable member ${old.id} runs ${old.version}, not ${version}`;
  const canary = members.find(({ track }) => track === 'canary');
  if (canary !== undefined) return `canary member ${canary.id} is left`;
  return phase === 'succeeded' ? undefined : `rollout ${rolloutId} is ${phase}, not succeeded`;
}

/**
 * Returns the reason for which a promotion is rolled back although its update went well: the rollout was
 * aborted between its last step and the update, so that the update is not to blame.
 */
export function abortDoubt({ release }: ReleaseStatus): string | undefined {
  return release?.phase === 'aborted' ? abortText(release) : undefined;
}

function abortText({ rolloutId }: { readonly rolloutId: string }): string {
  return `rollout ${rolloutId} was aborted`;
}

/** Reports whether a canary gets traffic that no monitor compares with that of the stable members. */
export function isUnjudged({ release, opinion }: ReleaseStatus): boolean {
  const { weight = 0, members = [] } = release ?? {};
  const hasCanary = members.some(({ track, state }) => track === 'canary' && state === 'active');
  return weight > 0 && hasCanary && opinion === null;
}
