import { clockError } from '../../core/host/clock-offset.ts';
import type { HostSample } from '../../core/host/host-sample.ts';
import { judgesPause } from '../../core/analysis/rollout.ts';
import type { ReleaseDocument } from '../../core/release/release-document.ts';
import { stepText } from '../../core/release/rollout-plan.ts';
import { hostOfProxy } from '../../core/release/known-proxy.ts';
import type { ProxyReport } from '../../store/release/proxy-reports.ts';
import { lostGeneration } from '../../core/release/lost-document.ts';
import type { RedisRepair } from '../../store/redis/redis-repair.ts';
import type { ReleaseRead } from '../../store/release/release-store.ts';
import type { Problem } from './lasting-problems.ts';
import type { Resolution } from './resolutions.ts';

export const hostSilent = 'host-silent';
export const memoryShort = 'memory-short';
export const redisRepaired = 'redis-repaired';
export const rolloutPaused = 'rollout-paused';

const sourceForMs = 10_000;
const alarmsForMs = 60_000;
const silentForMs = 20_000;
const lostForMs = 3_000;
const clockForMs = 10_000;
const downForMs = 30_000;

/** Sources that return no data, such as a Docker engine that is down. */
export function sourceProblems(samples: readonly HostSample[]): Problem[] {
  return samples.flatMap(({ host, problems }) =>
    problems.map(({ source, reason }) => ({
      rule: 'source-failed',
      subject: `${host}/${source}`,
      forMs: sourceForMs,
      details: { summary: `${source} on ${host} returns no data: ${reason}`, actions: [], host },
    })),
  );
}

/** CloudWatch, if it did not report its alarms for this reason. */
export function alarmProblems(reason: string | undefined): Problem[] {
  if (reason === undefined) return [];
  const summary = `CloudWatch did not report its alarms: ${reason}`;
  const details = { summary, actions: [] };
  return [{ rule: 'source-failed', subject: 'cloudwatch', forMs: alarmsForMs, details }];
}

/** Configuration of the service's monitors, if it cannot be used for this reason. */
export function configProblems(reason: string | undefined): Problem[] {
  if (reason === undefined) return [];
  const details = { summary: `the monitors' configuration is not used: ${reason}`, actions: [] };
  return [{ rule: 'config-invalid', subject: 'monitor', forMs: 0, details }];
}

/** Containers that need more memory and cannot get it. */
export function memoryProblems(samples: readonly HostSample[]): Problem[] {
  return samples.flatMap(({ host, needs = [] }) =>
    needs.map(({ workload, reason }) => ({
      rule: memoryShort,
      subject: workload,
      forMs: sourceForMs,
      details: {
        summary: `${workload} needs more memory: ${reason}`,
        actions: [],
        host,
        ...(workload.startsWith(`${host}/`) ? {} : { member: workload }),
      },
    })),
  );
}

/** Containers that should run and that neither Docker nor the monitor can start. */
export function startProblems(samples: readonly HostSample[]): Problem[] {
  return samples.flatMap(({ host, failedStarts = [] }) =>
    failedStarts.map(({ workload, reason }) => ({
      rule: 'container-down',
      subject: workload,
      forMs: downForMs,
      details: { summary: `${workload} cannot be started: ${reason}`, actions: [], host },
    })),
  );
}

/**
 * Hosts whose clocks are wrong, by their monitors, and by their proxies where no monitor runs. The
 * counts do not suffer, but certificates, logs and the applications may.
 */
export function clockProblems(
  samples: readonly HostSample[],
  reports: readonly ProxyReport[],
): Problem[] {
  const offsets = new Map<string, number | undefined>();
  for (const { id, clockOffsetMs } of reports) offsets.set(hostOfProxy(id), clockOffsetMs);
  for (const { host, clockOffsetMs } of samples) {
    if (clockOffsetMs !== undefined) offsets.set(host, clockOffsetMs);
  }
  return [...offsets].flatMap(([host, offsetMs]) => {
    const error = offsetMs === undefined ? undefined : clockError(offsetMs);
    if (error === undefined) return [];
    const summary = `the clock of ${host} is ${error}, compared with that of Redis`;
    const details = { summary, actions: [], host };
    return [{ rule: 'clock-wrong', subject: host, forMs: clockForMs, details }];
  });
}

/**
 * Hosts whose proxies had no descriptor, port or memory left to connect to a member. They answer 503
 * meanwhile.
 */
export function exhaustedProxyProblems(reports: readonly ProxyReport[]): Problem[] {
  const exhausted = reports.filter(({ isExhausted }) => isExhausted).map(({ id }) => id);
  return [...Map.groupBy(exhausted, hostOfProxy)].map(([host, ids]) => {
    const which = ids.length === 1 ? `proxy ${ids[0]}` : `proxies ${ids.sort().join(', ')}`;
    const summary = `${which} had no descriptor, port or memory left to connect to members`;
    const details = { summary, actions: [], host };
    return { rule: 'proxy-exhausted', subject: host, forMs: 0, details };
  });
}

/** Known hosts without a current sample, while the release still has members there. */
export function silentHosts(
  known: ReadonlySet<string>,
  samples: readonly HostSample[],
  { members }: Pick<ReleaseDocument, 'members'>,
): Problem[] {
  const hosts = new Set(members.map(({ host }) => host));
  const sampled = new Set(samples.map(({ host }) => host));
  return [...known]
    .filter((host) => hosts.has(host) && !sampled.has(host))
    .map((host) => ({
      rule: hostSilent,
      subject: host,
      forMs: silentForMs,
      details: { summary: `the monitor of ${host} is silent`, actions: [], host },
    }));
}

/** Release document that Redis lost, in whole or in part, or that cannot be read. */
export type LostRelease =
  | Exclude<ReleaseRead, { kind: 'found' }>
  /** Live proxies apply a newer document than Redis holds, or another one of its generation. */
  | { readonly kind: 'older'; readonly stored: number; readonly applied: number };

/** Loss of the document in Redis; undefined if it is at least as new as what live proxies apply. */
export function lostRelease(inputs: {
  readonly release: ReleaseRead;
  readonly reports: readonly ProxyReport[];
}): LostRelease | undefined {
  const { release, reports } = inputs;
  if (release.kind !== 'found') return release;
  const stored = release.document.generation;
  const applied = lostGeneration(stored, reports);
  return applied === undefined ? undefined : { kind: 'older', stored, applied };
}

function lossText(lost: LostRelease): string {
  switch (lost.kind) {
    case 'absent':
      return 'is gone';
    case 'invalid':
      return `cannot be read: ${lost.problem.message}`;
    case 'older':
      return `went back: Redis holds generation ${lost.stored}, and live proxies apply generation ${lost.applied}, which it lost`;
  }
}

/** A release document that was lost, that went back, or that cannot be read. */
export function releaseProblem(lost: LostRelease, service: string): Problem {
  const what = lossText(lost);
  return {
    rule: 'release-lost',
    subject: service,
    forMs: lostForMs,
    details: {
      summary: `the release document of ${service} ${what}`,
      actions: ['proxies keep the last good one'],
    },
  };
}

/** A repair of Redis' torn append-only file, with what it lost. */
export function repairProblems(repair: RedisRepair | undefined, service: string): Problem[] {
  if (repair === undefined) return [];
  const { at, lostBytes, sizeBytes, copy } = repair;
  const actions = copy ? ['the torn files are kept on the volume, in aof-before-repair'] : [];
  return [
    {
      rule: redisRepaired,
      subject: service,
      forMs: 0,
      details: {
        summary:
          `Redis' append-only file was torn and was repaired at its start ` +
          `(${new Date(at).toISOString()}): ${lostBytes} of ${sizeBytes} bytes are lost, the newest writes`,
        actions,
        sinceMs: at,
      },
    },
  ];
}

/** A rollout that the judge paused, which waits for a person. Who pauses one by hand knows of it. */
export function pausedRollout(document: ReleaseDocument): Problem[] {
  const { rolloutId, evidence } = document;
  const reason = judgesPause(document);
  if (reason === undefined) return [];
  const summary = `rollout ${rolloutId} is paused at ${stepText(document)}: ${reason}`;
  const sentence = evidence?.['sentence'];
  const details = {
    summary,
    actions: [],
    ...(typeof sentence === 'string' && { evidence: sentence }),
  };
  return [{ rule: rolloutPaused, subject: rolloutId, forMs: 0, details }];
}

/** End of the incident of a paused rollout, for people. */
export function pauseResolution(rolloutId: string, document: ReleaseDocument): Resolution {
  const { phase } = document;
  if (document.rolloutId !== rolloutId) {
    return { summary: `rollout ${document.rolloutId} has taken the place of ${rolloutId}` };
  }
  const now = phase === 'progressing' ? `goes on at ${stepText(document)}` : `is ${phase}`;
  return { summary: `rollout ${rolloutId} ${now}` };
}
