import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { formatDuration } from '../../contract/format-duration.ts';
import { EventLog } from '../../store/incidents/event-log.ts';
import { leaderOf } from '../../store/judge/lease.ts';
import { SampleStore } from '../../store/judge/sample-store.ts';
import type { Channel } from '../notify/channel.ts';
import { DirectAlert, type Outage } from './direct-alert.ts';
import { outageDetails } from './outage-details.ts';
import { RedisWatch } from './redis-trouble.ts';
import { alertAfterMs, type KnownMonitors } from './stand-in.ts';

export interface RedisOutageOptions {
  readonly redis: Redis;
  /** Secret; messages name its host and port alone. */
  readonly redisUrl: string;
  readonly service: string;
  readonly host: string;
  readonly by: string;
  readonly channels: readonly Channel[];
  readonly reAlertMs: number;
  /** Reports whether this monitor was the leader when Redis last took a write. */
  readonly ledLast: () => boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** Interval at which a monitor reads who the others are, milliseconds. */
const refreshEveryMs = 10_000;

/** Watches the writes of one monitor to Redis, and alerts people without Redis if they fail. */
export class RedisOutage {
  readonly #options: RedisOutageOptions;
  readonly #watch: RedisWatch;
  readonly #alert: DirectAlert;
  readonly #samples: SampleStore;
  #known: KnownMonitors = { hosts: [], leader: undefined };
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(options: RedisOutageOptions) {
    const { redis, redisUrl, service, host, channels, reAlertMs, ledLast, now, logger } = options;
    this.#options = options;
    this.#watch = new RedisWatch(now);
    this.#samples = new SampleStore(redis, service);
    const place = { service, host, redis: new URL(redisUrl).host };
    this.#alert = new DirectAlert({
      service,
      host,
      channels,
      reAlertMs,
      alertAfterMs: () => alertAfterMs(host, ledLast(), this.#known),
      detailsOf: (trouble) => outageDetails(trouble, place),
      onOver: (outage) => this.#record(outage),
      now,
      logger,
    });
  }

  /** Store of this host's samples: every monitor writes one every two seconds. */
  get samples(): Pick<SampleStore, 'write'> {
    return { write: (sample) => this.#watch.watch(this.#samples.write(sample)) };
  }

  /** To be called about once a second. Never throws. */
  async tick(): Promise<void> {
    this.#alert.tick(this.#watch.trouble);
    if (this.#watch.trouble === undefined) await this.#refreshKnown();
  }

  /** Settles once nothing is being sent. */
  async settled(): Promise<void> {
    await this.#alert.settled();
  }

  async #refreshKnown(): Promise<void> {
    const { redis, service, now, logger } = this.#options;
    if (now() - this.#refreshedAt < refreshEveryMs) return;
    this.#refreshedAt = now();
    try {
      const [samples, leader] = await Promise.all([this.#samples.list(), leaderOf(redis, service)]);
      this.#known = {
        hosts: samples.map(({ host }) => host),
        leader: leader ?? this.#known.leader,
      };
    } catch (error) {
      logger.debug({ err: error }, 'the monitor cannot read who the others are');
    }
  }

  /** Records an outage that is over, so that `perch events` shows it. */
  async #record({ rule, openedAt, summary }: Outage): Promise<void> {
    const { redis, service, by, now, logger } = this.#options;
    const lasted = formatDuration(now() - openedAt);
    try {
      await new EventLog(redis, service).append({
        type: rule,
        text: `${summary}; people were alerted without Redis, and it took writes again after ${lasted}`,
        by,
      });
    } catch (error) {
      logger.warn({ err: error }, 'Redis did not take the event of its outage');
    }
  }
}
