import type { HostSample } from '../../core/host/host-sample.ts';
import type { Incident } from '../../core/alerting/incident.ts';
import type { TrafficBucket } from '../../core/analysis/traffic-counts.ts';
import type { Trial } from '../../core/analysis/trial.ts';
import { trafficFromMs } from '../../core/analysis/advance-trial.ts';
import type { IncidentStore } from '../../store/incidents/incident-store.ts';
import type { JudgeStore } from '../../store/judge/judge-store.ts';
import type { ProxyReport, ProxyReports } from '../../store/release/proxy-reports.ts';
import type { ReleaseRead, ReleaseStore } from '../../store/release/release-store.ts';
import type { SampleStore } from '../../store/judge/sample-store.ts';
import type { TrafficSource } from './traffic-source.ts';

export interface InputReaders {
  readonly releases: Pick<ReleaseStore, 'read'>;
  readonly reports: Pick<ProxyReports, 'list'>;
  readonly samples: Pick<SampleStore, 'list'>;
  readonly incidents: Pick<IncidentStore, 'list'>;
  readonly judgeStore: Pick<JudgeStore, 'trial'>;
  readonly traffic: Pick<TrafficSource, 'read'>;
}

/** Everything that a decision is made from, read at one time. */
export interface CycleInputs {
  readonly nowMs: number;
  readonly release: ReleaseRead;
  readonly reports: readonly ProxyReport[];
  readonly samples: readonly HostSample[];
  readonly incidents: Map<string, Incident>;
  readonly trial: Trial | undefined;
  /** What the trial needs; see trafficFromMs. */
  readonly buckets: readonly TrafficBucket[];
}

/** @throws PerchError `redis_unavailable` or `redis_refused`. */
export async function readInputs(eyes: InputReaders, nowMs: number): Promise<CycleInputs> {
  const [release, reports, samples, incidents, trial] = await Promise.all([
    eyes.releases.read(),
    eyes.reports.list(),
    eyes.samples.list(),
    eyes.incidents.list(),
    eyes.judgeStore.trial(),
  ]);
  const buckets = await eyes.traffic.read(trafficFromMs(trial, nowMs), nowMs);
  return { nowMs, release, reports, samples, incidents, trial, buckets };
}
