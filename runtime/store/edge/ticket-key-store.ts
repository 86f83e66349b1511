import type { Redis } from 'ioredis';
import { PerchError } from '../../contract/perch-error.ts';
import { redisKeys } from '../../contract/redis-keys.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';
import { readStored } from '../redis/stored-values.ts';
import type { SealingKeys } from './sealing-keys.ts';
import { ticketKeysSchema, type TicketKey } from './ticket-key.ts';

/** Place that proxies or workers share their ticket keys by. */
export interface TicketKeySource {
  /**
   * Replaces the stored keys by what `change` makes of them, unless another one is faster.
   * @returns the keys that are stored afterwards.
   */
  update(
    change: (stored: readonly TicketKey[]) => readonly TicketKey[],
  ): Promise<readonly TicketKey[]>;
}

/**
 * Stores the next text if the stored one is still the one that was read.
 * KEYS: string. ARGV: text that was read, '' for none; next text.
 */
const replace = `
local stored = redis.call('GET', KEYS[1]) or ''
if stored == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])
`;

/** Ticket keys of all proxies of the edge, sealed in Redis. */
export class TicketKeyStore implements TicketKeySource {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #sealing: SealingKeys;

  /** @param service the edge service, to which the proxies belong. */
  constructor(redis: Redis, service: string, sealing: SealingKeys) {
    this.#redis = redis;
    this.#key = redisKeys(service).ticketKeys;
    this.#sealing = sealing;
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`; it contains no key. */
  async update(
    change: (stored: readonly TicketKey[]) => readonly TicketKey[],
  ): Promise<readonly TicketKey[]> {
    try {
      const text = (await this.#redis.get(this.#key)) ?? '';
      const stored = this.#open(text);
      const next = change(stored.keys);
      if (next === stored.keys && stored.isCurrent) return next;
      const sealed = this.#sealing.seal(JSON.stringify(next), this.#key);
      const kept = await runScript(this.#redis, replace, {
        keys: [this.#key],
        args: [text, sealed],
      });
      return kept === sealed ? next : this.#open(String(kept)).keys;
    } catch (error) {
      // Errors of the client repeat the arguments of the command, so they do not become the cause.
      const { code, message } = redisFailure('read the keys of session tickets', error);
      throw new PerchError(code, message);
    }
  }

  /** Keys that no sealing key opens are lost: new ones take their place. */
  #open(text: string): { keys: readonly TicketKey[]; isCurrent: boolean } {
    const opened = text === '' ? undefined : this.#sealing.open(text, this.#key);
    const keys = opened === undefined ? undefined : readStored(ticketKeysSchema, opened.text);
    return { keys: keys ?? [], isCurrent: opened?.isCurrent ?? false };
  }
}
