import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { hashKeys, type Backup } from './backup-file.ts';

/** Time limit of a command that transfers a backup, milliseconds. */
export const backupTimeoutMs = 30_000;

/** Keeps the newest fencing epoch, so that no former leader can write. KEYS: counter. ARGV: epoch. */
const raiseEpoch = `
if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], ARGV[1])
end
`;

const hash = z.record(z.string(), z.string());
const text = z.string().nullable();
const entries = z.array(z.tuple([z.string(), z.array(z.string())]));
const time = z.tuple([z.coerce.number(), z.coerce.number()]);
const read = z.tuple([time, text, text, text, entries, hash, hash, hash, hash]);

/** Reads and replaces everything of a service that a backup contains, in one transaction each. */
export class BackupStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async read(): Promise<Backup> {
    const keys = redisKeys(this.#service);
    const results = await this.#run('read the data of a backup', (commands) => {
      commands.time().get(keys.release).get(keys.cookieKey).get(keys.epoch);
      commands.xrange(keys.events, '-', '+');
      for (const key of hashKeys) commands.hgetall(keys[key]);
    });
    const [[seconds], release, cookieKey, epoch, events, ...hashes] = read.parse(results);
    const [flags, incidents, acknowledgements, app] = hashes;
    return {
      service: this.#service,
      at: seconds * 1_000,
      strings: {
        release: release ?? undefined,
        cookieKey: cookieKey ?? undefined,
        epoch: epoch ?? undefined,
      },
      hashes: { flags, incidents, acknowledgements, app },
      events: events.map(([id, fields]) => ({ id, fields })),
    };
  }

  /**
   * Replaces everything but the release document, all or nothing. Where the backup has no cookie
   * key, the stored one stays.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async replace({ strings, hashes, events }: Backup): Promise<void> {
    const keys = redisKeys(this.#service);
    await this.#run('restore a backup', (commands) => {
      commands.del(keys.events, ...hashKeys.map((key) => keys[key]));
      for (const key of hashKeys) {
        const fields = Object.entries(hashes[key]).flat();
        if (fields.length > 0) commands.hset(keys[key], ...fields);
      }
      for (const { id, fields } of events) commands.xadd(keys.events, id, ...fields);
      const { cookieKey, epoch } = strings;
      if (cookieKey !== undefined) commands.set(keys.cookieKey, cookieKey);
      if (epoch !== undefined) commands.eval(raiseEpoch, 1, keys.epoch, epoch);
      for (const flag of Object.keys(hashes.flags)) commands.publish(keys.flagsChanged, flag);
    });
  }

  async #run(doing: string, add: (commands: ChainableCommander) => void): Promise<unknown[]> {
    try {
      const commands = this.#redis.multi();
      add(commands);
      const results = (await commands.exec()) ?? [];
      return results.map(([error, value]) => {
        if (error !== null) throw error;
        return value;
      });
    } catch (error) {
      throw redisFailure(doing, error);
    }
  }
}
