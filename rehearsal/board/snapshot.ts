import type { Readiness } from '../parts/running-proxy.ts';
import type { RedisView } from '../parts/redis-reader.ts';
import type { TimelineEntry } from '../report.ts';
import type { RequestCounts } from '../traffic/request-counts.ts';

/** One link that people may want to open. */
export interface Link {
  readonly name: string;
  readonly url: string;
}

/** All that the board shows, at one moment. */
export interface Snapshot {
  readonly title: string;
  readonly links: readonly Link[];
  readonly elapsedMs: number;
  /** Since the start. */
  readonly counts: RequestCounts;
  /** Of the last seconds. */
  readonly recent: RequestCounts;
  readonly ratePerSecond: number;
  /** Undefined while the proxy does not say. */
  readonly proxy: Readiness | undefined;
  /** What Redis held when it last answered. */
  readonly redis: RedisView | undefined;
  readonly redisAnswers: boolean;
  /** How many mails came; undefined where nobody judges. */
  readonly mails: number | undefined;
  readonly timeline: readonly TimelineEntry[];
}
