import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { FlagStore } from '../../store/flags/flag-store.ts';
import { FlagWatch } from '../../store/flags/flag-watch.ts';
import { IncidentStore } from '../../store/incidents/incident-store.ts';
import { MuteStore } from '../../store/incidents/mute-store.ts';
import { ReleaseStore } from '../../store/release/release-store.ts';
import { ReleaseWatch } from '../../store/release/release-watch.ts';
import type { ChangeRoutesOptions } from '../changes/change-routes.ts';
import type { FlagRoutesOptions } from '../changes/flag-routes.ts';
import type { IncidentRoutesOptions } from '../changes/incident-routes.ts';
import { overviewSources, type OverviewSources } from '../overview-sources.ts';
import { trafficChartSources, type TrafficChartSources } from '../traffic-chart.ts';

/** Everything of one service that the console shows and changes. */
export interface ServiceParts {
  readonly sources: OverviewSources;
  readonly charts: TrafficChartSources;
  readonly incidents: IncidentRoutesOptions['incidents'];
  /** Store of acknowledgements and silences. */
  readonly mutes: IncidentRoutesOptions['mutes'];
  /** Store of the flags that writes with the name of a person. */
  readonly flagsOf: (
    by: string,
  ) => Pick<FlagStore, 'get'> & ReturnType<FlagRoutesOptions['flagsOf']>;
  /** Store of the release that writes with the name of a person. */
  readonly releasesOf: ChangeRoutesOptions['releasesOf'];
  /** Ends what follows the service in Redis. */
  readonly stop: () => Promise<void>;
}

export interface ServicePartsOptions {
  readonly redis: Redis;
  readonly service: string;
  /** Services that the page lists. */
  readonly services: OverviewSources['services'];
  /** Milliseconds since the epoch by Redis' clock. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Pause between two polls of release and flags, milliseconds. Default 1,000. */
  readonly pollIntervalMs?: number;
}

/** Opens a service: follows its release and its flags until it is stopped. */
export async function openServiceParts(options: ServicePartsOptions): Promise<ServiceParts> {
  const { redis, service, services, now, logger, pollIntervalMs } = options;
  const watched = {
    redis,
    service,
    logger,
    ...(pollIntervalMs !== undefined && { pollIntervalMs }),
  };
  const releases = new ReleaseWatch(watched);
  const flags = new FlagWatch(watched);
  await Promise.all([releases.start(), flags.start()]);
  const sources = overviewSources(redis, { service, releases, flags, services, now });
  return {
    sources,
    charts: trafficChartSources(redis, service, sources),
    incidents: new IncidentStore(redis, service),
    mutes: new MuteStore(redis, service),
    flagsOf: (by) => new FlagStore(redis, service, { by }),
    releasesOf: (by) => new ReleaseStore(redis, service, { by }),
    stop: async () => {
      await Promise.all([releases.stop(), flags.stop()]);
    },
  };
}
