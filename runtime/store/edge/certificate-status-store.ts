import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import {
  certificateStatusSchema,
  type CertificateStatus,
} from '../../core/edge/certificate-status.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored } from '../redis/stored-values.ts';

/** Statuses of the ACME certificates, which the orderer writes and monitors read. */
export class CertificateStatusStore {
  readonly #redis: Redis;
  readonly #hash: string;

  /** @param service the edge service, to which the proxies belong. */
  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#hash = redisKeys(service).certificateStatus;
  }

  /**
   * Lists the statuses by host name.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async list(): Promise<CertificateStatus[]> {
    try {
      const stored = await this.#redis.hgetall(this.#hash);
      const statuses = Object.values(stored).flatMap((json) => {
        const status = readStored(certificateStatusSchema, json);
        return status === undefined ? [] : [status];
      });
      return statuses.sort((a, b) => a.host.localeCompare(b.host));
    } catch (error) {
      throw redisFailure('read the status of the certificates', error);
    }
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async write(status: CertificateStatus): Promise<void> {
    try {
      await this.#redis.hset(this.#hash, status.host, JSON.stringify(status));
    } catch (error) {
      throw redisFailure('write the status of a certificate', error);
    }
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async remove(host: string): Promise<void> {
    try {
      await this.#redis.hdel(this.#hash, host);
    } catch (error) {
      throw redisFailure('remove the status of a certificate', error);
    }
  }
}
