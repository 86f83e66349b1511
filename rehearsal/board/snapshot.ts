import type { Readiness } from '../parts/running-proxy.ts';
import type { RedisView } from '../parts/redis-reader.ts';
import type { Tip } from '../tips.ts';
import type { TimelineEntry } from '../report.ts';
import type { RequestCounts } from '../traffic/request-counts.ts';

/** Link that people may want to open. */
export interface Link {
  readonly name: string;
  readonly url: string;
}

export interface ServiceCounts {
  readonly service: string;
  readonly counts: RequestCounts;
}

/** Everything that the board shows, at one moment. */
export interface Snapshot {
  readonly title: string;
  readonly links: readonly Link[];
  /** Commands to try; none during a scenario. */
  readonly tips: readonly Tip[];
  readonly elapsedMs: number;
  /** Service that the board is about. */
  readonly service: string;
  /** Other services that the proxy has served, with their requests. */
  readonly guests: readonly ServiceCounts[];
  /** Requests since the start. */
  readonly counts: RequestCounts;
  /** Requests of the last seconds. */
  readonly recent: RequestCounts;
  readonly ratePerSecond: number;
  /** Undefined while the proxy does not respond. */
  readonly proxy: Readiness | undefined;
  /** Contents of Redis when it last responded. */
  readonly redis: RedisView | undefined;
  readonly redisResponds: boolean;
  /** Number of emails about the service; undefined without a monitor. */
  readonly emails: number | undefined;
  readonly timeline: readonly TimelineEntry[];
}
