import type { Redis } from 'ioredis';
import type { FlagWatch } from '../store/flags/flag-watch.ts';
import { statusCertificates, type StatusCertificates } from '../store/edge/status-certificates.ts';
import { EventLog } from '../store/incidents/event-log.ts';
import { IncidentStore } from '../store/incidents/incident-store.ts';
import { MuteStore } from '../store/incidents/mute-store.ts';
import { JudgeStore } from '../store/judge/judge-store.ts';
import { SampleStore } from '../store/judge/sample-store.ts';
import { TrafficSource } from '../store/judge/traffic-source.ts';
import { TrafficStore } from '../store/judge/traffic-store.ts';
import { MaintenanceStore } from '../store/release/maintenance-store.ts';
import { ProxyReports } from '../store/release/proxy-reports.ts';
import { ReleaseHistoryStore } from '../store/release/release-history-store.ts';
import { remembered } from './remembered.ts';
import type { ListedService } from './services/service-list.ts';
import type { ReleaseSource } from '../store/release/release-source.ts';

/** Parts that only the process of a console has. */
export interface ConsoleWatches {
  readonly service: string;
  readonly releases: Pick<ReleaseSource, 'current' | 'condition'>;
  readonly flags: Pick<FlagWatch, 'current' | 'condition'>;
  /** Services that the page lists, those that need a person first. */
  readonly services: () => Promise<readonly ListedService[]>;
  /** Milliseconds since the epoch by Redis' clock. */
  readonly now: () => number;
}

/** Sources of everything that the page shows. */
export interface OverviewSources extends ConsoleWatches {
  readonly reports: Pick<ProxyReports, 'list' | 'known'>;
  readonly samples: Pick<SampleStore, 'list'>;
  readonly certificates: () => Promise<StatusCertificates>;
  readonly judge: Pick<JudgeStore, 'judgeStatus'>;
  readonly traffic: Pick<TrafficSource, 'read'>;
  readonly maintenance: Pick<MaintenanceStore, 'read'>;
  readonly incidents: Pick<IncidentStore, 'list' | 'past'>;
  readonly mutes: Pick<MuteStore, 'read'>;
  readonly events: Pick<EventLog, 'last'>;
  readonly history: Pick<ReleaseHistoryStore, 'list'>;
}

/** Creates the sources over one Redis. */
export function overviewSources(redis: Redis, watches: ConsoleWatches): OverviewSources {
  const { service, now } = watches;
  const seldom = { now, forMs: seldomMs };
  const reports = new ProxyReports(redis, service);
  const incidents = new IncidentStore(redis, service);
  const history = new ReleaseHistoryStore(redis, service);
  const events = new EventLog(redis, service);
  return {
    ...watches,
    reports,
    samples: new SampleStore(redis, service),
    certificates: remembered(seldom, () => statusCertificates({ redis, service, reports })),
    judge: new JudgeStore(redis, service),
    traffic: new TrafficSource(new TrafficStore(redis, service)),
    maintenance: new MaintenanceStore(redis, service),
    incidents: {
      list: () => incidents.list(),
      past: remembered(seldom, (sinceMs: number) => incidents.past(sinceMs)),
    },
    mutes: new MuteStore(redis, service),
    events,
    history: { list: remembered(seldom, () => history.list()) },
  };
}

/** Time for which an answer is used again that costs much and seldom changes, milliseconds. */
const seldomMs = 5_000;
