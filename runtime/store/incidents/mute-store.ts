import type { ChainableCommander, Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { formatDuration } from '../../contract/format-duration.ts';
import { incidentKey, type Incident } from '../../core/alerting/incident.ts';
import {
  acknowledgementSchema,
  silenceSchema,
  type Acknowledgement,
  type Mutes,
  type Silence,
} from '../../core/alerting/mutes.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored, scanKeys } from '../redis/stored-values.ts';
import { retainedEvents } from '../release/release-script.ts';

/** Operator, reason and time of a command. */
type Note = Pick<Acknowledgement, 'by' | 'reason' | 'at'>;

/** Stores the operators' acknowledgements and silences; each change is an event. */
export class MuteStore {
  readonly #redis: Redis;
  readonly #service: string;

  constructor(redis: Redis, service: string) {
    this.#redis = redis;
    this.#service = service;
  }

  /**
   * Reads what is in force, without what does not fit, as from another version of Perch.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async read(): Promise<Mutes> {
    const { acknowledgements, silence } = redisKeys(this.#service);
    try {
      const [stored, keys] = await Promise.all([
        this.#redis.hgetall(acknowledgements),
        scanKeys(this.#redis, silence('*')),
      ]);
      const silences = keys.length === 0 ? [] : await this.#redis.mget(keys.sort());
      return {
        acknowledgements: new Map(
          Object.entries(stored).flatMap(([key, json]): [string, Acknowledgement][] => {
            const acknowledgement = readStored(acknowledgementSchema, json);
            return acknowledgement === undefined ? [] : [[key, acknowledgement]];
          }),
        ),
        silences: silences.flatMap((json) => {
          const one = json === null ? undefined : readStored(silenceSchema, json);
          return one === undefined ? [] : [one];
        }),
      };
    } catch (error) {
      throw redisFailure('read acknowledgements and silences', error);
    }
  }

  /**
   * Acknowledges incidents, all or none. The store of incidents deletes an acknowledgement together
   * with its incident's end.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async acknowledge(incidents: readonly Incident[], note: Note): Promise<void> {
    const { acknowledgements } = redisKeys(this.#service);
    await this.#change('acknowledge incidents', (changes) => {
      for (const incident of incidents) {
        const stored: Acknowledgement = { incidentId: incident.id, ...note };
        changes.hset(acknowledgements, incidentKey(incident), JSON.stringify(stored));
        const text = `${incident.rule} of ${incident.subject} acknowledged`;
        this.#log(changes, 'incident-acknowledged', text, note);
      }
    });
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async silence(silence: Silence): Promise<void> {
    const lastsMs = silence.untilMs - silence.at;
    await this.#change('silence a rule', (changes) => {
      changes.set(this.#key(silence), JSON.stringify(silence), 'PX', lastsMs);
      const text = `${silencedText(silence)} silenced for ${formatDuration(lastsMs)}`;
      this.#log(changes, 'incident-silenced', text, silence);
    });
  }

  /**
   * Ends a silence before its time.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async unsilence(silence: Silence, note: Note): Promise<void> {
    await this.#change('end a silence', (changes) => {
      changes.del(this.#key(silence));
      this.#log(
        changes,
        'incident-unsilenced',
        `${silencedText(silence)} not silenced any more`,
        note,
      );
    });
  }

  #key({ rule, subject }: Pick<Silence, 'rule' | 'subject'>): string {
    const id = subject === undefined ? rule : incidentKey({ rule, subject });
    return redisKeys(this.#service).silence(id);
  }

  #log(changes: ChainableCommander, type: string, what: string, { by, reason }: Note): void {
    const text = reason === undefined ? what : `${what}: ${reason}`;
    const fields = Object.entries({ type, text, by }).flat();
    const { events } = redisKeys(this.#service);
    changes.xadd(events, 'MAXLEN', '~', retainedEvents, '*', ...fields);
  }

  async #change(doing: string, add: (changes: ChainableCommander) => void): Promise<void> {
    try {
      const changes = this.#redis.multi();
      add(changes);
      const results = await changes.exec();
      for (const [error] of results ?? []) if (error !== null) throw error;
    } catch (error) {
      throw redisFailure(doing, error);
    }
  }
}

/** `RULE of SUBJECT`, or the rule alone. */
export function silencedText({ rule, subject }: Pick<Silence, 'rule' | 'subject'>): string {
  return subject === undefined ? rule : `${rule} of ${subject}`;
}
