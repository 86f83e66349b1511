import type { Redis } from 'ioredis';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { connectRedis } from '../state/connection.ts';
import { ProxyReports, type ProxyReport } from '../state/proxy-reports.ts';
import type { ReleaseSource } from '../state/release-source.ts';
import { ReleaseWatch } from '../state/release-watch.ts';
import { TrafficStore } from '../state/traffic-store.ts';
import { ReportLoop } from './report-loop.ts';
import type { TrafficCounter } from './traffic-counter.ts';
import { TrafficFlush } from './traffic-flush.ts';

export interface RedisLinkOptions {
  /** Secret. */
  readonly url: string;
  readonly service: string;
  /** The proxy's id. */
  readonly id: string;
  readonly stateDir: string | undefined;
  readonly traffic: TrafficCounter;
  readonly report: () => ProxyReport;
  readonly logger: Logger;
}

/** Where a service's last good document is kept. */
export function lastGoodFile(stateDir: string, service: string): string {
  return join(stateDir, `release-${service}.json`);
}

/** All that a proxy has to do with Redis; no request ever waits for it. */
export class RedisLink {
  readonly #source: ReleaseWatch;
  readonly #redis: Redis;
  readonly #reports: ReportLoop;
  readonly #flush: TrafficFlush;

  constructor({ url, service, id, stateDir, traffic, report, logger }: RedisLinkOptions) {
    this.#redis = connectRedis({ url, name: `perch-proxy-${id}`, logger });
    this.#source = new ReleaseWatch({
      redis: this.#redis,
      service,
      logger,
      ...(stateDir === undefined ? {} : { lastGoodFile: lastGoodFile(stateDir, service) }),
    });
    this.#reports = new ReportLoop({
      report,
      reports: new ProxyReports(this.#redis, service),
      logger,
    });
    this.#flush = new TrafficFlush({
      counter: traffic,
      store: new TrafficStore(this.#redis, service),
      writer: id,
      logger,
    });
  }

  get source(): ReleaseSource {
    return this.#source;
  }

  /** Settles when Redis was asked for the release document once, or turned out to be away. */
  async start(): Promise<void> {
    await firstAttempt(this.#redis);
    await this.#source.start();
  }

  /** Whether Redis took the last report. */
  get up(): boolean {
    return this.#reports.delivered;
  }

  reportNow(): void {
    this.#reports.reportNow();
  }

  /** Hands in the last counts, takes the report back and disconnects. */
  async stop(): Promise<void> {
    await Promise.all([this.#source.stop(), this.#flush.stop(), this.#reports.stop()]);
    this.#redis.disconnect();
  }
}

/** A client refuses commands before it is connected; a start must not fail for being too quick. */
async function firstAttempt(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  redis.once('ready', done).once('error', done);
  await promise;
  redis.off('ready', done).off('error', done);
}
