import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import type { KnownProxy } from '../../core/release/known-proxy.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { scanNames } from '../redis/stored-values.ts';
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

  /** As {@link ProxyReports.knownForMs}. */
  async knownForMs(): Promise<number> {
    const all = (await this.#stores()).map((store) => store.knownForMs());
    return Math.max(0, ...(await Promise.all(all)));
  }

  /**
   * Services under whose keys live proxies look for their certificates.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async edgeServices(): Promise<string[]> {
    const all = (await this.#services()).map(async (service) => {
      const reports = await new ProxyReports(this.#redis, service).list();
      return reports.some(({ ownCertificates }) => ownCertificates !== undefined) ? [service] : [];
    });
    return (await Promise.all(all)).flat();
  }

  async #stores(): Promise<ProxyReports[]> {
    const services = await this.#services();
    return services.map((service) => new ProxyReports(this.#redis, service));
  }

  async #services(): Promise<string[]> {
    try {
      return await scanNames(this.#redis, redisKeys('*').proxies);
    } catch (error) {
      throw redisFailure("read the proxies' reports", error);
    }
  }
}
