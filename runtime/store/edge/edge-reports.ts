import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import type { KnownProxy } from '../../core/release/known-proxy.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { scanKeys } from '../redis/stored-values.ts';
import { ProxyReports, type ProxyReport } from '../release/proxy-reports.ts';

/** Reports of all proxies of an edge, whatever services they serve. */
export class EdgeReports {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Lists every report of every proxy. @throws PerchError `redis_unavailable` or `redis_refused`. */
  async list(): Promise<ProxyReport[]> {
    return (await Promise.all((await this.#stores()).map((store) => store.list()))).flat();
  }

  /** As {@link ProxyReports.known}. */
  async known(): Promise<KnownProxy[]> {
    return (await Promise.all((await this.#stores()).map((store) => store.known()))).flat();
  }

  async #stores(): Promise<ProxyReports[]> {
    try {
      const [before = '', after = ''] = redisKeys('*').proxies.split('*');
      const keys = await scanKeys(this.#redis, redisKeys('*').proxies);
      const services = keys.map((key) => key.slice(before.length, -after.length));
      return services.map((service) => new ProxyReports(this.#redis, service));
    } catch (error) {
      throw redisFailure("read the proxies' reports", error);
    }
  }
}
