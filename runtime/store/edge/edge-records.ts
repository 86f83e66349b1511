import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import { PerchError } from '../../contract/perch-error.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';
import { readStored } from '../redis/stored-values.ts';
import type { SealingKeys } from './sealing-keys.ts';

/** Something of the edge that has a secret part: a certificate, or the account of an authority. */
export interface EdgeRecord {
  /** `certificate:acme:HOST`, `certificate:own:SERVICE` or `account:DIRECTORY`. */
  readonly name: string;
  /** Increases with each change, by Redis' clock, also after Redis lost its data. */
  readonly revision: number;
  /** Part that anybody may read. */
  readonly open: Readonly<Record<string, unknown>>;
  /** Secret. */
  readonly secret: string;
}

/** Record without its secret. */
export type OpenRecord = Omit<EdgeRecord, 'secret'>;

export interface ReadRecords {
  /** Changes with every write; undefined if Redis has no record. */
  readonly version: string | undefined;
  readonly records: readonly EdgeRecord[];
  /** Names of those whose secret an older key sealed. */
  readonly outdated: readonly string[];
  /** Names of those that no key opens. */
  readonly unreadable: readonly string[];
}

const storedSchema = z.object({
  open: z.record(z.string(), z.unknown()),
  /** Sealed for the record's name. */
  sealed: z.string(),
});

const versionField = 'version';

/**
 * Writes a record with the next revision.
 * KEYS: hash. ARGV: name, JSON, new version, channel. Returns the revision.
 */
const putRecord = `
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local last = tonumber(stored and string.match(stored, '^(%d+) ') or '0')
local time = redis.call('TIME')
local revision = math.max(last + 1, time[1] * 1000 + math.floor(time[2] / 1000))
local text = string.format('%.0f', revision)
redis.call('HSET', KEYS[1], ARGV[1], text .. ' ' .. ARGV[2], '${versionField}', ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return text
`;

/**
 * Seals a record anew, unless it has changed. KEYS: hash. ARGV: name, revision, JSON, new version,
 * channel. Returns the number written.
 */
const replaceSealed = `
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored or string.match(stored, '^(%d+) ') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3], '${versionField}', ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[1])
return 1
`;

/**
 * Writes records that are newer than the stored ones, each with its own revision.
 * KEYS: hash. ARGV: new version, channel, then name, revision, JSON of each. Returns the number written.
 */
const putNewer = `
local written = 0
for index = 3, #ARGV, 3 do
  local stored = redis.call('HGET', KEYS[1], ARGV[index])
  local last = tonumber(stored and string.match(stored, '^(%d+) ') or '-1')
  if tonumber(ARGV[index + 1]) > last then
    redis.call('HSET', KEYS[1], ARGV[index], ARGV[index + 1] .. ' ' .. ARGV[index + 2])
    written = written + 1
  end
end
if written > 0 then
  redis.call('HSET', KEYS[1], '${versionField}', ARGV[1])
  redis.call('PUBLISH', ARGV[2], 'records')
end
return written
`;

/** Records of the edge in Redis, their secrets sealed. Messages and errors contain no secret. */
export class EdgeRecords {
  readonly #redis: Redis;
  readonly #hash: string;
  readonly #channel: string;
  readonly #keys: SealingKeys;

  /** @param service the edge service, to which the proxies belong. */
  constructor(redis: Redis, service: string, keys: SealingKeys) {
    const { certificates, certificatesChanged } = redisKeys(service);
    this.#redis = redis;
    this.#hash = certificates;
    this.#channel = certificatesChanged;
    this.#keys = keys;
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async version(): Promise<string | undefined> {
    return await this.#attempt('read the version of the certificates', async () => {
      return (await this.#redis.hget(this.#hash, versionField)) ?? undefined;
    });
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async read(): Promise<ReadRecords> {
    const { [versionField]: version, ...stored } = await this.#readAll();
    const opened = Object.entries(stored).map(([name, value]) => this.#open(name, value));
    return {
      version,
      records: opened.flatMap(({ record }) => (record === undefined ? [] : [record])),
      outdated: opened.flatMap(({ name, isCurrent }) => (isCurrent === false ? [name] : [])),
      unreadable: opened.flatMap(({ name, record }) => (record === undefined ? [name] : [])),
    };
  }

  /**
   * Reads the open parts of all records, for which no key is needed.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async list(): Promise<OpenRecord[]> {
    const { [versionField]: _version, ...all } = await this.#readAll();
    return Object.entries(all).flatMap(([name, value]) => {
      const { revision, stored } = parsed(value);
      return stored === undefined ? [] : [{ name, revision, open: stored.open }];
    });
  }

  /**
   * Stores a record in place of the one of its name.
   * @returns the record with its new revision.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async put(record: Omit<EdgeRecord, 'revision'>): Promise<EdgeRecord> {
    const revision = await this.#attempt(`store ${record.name}`, () =>
      runScript(this.#redis, putRecord, {
        keys: [this.#hash],
        args: [record.name, this.#sealed(record), randomUUID(), this.#channel],
      }),
    );
    return { ...record, revision: z.coerce.number().parse(revision) };
  }

  /**
   * Stores records that Redis lost: those that are newer than what it has.
   * @returns the number of records that were stored.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async putBack(records: readonly EdgeRecord[]): Promise<number> {
    if (records.length === 0) return 0;
    const args = records.flatMap((record) => [record.name, record.revision, this.#sealed(record)]);
    const answer = await this.#attempt('store the last good certificates', () =>
      runScript(this.#redis, putNewer, {
        keys: [this.#hash],
        args: [randomUUID(), this.#channel, ...args],
      }),
    );
    return z.int().parse(answer);
  }

  /**
   * Seals a record with the first key, unless Redis holds another revision of it by now.
   * @returns whether it was stored.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async sealAnew(record: EdgeRecord): Promise<boolean> {
    const { name, revision } = record;
    const written = await this.#attempt(`seal ${name} anew`, () =>
      runScript(this.#redis, replaceSealed, {
        keys: [this.#hash],
        args: [name, String(revision), this.#sealed(record), randomUUID(), this.#channel],
      }),
    );
    return written === 1;
  }

  #readAll(): Promise<Record<string, string>> {
    return this.#attempt('read the certificates', () => this.#redis.hgetall(this.#hash));
  }

  #sealed({ name, open, secret }: Omit<EdgeRecord, 'revision'>): string {
    return JSON.stringify({ open, sealed: this.#keys.seal(secret, `${this.#hash}|${name}`) });
  }

  #open(name: string, value: string) {
    const { revision, stored } = parsed(value);
    const opened =
      stored === undefined ? undefined : this.#keys.open(stored.sealed, `${this.#hash}|${name}`);
    if (stored === undefined || opened === undefined) return { name };
    const { text: secret, isCurrent } = opened;
    return {
      name,
      isCurrent,
      record: { name, revision, open: stored.open, secret },
    };
  }

  /** Errors of the client repeat the arguments of the command, so they do not become the cause. */
  async #attempt<T>(doing: string, command: () => Promise<T>): Promise<T> {
    try {
      return await command();
    } catch (error) {
      const { code, message } = redisFailure(doing, error);
      throw new PerchError(code, message);
    }
  }
}

/** Parts of a stored value: the revision, and its JSON if it is of a known form. */
function parsed(value: string) {
  const [digits = ''] = value.split(' ', 1);
  const stored = readStored(storedSchema, value.slice(digits.length + 1));
  return { revision: Number(digits), stored };
}
