import type { ChainableCommander, Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { retainedPastIncidents } from '../incidents/incident-script.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { retainedHookRuns } from '../release/hook-runs.ts';
import { retainedEntries } from '../release/release-history-store.ts';
import { hashKeys, type Backup, type BackupEntry } from './backup-file.ts';

/** Time limit of a command that transfers a backup, milliseconds. */
export const backupTimeoutMs = 30_000;

/** Keeps the newest fencing epoch, so that no former leader can write. KEYS: counter. ARGV: epoch. */
const raiseEpoch = `
if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], ARGV[1])
end
`;

/**
 * Adds entries to a stream that may have newer and older ones: a stream takes no older id, so it is
 * written anew. KEYS: stream. ARGV: entries as JSON, [[id, [name, value, ...]], ...], and the number of
 * newest ones that are retained.
 */
const addEntries = `
local entries, known = {}, {}
local function add(entry)
  if known[entry[1]] then return end
  known[entry[1]] = true
  local ms, seq = string.match(entry[1], '^(%d+)-(%d+)$')
  table.insert(entries, { entry[1], entry[2], tonumber(ms), tonumber(seq) })
end
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do add(entry) end
for _, entry in ipairs(cjson.decode(ARGV[1])) do add(entry) end
table.sort(entries, function(a, b)
  if a[3] ~= b[3] then return a[3] < b[3] end
  return a[4] < b[4]
end)
redis.call('DEL', KEYS[1])
for _, entry in ipairs(entries) do redis.call('XADD', KEYS[1], entry[1], unpack(entry[2])) end
redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[2])
`;

const hash = z.record(z.string(), z.string());
const text = z.string().nullable();
const entries = z.array(z.tuple([z.string(), z.array(z.string())]));
const time = z.tuple([z.coerce.number(), z.coerce.number()]);
const pairs = z.array(z.string());
const read = z.tuple([
  time,
  text,
  text,
  text,
  text,
  entries,
  entries,
  entries,
  pairs,
  hash,
  hash,
  hash,
  hash,
]);

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
      commands.time().get(keys.release).get(keys.cookieKey).get(keys.epoch).get(keys.maintenance);
      commands.xrange(keys.events, '-', '+').xrange(keys.releases, '-', '+');
      commands.xrange(keys.pastIncidents, '-', '+');
      commands.zrange(keys.hookRuns, '0', '-1', 'WITHSCORES');
      for (const key of hashKeys) commands.hgetall(keys[key]);
    });
    const [[seconds], release, cookieKey, epoch, maintenance, ...others] = read.parse(results);
    const [events, releases, past, hookRuns, flags, incidents, acknowledgements, app] = others;
    return {
      service: this.#service,
      at: seconds * 1_000,
      strings: {
        release: release ?? undefined,
        cookieKey: cookieKey ?? undefined,
        epoch: epoch ?? undefined,
        maintenance: maintenance ?? undefined,
      },
      hashes: { flags, incidents, acknowledgements, app },
      events: events.map(([id, fields]) => ({ id, fields })),
      releases: releases.map(([id, fields]) => ({ id, fields })),
      pastIncidents: past.map(([id, fields]) => ({ id, fields })),
      hookRuns: hookRunsOf(hookRuns),
    };
  }

  /**
   * Replaces everything but the release document, all or nothing. Where the backup has no cookie
   * key, or no maintenance, the stored one stays. The history of releases, the past incidents and the hooks
   * that ran are added to those that are stored: nothing that was recorded later is lost.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async replace({ strings, hashes, events, hookRuns, ...backup }: Backup): Promise<void> {
    const keys = redisKeys(this.#service);
    await this.#run('restore a backup', (commands) => {
      commands.del(keys.events, ...hashKeys.map((key) => keys[key]));
      for (const key of hashKeys) {
        const fields = Object.entries(hashes[key]).flat();
        if (fields.length > 0) commands.hset(keys[key], ...fields);
      }
      for (const { id, fields } of events) commands.xadd(keys.events, id, ...fields);
      const addAll = (key: string, added: readonly BackupEntry[], retained: number) => {
        if (added.length === 0) return;
        const json = JSON.stringify(added.map(({ id, fields }) => [id, fields]));
        commands.eval(addEntries, 1, key, json, retained);
      };
      addAll(keys.releases, backup.releases, retainedEntries);
      addAll(keys.pastIncidents, backup.pastIncidents, retainedPastIncidents);
      if (hookRuns.length > 0) {
        commands.zadd(keys.hookRuns, 'GT', ...hookRuns.flatMap(({ run, at }) => [at, run]));
        commands.zremrangebyrank(keys.hookRuns, 0, -retainedHookRuns - 1);
      }
      const { cookieKey, epoch, maintenance } = strings;
      if (maintenance !== undefined) commands.set(keys.maintenance, maintenance);
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

/** @param pairs names and times in turn, as Redis lists them. */
function hookRunsOf(pairs: readonly string[]): Backup['hookRuns'] {
  return pairs.flatMap((run, index) => {
    return index % 2 === 0 ? [{ run, at: Number(pairs[index + 1]) }] : [];
  });
}
