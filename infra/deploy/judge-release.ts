/** Whether a release is well, from what `perch status --json` says. Pure. */
import { z } from 'zod';

const statusSchema = z.object({
  release: z
    .object({
      phase: z.string(),
      reason: z.string(),
      members: z.array(z.object({ id: z.string(), track: z.string(), state: z.string() })),
    })
    .nullable(),
  proxies: z.array(z.object({ id: z.string(), memberHealth: z.record(z.string(), z.string()) })),
  opinion: z.unknown(),
});

export type ReleaseStatus = z.infer<typeof statusSchema>;

/** @param json one line of `perch status --json`. */
export function parseStatus(json: string): ReleaseStatus {
  return statusSchema.parse(JSON.parse(json));
}

/** What is wrong with the release; nothing when it is well. */
export function releaseProblems({ release, proxies }: ReleaseStatus): string[] {
  if (release === null) return ['there is no release'];
  const { members, phase, reason } = release;
  const ejected = members.filter(({ state }) => state === 'ejected');
  const unhealthy = members.filter(
    ({ id, state }) =>
      state === 'active' && proxies.some(({ memberHealth }) => memberHealth[id] === 'unhealthy'),
  );
  const hasStable = members.some(({ track, state }) => track === 'stable' && state === 'active');
  return [
    ...(hasStable ? [] : ['no stable member is active']),
    ...(phase === 'aborted' ? [`the rollout was aborted: ${reason}`] : []),
    ...ejected.map(({ id }) => `member ${id} was ejected: ${reason}`),
    ...unhealthy.map(({ id }) => `member ${id} is unhealthy`),
  ];
}
