import { memberLatency, type MemberLatency } from '../../core/analysis/member-latency.ts';
import type { HostSample } from '../../core/host/host-sample.ts';
import type { Member } from '../../core/release/release-document.ts';
import type { ProxyReport } from '../../store/release/proxy-reports.ts';

/** Use of resources by a member's container, by the newest sample of its host. */
export interface MemberUsage {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Percent of one core; null: it could not be read, as the others. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly memoryLimitBytes: number | null;
  /** Times of its latest restarts, oldest first. */
  readonly restartedAt: readonly number[] | null;
}

/** Member with its state in the release document and its health in the proxies' reports. */
export interface MemberView extends Member {
  /** Unhealthy if any proxy reports so; null if no proxy reports the member. */
  readonly health: 'healthy' | 'unhealthy' | null;
  /** Requests in flight over all proxies; null without a proxy's report. */
  readonly inFlight: number | null;
  /** Requests since the live proxies started; null if none reports it. */
  readonly requests: number | null;
  /** Those of them that failed. */
  readonly failures: number | null;
  /** Latency of its answers in about the last minute; null if there was none, or nobody reports it. */
  readonly latency: MemberLatency | null;
  /** Null if no monitor reports its container. */
  readonly usage: MemberUsage | null;
}

/** Joins a member with the reports of the proxies and the samples of the hosts; null: not readable. */
export function memberView(
  member: Member,
  reports: readonly ProxyReport[] | null,
  samples: readonly HostSample[] | null,
): MemberView {
  const usage = usageOf(member, samples ?? []);
  if (reports === null || reports.length === 0) {
    const unknown = { health: null, inFlight: null, requests: null, failures: null, latency: null };
    return { ...member, ...unknown, usage };
  }
  const reported = reports.flatMap(({ memberHealth }) => memberHealth[member.id] ?? []);
  const healthy = reported.length === 0 ? null : 'healthy';
  const counts = reports.flatMap(({ memberCounts }) => memberCounts?.[member.id] ?? []);
  const total = (name: 'requests' | 'failures') =>
    counts.length === 0 ? null : counts.reduce((sum, count) => sum + count[name], 0);
  return {
    ...member,
    health: reported.includes('unhealthy') ? 'unhealthy' : healthy,
    inFlight: reports.reduce((sum, { inFlight }) => sum + (inFlight[member.id] ?? 0), 0),
    requests: total('requests'),
    failures: total('failures'),
    latency: memberLatency(reports, member.id) ?? null,
    usage,
  };
}

function usageOf({ id, host }: Member, samples: readonly HostSample[]): MemberUsage | null {
  const sample = samples.find((one) => one.host === host);
  const workload = sample?.workloads.find(({ memberId }) => memberId === id);
  if (sample === undefined || workload === undefined) return null;
  const { cpuPercent, memoryBytes, memoryLimitBytes, restartedAt } = workload;
  return {
    at: sample.at,
    cpuPercent: cpuPercent ?? null,
    memoryBytes: memoryBytes ?? null,
    memoryLimitBytes: memoryLimitBytes ?? null,
    restartedAt: restartedAt ?? null,
  };
}
