import type { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../contract/redis-keys.ts';
import {
  incidentKey,
  incidentSchema,
  type Incident,
  type IncidentChange,
} from '../../core/alerting/incident.ts';
import { storedDetails, withStoredNames } from '../../core/alerting/stored-details.ts';
import { notificationOf } from '../../core/alerting/notification.ts';
import { storeIncident, storeIncidentAnswer } from './incident-script.ts';
import { fenced, redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';
import { readStored } from '../redis/stored-values.ts';

export interface IncidentWriter {
  readonly by: string;
  /** Fencing epoch of the leader. */
  readonly epoch: number;
  /** Channels that get a notification of each transition. */
  readonly channels: readonly string[];
}

/** Fields that every version of Perch writes. */
const revisionSchema = z.object({ revision: z.int() });

/** Time for which a resolved incident is kept, milliseconds: a week. */
export const resolvedKeptMs = 604_800_000;

/**
 * Stores every open incident, the last resolved one of each rule and subject, and the newest of those
 * that another one replaced.
 */
export class IncidentStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /**
   * Lists the incidents by `rule|subject`, without those that cannot be read: the next breach
   * replaces them.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async list(): Promise<Map<string, Incident>> {
    const { incidents } = redisKeys(this.#service);
    try {
      const hash = await this.#redis.hgetall(incidents);
      return new Map(
        Object.entries(hash).flatMap(([key, json]): [string, Incident][] => {
          const incident = readStored(incidentSchema, json);
          return incident === undefined ? [] : [[key, incident]];
        }),
      );
    } catch (error) {
      throw redisFailure('read the incidents', error);
    }
  }

  /**
   * Lists the incidents that a newer one of their rule and subject replaced, newest first.
   * @param sinceMs - without those that were resolved before, milliseconds since the epoch.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async past(sinceMs: number): Promise<Incident[]> {
    const { pastIncidents } = redisKeys(this.#service);
    try {
      const entries = await this.#redis.xrevrange(pastIncidents, '+', '-');
      return entries.flatMap(([id, [, json]]) => {
        const incident = json === undefined ? undefined : readStored(incidentSchema, json);
        if (incident === undefined) return [];
        // One that another replaced while it was open ended then.
        const resolvedAt = incident.resolvedAt ?? Number(id.split('-', 1)[0]);
        return resolvedAt < sinceMs ? [] : [{ ...incident, resolvedAt }];
      });
    } catch (error) {
      throw redisFailure('read past incidents', error);
    }
  }

  /**
   * Stores one transition and adds its notifications to the outbox, both or neither.
   * @returns `conflict` if another writer has stored it already.
   * @throws PerchError `fenced`, `redis_unavailable` or `redis_refused`.
   */
  async apply(change: IncidentChange, writer: IncidentWriter): Promise<'stored' | 'conflict'> {
    const { transition } = change;
    const key = incidentKey(change.incident);
    const base = change.incident.revision - 1 || (await this.#unreadableRevision(key));
    const incident = { ...change.incident, revision: base + 1 };
    const notification = JSON.stringify(withStoredNames(notificationOf(this.#service, change)));
    const keys = redisKeys(this.#service);
    const event = {
      type: `incident-${transition}`,
      text: incident.details.summary,
      by: writer.by,
      detail: JSON.stringify(storedDetails(incident.details)),
    };
    try {
      const answer = await runScript(this.#redis, storeIncident, {
        keys: [
          keys.incidents,
          keys.epoch,
          keys.outbox,
          keys.events,
          keys.acknowledgements,
          keys.pastIncidents,
        ],
        args: [
          writer.epoch,
          key,
          base,
          JSON.stringify(withStoredNames(incident)),
          incident.id,
          endsAcknowledgement(change) ? 1 : 0,
          writer.channels.length,
          ...writer.channels.flatMap((channel) => [channel, notification]),
          ...(change.isLogged === false ? [] : Object.entries(event).flat()),
        ],
      });
      const outcome = storeIncidentAnswer.parse(answer);
      if (outcome !== 'fenced') return outcome;
    } catch (error) {
      throw redisFailure('store an incident', error);
    }
    throw fenced(writer.epoch);
  }

  /** Revision of an unreadable incident that a first one replaces; 0 if there is none. */
  async #unreadableRevision(key: string): Promise<number> {
    try {
      const json = await this.#redis.hget(redisKeys(this.#service).incidents, key);
      if (json === null || readStored(incidentSchema, json) !== undefined) return 0;
      return readStored(revisionSchema, json)?.revision ?? 0;
    } catch (error) {
      throw redisFailure('read an incident', error);
    }
  }

  /**
   * Deletes incidents that were resolved before `beforeMs`, milliseconds since the epoch.
   * @param retained rules whose last incident stays, however old.
   */
  async forgetResolved(beforeMs: number, retained: readonly string[] = []): Promise<void> {
    const old = [...(await this.list())].filter(
      ([, { rule, resolvedAt }]) =>
        resolvedAt !== null && resolvedAt < beforeMs && !retained.includes(rule),
    );
    if (old.length === 0) return;
    try {
      await this.#redis.hdel(redisKeys(this.#service).incidents, ...old.map(([key]) => key));
    } catch (error) {
      throw redisFailure('forget incidents', error);
    }
  }
}

/** An acknowledgement lasts until its incident is resolved; a flapping one is not while it is quiet. */
function endsAcknowledgement({ transition, isLogged }: IncidentChange): boolean {
  return transition !== 're-alerted' && isLogged !== false;
}
