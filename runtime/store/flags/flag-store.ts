import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import { didYouMean } from '../../contract/suggest-name.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { changeToUndo, remainingChanges, toggled } from '../../core/flags/flag-change.ts';
import { flagStateText, type FlagDefinition } from '../../core/flags/flag-definition.ts';
import { changesIn, meanwhileText, type StoredFlag } from './flag-history.ts';
import { FlagHistoryStore } from './flag-history-store.ts';
import { storeFlag } from './flag-script.ts';
import { requireFlag } from './require-flag.ts';
import { fenced, redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';

const maxAttempts = 100;

export interface FlagWriter {
  readonly by: string;
  /** Fencing epoch of a leader; absent for writers without a lease. */
  readonly epoch?: number;
}

/** Reason for a change, and the flag on which it is based. */
export interface FlagNote {
  readonly reason?: string | undefined;
  /** Stored JSON of the flag that the person saw; '' for none. The change is refused for another one. */
  readonly seen?: string | undefined;
}

interface FlagWrite<Next extends FlagDefinition | undefined> {
  readonly type: string;
  /** The definition to store; undefined deletes the flag. */
  readonly next: (stored: StoredFlag) => Next | Promise<Next>;
  readonly text: (flag: Next) => string;
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
    return parseStored(key, (await this.stored(key)).json);
  }

  /** Reads a flag as it is stored, and its history, also of one that was deleted. */
  async stored(key: string): Promise<StoredFlag> {
    const [json, history] = await this.#texts(key);
    return { json, changes: changesIn(history) };
  }

  /** Stores a definition; replaces the old one even if that cannot be read. */
  async set(key: string, definition: unknown, note: FlagNote = {}): Promise<FlagDefinition> {
    const flag = requireFlag(key, definition);
    const write = { type: 'flag-set', next: () => flag, text: textOf(key, 'set') };
    return this.#change(key, write, note);
  }

  /** Stores a definition unless the flag exists. */
  async setIfAbsent(key: string, definition: unknown): Promise<'stored' | 'kept'> {
    const flag = requireFlag(key, definition);
    if ((await this.stored(key)).json !== '') return 'kept';
    await this.#change(key, {
      type: 'flag-set',
      next: ({ json }) => parseStored(key, json) ?? flag,
      text: () => `flag ${key} created`,
    });
    return 'stored';
  }

  /**
   * Toggles a flag: enables a disabled one; gives one with exactly two variants the other variant
   * as its default. Targeting still precedes the default.
   */
  async toggle(key: string, note: FlagNote = {}): Promise<FlagDefinition> {
    const next = async ({ json }: StoredFlag) => toggled(key, await this.#required(key, json));
    const write = { type: 'flag-toggled', next, text: textOf(key, 'toggled') };
    return this.#change(key, write, note);
  }

  /** Disables a flag: callers get their own defaults, with reason DISABLED. */
  async disable(key: string, reason: string): Promise<FlagDefinition> {
    const next = async ({ json }: StoredFlag): Promise<FlagDefinition> => ({
      ...(await this.#required(key, json)),
      state: 'DISABLED',
    });
    const text = () => `flag ${key} disabled`;
    return this.#change(key, { type: 'flag-disabled', next, text }, { reason });
  }

  /**
   * Deletes a flag. Callers then get the default of their own code, with the error FLAG_NOT_FOUND. Its
   * history stays, so that the deletion can be undone.
   */
  async delete(key: string, note: FlagNote = {}): Promise<void> {
    const next = async ({ json }: StoredFlag) => {
      if (json === '') await this.#required(key, json);
      return undefined;
    };
    await new FlagHistoryStore(this.#redis, this.#service).forgetOld();
    const text = () => `flag ${key} deleted`;
    await this.#change(key, { type: 'flag-deleted', next, text }, note);
  }

  /**
   * Brings back the definition from before the newest recorded change, or before a named one. An undo is
   * a change too: another one brings back what it undid.
   * @returns the definition; undefined if the flag did not exist before that change.
   */
  async undo(
    key: string,
    id: string | undefined,
    note: FlagNote = {},
  ): Promise<FlagDefinition | undefined> {
    const next = async ({ json, changes }: StoredFlag) => {
      if (json === '' && changes.length === 0) await this.#required(key, json);
      const { before } = changeToUndo(key, { changes, stored: json === '' ? null : json }, id);
      return before === null ? undefined : parseFlag(key, before);
    };
    const write = { type: 'flag-undone', next, text: textOf(key, 'undone') };
    return this.#change(key, write, note);
  }

  /** @throws PerchError `not_found` with the nearest key, unless the flag is stored. */
  async #required(key: string, json: string): Promise<FlagDefinition> {
    const flag = parseStored(key, json);
    if (flag !== undefined) return flag;
    // The user of a service that is a guest may not run HKEYS.
    const all = await this.#read(() => this.#redis.hgetall(redisKeys(this.#service).flags));
    throw unknownFlag(key, Object.keys(all));
  }

  async #change<Next extends FlagDefinition | undefined>(
    key: string,
    write: FlagWrite<Next>,
    { reason, seen }: FlagNote = {},
  ): Promise<Next> {
    const { flags, events, epoch: counter, flagsChanged, flagHistory } = redisKeys(this.#service);
    const { by, epoch } = this.#writer;
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const [json, history] = await this.#texts(key);
      const stored = { json, changes: changesIn(history) };
      if (seen !== undefined && seen !== json) {
        throw new PerchError('conflict', `flag ${key} ${meanwhileText(seen, stored)}`);
      }
      const flag = await write.next(stored);
      const next = flag === undefined ? '' : JSON.stringify(flag);
      if (next === json) return flag;
      const change = {
        type: write.type,
        by,
        ...(reason !== undefined && { reason }),
        before: json === '' ? null : json,
        after: next === '' ? null : next,
      };
      const recorded = JSON.stringify([change, ...remainingChanges(change, stored.changes)]);
      const rest = recorded.slice('[{'.length);
      const text = `${write.text(flag)}${reason === undefined ? '' : `: ${reason}`}`;
      const event = ['type', write.type, 'text', text, 'by', by];
      const answer = await this.#read(() =>
        runScript(this.#redis, storeFlag, {
          keys: [flags, events, counter, flagHistory],
          args: [key, json, next, history, rest, flagsChanged, epoch ?? '', ...event],
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

  async #texts(key: string): Promise<[json: string, history: string]> {
    const { flags, flagHistory } = redisKeys(this.#service);
    const [json, history] = await this.#read(() =>
      Promise.all([this.#redis.hget(flags, key), this.#redis.hget(flagHistory, key)]),
    );
    return [json ?? '', history ?? ''];
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

function textOf(key: string, verb: string) {
  return (flag: FlagDefinition | undefined) =>
    `flag ${key} ${verb}: ${flag === undefined ? 'deleted' : flagStateText(flag)}`;
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
