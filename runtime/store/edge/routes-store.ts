import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { PerchError } from '../../contract/perch-error.ts';
import { edgeKeys } from '../../contract/redis-keys.ts';
import {
  mostRoutesBytes,
  noRoutes,
  parseRoutesDocument,
  rejoinedRoutes,
  removeRoute,
  setRoute,
  type RoutesChange,
  type RoutesDocument,
} from '../../core/edge/routes-document.ts';
import type { EdgeRoute } from '../../core/edge/route.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';

export type RoutesOutcome =
  | { readonly kind: 'changed' | 'unchanged'; readonly document: RoutesDocument }
  | { readonly kind: 'refused'; readonly rule: string };

const maxAttempts = 50;
const slowestRetryMs = 50;

/**
 * Stores the next routes if the stored ones are still those that they are based on.
 *
 * KEYS: routes. ARGV: expected generation (0: none stored; -1: unreadable), the document, the channel.
 * Returns `stored`, or `conflict` with nothing changed.
 */
const storeRoutes = `
local stored = redis.call('GET', KEYS[1])
local generation = 0
if stored then
  local decoded, document = pcall(cjson.decode, stored)
  if decoded and type(document) == 'table' and type(document.generation) == 'number' then
    generation = document.generation
  else
    generation = -1
  end
end
if generation ~= tonumber(ARGV[1]) then
  return 'conflict'
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[3], generation + 1)
return 'stored'
`;
const storeAnswer = z.enum(['stored', 'conflict']);

/** Routes of all services of an edge: compare-and-set on their generation. Readers use RoutesWatch. */
export class RoutesStore {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /**
   * Fetches the stored text; undefined if there is none. One over the size limit is not transferred.
   * @throws PerchError `redis_unavailable`, `redis_refused` or `document_invalid`.
   */
  async fetch(): Promise<string | undefined> {
    try {
      const bytes = await this.#redis.strlen(edgeKeys.routes);
      if (bytes > mostRoutesBytes) {
        throw new PerchError(
          'document_invalid',
          `routes: must be at most ${mostRoutesBytes} bytes, got ${bytes}`,
        );
      }
      return (await this.#redis.get(edgeKeys.routes)) ?? undefined;
    } catch (error) {
      throw redisFailure('read the routes', error);
    }
  }

  /** @throws PerchError as {@link fetch}. */
  async read(): Promise<RoutesDocument> {
    const json = await this.fetch();
    return json === undefined ? noRoutes : parseRoutesDocument(json);
  }

  /**
   * Registers a service's route in place of its last one.
   * @throws PerchError `redis_unavailable`, `redis_refused`, `document_invalid` or `conflict`.
   */
  async set(route: EdgeRoute): Promise<RoutesOutcome> {
    const nowMs = await this.#nowMs();
    return await this.#change((document) => setRoute(document, route, nowMs));
  }

  /**
   * Finds what forbids a route, and changes nothing.
   * @returns the rule; undefined: {@link set} would register it now.
   * @throws PerchError as {@link set}.
   */
  async refusal(route: EdgeRoute): Promise<string | undefined> {
    const decided = setRoute(await this.read(), route, await this.#nowMs());
    return decided.kind === 'refused' ? decided.rule : undefined;
  }

  /** Removes a service's route, if it has one. @throws PerchError as {@link set}. */
  async remove(service: string): Promise<RoutesOutcome> {
    return await this.#change((document) => removeRoute(document, service));
  }

  /**
   * Stores again what Redis lost of the routes that a proxy knows.
   * @throws PerchError as {@link set}.
   */
  async rejoin(known: RoutesDocument, stored: RoutesDocument): Promise<void> {
    await this.#store(rejoinedRoutes(stored, known), stored.generation);
  }

  /** Reads, decides and stores; starts over if another writer was faster. */
  async #change(decide: (document: RoutesDocument) => RoutesChange): Promise<RoutesOutcome> {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const current = await this.read();
      const decided = decide(current);
      if (decided.kind === 'refused') return decided;
      if (decided.kind === 'unchanged') return { kind: 'unchanged', document: current };
      const { document } = decided;
      if ((await this.#store(document, current.generation)) === 'stored') return decided;
      await delay(Math.random() * Math.min(slowestRetryMs, 2 ** attempt));
    }
    throw new PerchError(
      'conflict',
      `the routes changed ${maxAttempts} times during this change; try again`,
    );
  }

  /** Stores a document; after a lost reply it looks up whether it was stored. */
  async #store(document: RoutesDocument, expected: number): Promise<'stored' | 'conflict'> {
    const json = JSON.stringify(document);
    parseRoutesDocument(json);
    const args = [expected, json, edgeKeys.routesChanged];
    try {
      return storeAnswer.parse(
        await runScript(this.#redis, storeRoutes, { keys: [edgeKeys.routes], args }),
      );
    } catch (error) {
      const failure = redisFailure('store the routes', error);
      if (failure.code !== 'redis_unavailable') throw failure;
      return (await this.fetch()) === json ? 'stored' : 'conflict';
    }
  }

  async #nowMs(): Promise<number> {
    try {
      const [seconds = 0] = await this.#redis.time();
      return seconds * 1_000;
    } catch (error) {
      throw redisFailure('read the time', error);
    }
  }
}
