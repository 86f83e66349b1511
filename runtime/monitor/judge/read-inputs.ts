import type { HostSample } from '../../core/host/host-sample.ts';
import type { Incident } from '../../core/alerting/incident.ts';
import type { Reading } from '../../core/alerting/readings.ts';
import type { TrafficBucket } from '../../core/analysis/traffic-counts.ts';
import type { Mutes } from '../../core/alerting/mutes.ts';
import type { Trial } from '../../core/analysis/trial.ts';
import { trafficFromMs } from '../../core/analysis/advance-trial.ts';
import type { IncidentStore } from '../../store/incidents/incident-store.ts';
import type { MuteStore } from '../../store/incidents/mute-store.ts';
import type { JudgeStore } from '../../store/judge/judge-store.ts';
import type { ProxyReport, ProxyReports } from '../../store/release/proxy-reports.ts';
import type { KnownProxy } from '../../core/release/known-proxy.ts';
import type { ReleaseRead, ReleaseStore } from '../../store/release/release-store.ts';
import type { SampleStore } from '../../store/judge/sample-store.ts';
import type { RedisRepair, RedisRepairStore } from '../../store/redis/redis-repair.ts';
import type { CertificateReader, EdgeCertificates } from './edge-certificates.ts';
import type { TrafficSource } from '../../store/judge/traffic-source.ts';

export interface InputReaders {
  readonly releases: Pick<ReleaseStore, 'read'>;
  readonly reports: Pick<ProxyReports, 'list' | 'known'>;
  readonly samples: Pick<SampleStore, 'list'>;
  readonly incidents: Pick<IncidentStore, 'list'>;
  readonly mutes: Pick<MuteStore, 'read'>;
  readonly judgeStore: Pick<JudgeStore, 'trial'>;
  readonly repairs: Pick<RedisRepairStore, 'read'>;
  readonly certificates: CertificateReader;
  readonly traffic: Pick<TrafficSource, 'read' | 'reread'>;
  /** Readings from outside Redis, such as alarms; returns at once. */
  readonly extraReadings: () => readonly Reading[];
}

/** Everything that one decision is made from, read at one time. */
export interface CycleInputs {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  readonly release: ReleaseRead;
  /** One report of each live proxy. */
  readonly reports: readonly ProxyReport[];
  /** Proxies that reported and did not withdraw their reports, live or not. */
  readonly knownProxies: readonly KnownProxy[];
  /** Newest sample of each host. */
  readonly samples: readonly HostSample[];
  /** Incidents by `rule|subject`: open ones, and the last resolved one of each. */
  readonly incidents: ReadonlyMap<string, Incident>;
  /** Acknowledgements and silences of operators. */
  readonly mutes: Mutes;
  /** Repair of Redis within the last day, if its loss was not made good since. */
  readonly repair: RedisRepair | undefined;
  readonly edge: EdgeCertificates;
  /** The trial as it was stored last. */
  readonly trial: Trial | undefined;
  /** Traffic that the trial needs; see {@link trafficFromMs}. */
  readonly buckets: readonly TrafficBucket[];
  readonly extraReadings: readonly Reading[];
}

/** @throws PerchError `redis_unavailable` or `redis_refused`. */
export async function readInputs(readers: InputReaders, nowMs: number): Promise<CycleInputs> {
  // A document that is read after the reports is at least as new as they are.
  const reports = await readers.reports.list();
  const [release, knownProxies, samples, incidents, mutes, repair, edge, trial] = await Promise.all(
    [
      readers.releases.read(),
      readers.reports.known(),
      readers.samples.list(),
      readers.incidents.list(),
      readers.mutes.read(),
      readers.repairs.read(),
      readers.certificates.read(reports),
      readers.judgeStore.trial(),
    ],
  );
  const buckets = await readers.traffic.read(trafficFromMs(trial, nowMs), nowMs);
  const extraReadings = readers.extraReadings();
  return {
    nowMs,
    release,
    reports,
    knownProxies,
    samples,
    incidents,
    mutes,
    repair,
    edge,
    trial,
    buckets,
    extraReadings,
  };
}
