import type { HostSample } from '../../core/host/host-sample.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import type { ReleaseRead } from '../../store/release/release-store.ts';
import type { Problem } from './lasting-problems.ts';

const sourceForMs = 10_000;
const silentForMs = 20_000;
const lostForMs = 3_000;

/** Sources that gave nothing, such as a Docker engine that is down. */
export function sourceProblems(samples: readonly HostSample[]): Problem[] {
  return samples.flatMap(({ host, problems }) =>
    problems.map(({ source, reason }) => ({
      rule: 'source-failed',
      subject: `${host}/${source}`,
      forMs: sourceForMs,
      details: { summary: `${source} of ${host} gives no data: ${reason}`, actions: [], host },
    })),
  );
}

/** Containers that need more memory than they can have. */
export function memoryProblems(samples: readonly HostSample[]): Problem[] {
  return samples.flatMap(({ host, needs = [] }) =>
    needs.map(({ workload, reason }) => ({
      rule: 'memory-short',
      subject: workload,
      forMs: sourceForMs,
      details: { summary: `${workload} needs more memory: ${reason}`, actions: [], host },
    })),
  );
}

/** Hosts whose monitor was heard and is silent now, while the release still has members there. */
export function silentHosts(
  heard: ReadonlySet<string>,
  samples: readonly HostSample[],
  { members }: Pick<ReleaseDocument, 'members'>,
): Problem[] {
  const hosts = new Set(members.map(({ host }) => host));
  const speaking = new Set(samples.map(({ host }) => host));
  return [...heard]
    .filter((host) => hosts.has(host) && !speaking.has(host))
    .map((host) => ({
      rule: 'host-silent',
      subject: host,
      forMs: silentForMs,
      details: { summary: `the monitor of ${host} is silent`, actions: [], host },
    }));
}

/** A release document that was there and is not, or that cannot be read. */
export function releaseProblem(
  read: Exclude<ReleaseRead, { kind: 'found' }>,
  service: string,
): Problem {
  const what = read.kind === 'absent' ? 'is gone' : `cannot be read: ${read.problem.message}`;
  return {
    rule: 'release-lost',
    subject: service,
    forMs: lostForMs,
    details: {
      summary: `the release document of ${service} ${what}`,
      actions: ['proxies go on with the last good one'],
    },
  };
}

/** A rollout that waits for a person. */
export function pausedRollout({ phase, rolloutId, reason }: ReleaseDocument): Problem[] {
  if (phase !== 'paused') return [];
  const summary = `rollout ${rolloutId} is paused: ${reason}`;
  return [
    { rule: 'rollout-paused', subject: rolloutId, forMs: 0, details: { summary, actions: [] } },
  ];
}
