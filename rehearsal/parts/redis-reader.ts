import { once } from 'node:events';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { redisKeys } from '../../runtime/contract/redis-keys.ts';

const releaseSchema = z.object({
  generation: z.int(),
  weight: z.number(),
  affinity: z.string(),
  phase: z.string(),
  rolloutId: z.string(),
  /** Index of the step of the rollout's plan. */
  step: z.int(),
  reason: z.string(),
  members: z.array(
    z.object({ id: z.string(), track: z.string(), version: z.string(), state: z.string() }),
  ),
  /** Cause of the canary's ejection, if it was ejected. */
  evidence: z
    .object({
      ejection: z.object({ facts: z.object({ cause: z.string().optional() }) }).optional(),
    })
    .nullish(),
});

const verdictSchema = z.object({
  verdict: z.object({ kind: z.string(), sentence: z.string() }).nullable(),
});

const incidentSchema = z.object({
  rule: z.string(),
  subject: z.string(),
  resolvedAt: z.number().nullable(),
});

const maintenanceSchema = z.object({
  on: z.boolean(),
  at: z.number(),
  by: z.string(),
  message: z.string().optional(),
});

const flagSchema = z.object({ state: z.string(), defaultVariant: z.string().optional() });

export type ReleaseView = z.infer<typeof releaseSchema>;
/** Verdict on the canary; null without one. */
export type VerdictView = z.infer<typeof verdictSchema>['verdict'];
export type MaintenanceRecordView = z.infer<typeof maintenanceSchema>;
export type IncidentView = z.infer<typeof incidentSchema>;

export interface EventView {
  readonly id: string;
  /** Milliseconds since the epoch, by Redis' clock. */
  readonly at: number;
  readonly type: string;
  readonly text: string;
  /** Person or process that wrote it. */
  readonly by: string;
}

/** Contents of Redis, for the board. */
export interface RedisView {
  readonly release: ReleaseView | undefined;
  /** Flag key -> its default variant, or `disabled`. */
  readonly flags: ReadonlyMap<string, string>;
  readonly verdict: VerdictView;
  /** Last record of the maintenance; undefined without one. */
  readonly maintenance?: MaintenanceRecordView | undefined;
  readonly incidents: readonly IncidentView[];
  /** Newest last. */
  readonly events: readonly EventView[];
}

const shownEvents = 8;

/** Reads Redis by its public keys, without the runtime's code. */
export class RedisReader {
  readonly #redis: Redis;
  readonly #keys: ReturnType<typeof redisKeys>;

  private constructor(url: string, service: string) {
    this.#keys = redisKeys(service);
    this.#redis = new Redis(url, {
      connectionName: 'perch-rehearsal',
      commandTimeout: 500,
      connectTimeout: 2_000,
      socketTimeout: 2_000,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: () => 200,
    });
    // Each command reports its own failure.
    this.#redis.on('error', () => undefined);
  }

  /** Settles once it is connected. */
  static async connect(url: string, service: string): Promise<RedisReader> {
    const reader = new RedisReader(url, service);
    await once(reader.#redis, 'ready');
    return reader;
  }

  /** @throws Error if Redis does not respond. */
  async read(): Promise<RedisView> {
    const [release, flags, verdict, maintenance, incidents, events] = await Promise.all([
      this.#redis.get(this.#keys.release),
      this.#redis.hgetall(this.#keys.flags),
      this.#redis.get(this.#keys.verdict),
      this.#redis.get(this.#keys.maintenance),
      this.#redis.hvals(this.#keys.incidents),
      this.lastEvents(shownEvents),
    ]);
    return {
      release: release === null ? undefined : releaseSchema.parse(JSON.parse(release)),
      flags: new Map(
        Object.entries(flags)
          .map(([key, json]) => [key, flagText(json)] as const)
          .toSorted(([left], [right]) => left.localeCompare(right)),
      ),
      verdict: verdict === null ? null : verdictSchema.parse(JSON.parse(verdict)).verdict,
      maintenance:
        maintenance === null ? undefined : maintenanceSchema.parse(JSON.parse(maintenance)),
      incidents: incidents.map((json) => incidentSchema.parse(JSON.parse(json))),
      events,
    };
  }

  /** Id of the leader; undefined without one. */
  async leader(): Promise<string | undefined> {
    return (await this.#redis.get(this.#keys.leader)) ?? undefined;
  }

  /** Newest `count` events, newest last. */
  async lastEvents(count: number): Promise<EventView[]> {
    const entries = await this.#redis.xrevrange(this.#keys.events, '+', '-', 'COUNT', count);
    return entries.map(eventOf).toReversed();
  }

  close(): void {
    this.#redis.disconnect();
  }
}

function flagText(json: string): string {
  const { state, defaultVariant = 'code default' } = flagSchema.parse(JSON.parse(json));
  return state === 'DISABLED' ? 'disabled' : defaultVariant;
}

function eventOf([id, fields]: [id: string, fields: string[]]): EventView {
  const field = (name: string) => {
    const at = fields.findIndex((value, index) => index % 2 === 0 && value === name);
    return at === -1 ? '' : (fields[at + 1] ?? '');
  };
  const at = Number(id.split('-', 1)[0]);
  return { id, at, type: field('type'), text: field('text'), by: field('by') };
}
