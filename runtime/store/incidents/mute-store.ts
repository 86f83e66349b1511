import type { Redis } from 'ioredis';
import { redisKeys } from '../../contract/redis-keys.ts';
import { formatDuration } from '../../contract/format-duration.ts';
import { incidentKey, type Incident } from '../../core/alerting/incident.ts';
import {
  acknowledgementSchema,
  silencedText,
  silenceSchema,
  type Acknowledgement,
  type Mutes,
  type Silence,
} from '../../core/alerting/mutes.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { readStored, scanKeys } from '../redis/stored-values.ts';
import { runScript, type ScriptArguments } from '../redis/run-script.ts';
import { storeAcknowledgements, storeSilence, storeSilenceAnswer } from './mute-script.ts';

/** Operator, reason and time of a command. */
type OperatorNote = Pick<Acknowledgement, 'by' | 'reason' | 'at'>;

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
   * Acknowledges open incidents, all or none. The store of incidents deletes an acknowledgement
   * together with its incident's end.
   * @param seen - time of the acknowledgement that the operator saw, 0 if none. Default: any.
   * @returns `changed`, or the incident that is not open any more, if nothing was changed.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async acknowledge(
    incidents: readonly Incident[],
    note: OperatorNote,
    seen?: number,
  ): Promise<'stored' | 'changed' | Incident> {
    const keys = redisKeys(this.#service);
    const args = incidents.flatMap((incident) => {
      const stored: Acknowledgement = { incidentId: incident.id, ...note };
      const text = withReason(`${incident.rule} of ${incident.subject} acknowledged`, note);
      const event = ['incident-acknowledged', text, note.by];
      return [incidentKey(incident), incident.id, JSON.stringify(stored), ...event];
    });
    const answer = await this.#run('acknowledge incidents', storeAcknowledgements, {
      keys: [keys.incidents, keys.acknowledgements, keys.events],
      args: [seen ?? '', ...args],
    });
    if (answer === 'stored' || answer === 'changed') return answer;
    const closed = incidents.find((incident) => incidentKey(incident) === answer);
    if (closed === undefined) throw new TypeError(`unknown answer: ${String(answer)}`);
    return closed;
  }

  /**
   * Begins a silence, or replaces the one of its rule and subject.
   * @param seen - end of the silence that the operator saw, 0 if none. Default: any.
   * @returns `changed` if another silence was seen, and nothing was changed.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async silence(silence: Silence, seen?: number): Promise<'stored' | 'changed'> {
    const lastsMs = silence.untilMs - silence.at;
    const what = `${silencedText(silence)} silenced for ${formatDuration(lastsMs)}`;
    const outcome = await this.#store('silence a rule', silence, {
      args: [seen ?? '', JSON.stringify(silence), lastsMs],
      event: eventOf('incident-silenced', what, silence),
    });
    return outcome === 'stored' ? outcome : 'changed';
  }

  /**
   * Ends a silence before its time.
   * @param seen - end of the silence that the operator saw. Default: any.
   * @returns `absent` if it has ended, `changed` if another one was seen; nothing was changed then.
   * @throws PerchError `redis_unavailable` or `redis_refused`.
   */
  async unsilence(
    silence: Pick<Silence, 'rule' | 'subject'>,
    note: OperatorNote,
    seen?: number,
  ): Promise<'stored' | 'absent' | 'changed'> {
    return await this.#store('end a silence', silence, {
      args: [seen ?? '', '', 0],
      event: eventOf('incident-unsilenced', `${silencedText(silence)} not silenced any more`, note),
    });
  }

  async #store(
    doing: string,
    silence: Pick<Silence, 'rule' | 'subject'>,
    { args, event }: { readonly args: readonly (string | number)[]; readonly event: string[] },
  ) {
    const { events } = redisKeys(this.#service);
    const answer = await this.#run(doing, storeSilence, {
      keys: [this.#key(silence), events],
      args: [...args, ...event],
    });
    return storeSilenceAnswer.parse(answer);
  }

  async #run(doing: string, script: string, given: ScriptArguments): Promise<unknown> {
    try {
      return await runScript(this.#redis, script, given);
    } catch (error) {
      throw redisFailure(doing, error);
    }
  }

  #key({ rule, subject }: Pick<Silence, 'rule' | 'subject'>): string {
    const id = subject === undefined ? rule : incidentKey({ rule, subject });
    return redisKeys(this.#service).silence(id);
  }
}

function eventOf(type: string, what: string, note: OperatorNote): string[] {
  return Object.entries({ type, text: withReason(what, note), by: note.by }).flat();
}

function withReason(what: string, { reason }: OperatorNote): string {
  return reason === undefined ? what : `${what}: ${reason}`;
}
