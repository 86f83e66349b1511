import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import { didYouMean } from '../../contract/suggest-name.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { flagStateText, type FlagDefinition } from '../../core/flags/flag-definition.ts';
import { requireFlag } from './require-flag.ts';
import { fenced, redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';
import { retainedEvents } from '../release/release-script.ts';

/**
 * Stores one flag if it has not changed since the writer read it, and publishes its key.
 * KEYS: flags, events, epoch counter. ARGV: flag key, the JSON read ('' for none), the JSON to
 * store, channel, the writer's epoch ('' if it needs no lease), then the event's fields.
 * Returns `stored`, or `fenced` or `conflict` with nothing changed. The event is written first: if
 * its key has the wrong type, Redis refuses it and the flag stays unchanged.
 */
const storeFlag = `
if ARGV[5] ~= '' and tonumber(ARGV[5]) < tonumber(redis.call('GET', KEYS[3]) or '0') then
  return 'fenced'
end
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
  return 'conflict'
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', '${retainedEvents}', '*', unpack(ARGV, 6))
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 'stored'
`;

const maxAttempts = 100;

export interface FlagWriter {
  readonly by: string;
  /** Fencing epoch of a leader; absent for writers without a lease. */
  readonly epoch?: number;
}

/**
 * Writes the flags; readers use FlagWatch. Every method throws PerchError: `bad_input`, `not_found`, `conflict`,
 * `redis_unavailable`, `redis_refused`, or `fenced` for a leader that another one has replaced.
 */
export class FlagStore {
  readonly #redis: Redis;
  readonly #service: string;
  readonly #writer: FlagWriter;

  constructor(redis: Redis, service: string, writer: FlagWriter) {
    this.#redis = redis;
    this.#service = service;
    this.#writer = writer;
  }

  /** Lists every flag by key, sorted. A flag that cannot be read is an error that names it. */
  async list(): Promise<Map<string, FlagDefinition>> {
    const hash = await this.#read(() => this.#redis.hgetall(redisKeys(this.#service).flags));
    const sorted = Object.entries(hash).sort(([a], [b]) => a.localeCompare(b));
    return new Map(sorted.map(([key, json]) => [key, parseFlag(key, json)]));
  }

  async get(key: string): Promise<FlagDefinition | undefined> {
    return parseStored(key, await this.#json(key));
  }

  /** Stores a definition; replaces the old one even if that cannot be read. */
  async set(key: string, definition: unknown): Promise<FlagDefinition> {
    const flag = requireFlag(key, definition);
    return this.#change(key, 'flag-set', () => flag, setText);
  }

  /** Stores a definition unless the flag exists. */
  async setIfAbsent(key: string, definition: unknown): Promise<'stored' | 'kept'> {
    const flag = requireFlag(key, definition);
    if ((await this.#json(key)) !== '') return 'kept';
    const unlessStored = (json: string) => parseStored(key, json) ?? flag;
    await this.#change(key, 'flag-set', unlessStored, () => `flag ${key} created`);
    return 'stored';
  }

  /**
   * Toggles a flag: enables a disabled one; gives one with exactly two variants the other variant
   * as its default. Targeting still precedes the default.
   */
  async toggle(key: string): Promise<FlagDefinition> {
    const other = async (json: string) => toggled(key, await this.#required(key, json));
    return this.#change(key, 'flag-toggled', other, toggledText);
  }

  /** Disables a flag: callers get their own defaults, with reason DISABLED. */
  async disable(key: string, reason: string): Promise<FlagDefinition> {
    const off = async (json: string): Promise<FlagDefinition> => ({
      ...(await this.#required(key, json)),
      state: 'DISABLED',
    });
    return this.#change(key, 'flag-disabled', off, () => `flag ${key} disabled: ${reason}`);
  }

  /** @throws PerchError `not_found` with the nearest key, unless the flag is stored. */
  async #required(key: string, json: string): Promise<FlagDefinition> {
    const flag = parseStored(key, json);
    if (flag !== undefined) return flag;
    throw unknownFlag(
      key,
      await this.#read(() => this.#redis.hkeys(redisKeys(this.#service).flags)),
    );
  }

  async #change(
    key: string,
    type: string,
    change: (storedJson: string) => FlagDefinition | Promise<FlagDefinition>,
    textOf: (key: string, flag: FlagDefinition) => string,
  ): Promise<FlagDefinition> {
    const { flags, events, epoch: counter, flagsChanged } = redisKeys(this.#service);
    const { by, epoch } = this.#writer;
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const json = await this.#json(key);
      const flag = await change(json);
      const next = JSON.stringify(flag);
      if (next === json) return flag;
      const event = ['type', type, 'text', textOf(key, flag), 'by', by];
      const answer = await this.#read(() =>
        runScript(this.#redis, storeFlag, {
          keys: [flags, events, counter],
          args: [key, json, next, flagsChanged, epoch ?? '', ...event],
        }),
      );
      if (answer === 'fenced') throw fenced(epoch);
      if (answer === 'stored') return flag;
    }
    throw new PerchError(
      'conflict',
      `flag ${key} changed ${maxAttempts} times during this change; try again`,
    );
  }

  async #json(key: string): Promise<string> {
    const json = await this.#read(() => this.#redis.hget(redisKeys(this.#service).flags, key));
    return json ?? '';
  }

  async #read<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await command();
    } catch (error) {
      throw redisFailure('reach the flags', error);
    }
  }
}

/** Error for a flag that is not stored, with the nearest key of those that are. */
export function unknownFlag(key: string, known: readonly string[]): PerchError {
  return new PerchError('not_found', `flag ${key} is not stored${didYouMean(key, known)}`);
}

function setText(key: string, flag: FlagDefinition): string {
  return `flag ${key} set: ${flagStateText(flag)}`;
}

function toggledText(key: string, flag: FlagDefinition): string {
  return `flag ${key} toggled: ${flagStateText(flag)}`;
}

function toggled(key: string, known: FlagDefinition): FlagDefinition {
  if (known.state === 'DISABLED') return { ...known, state: 'ENABLED' };
  const [first, second, ...others] = Object.keys(known.variants);
  if (first === undefined || second === undefined || others.length > 0) {
    const names = Object.keys(known.variants).join(', ');
    throw new PerchError('bad_input', `flag ${key} must have two variants to toggle, got ${names}`);
  }
  return { ...known, defaultVariant: known.defaultVariant === first ? second : first };
}

function parseStored(key: string, json: string): FlagDefinition | undefined {
  return json === '' ? undefined : parseFlag(key, json);
}

function parseFlag(key: string, json: string): FlagDefinition {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new PerchError('bad_input', `flag ${key} must be stored as JSON`, { cause });
  }
  return requireFlag(key, value);
}
