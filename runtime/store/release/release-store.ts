import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { PerchError } from '../../contract/perch-error.ts';
import { edgeKeys, redisKeys } from '../../contract/redis-keys.ts';
import {
  initialDocument,
  parseReleaseDocument,
  type ReleaseDocument,
} from '../../core/release/release-document.ts';
import {
  reserve,
  type ReservationRequest,
  type Transition,
} from '../../core/release/transitions.ts';
import { untrustedSeconds } from '../../core/release/after-restart.ts';
import { lostGeneration } from '../../core/release/lost-document.ts';
import { ProxyReports } from './proxy-reports.ts';
import { RedisRepairStore } from '../redis/redis-repair.ts';
import { readRedisStart } from '../redis/redis-start.ts';
import { readStored } from '../redis/stored-values.ts';
import { fenced, redisFailure } from '../redis/redis-failure.ts';
import { runScript } from '../redis/run-script.ts';
import { fetchRelease, readRelease } from './release-fetch.ts';
import { storeAnswer, storeRelease, unreadable, type StoreAnswer } from './release-script.ts';
import { addressesElsewhere } from './reserved-addresses.ts';

export interface Writer {
  /** Name of the writer, for `updatedBy` and the events. */
  readonly by: string;
  /**
   * Fencing epoch of a leader. Writers without a lease (people, CI) have none and are never fenced.
   */
  readonly epoch?: number;
}

export type ReleaseRead =
  | { kind: 'found'; document: ReleaseDocument }
  | { kind: 'absent' }
  | { kind: 'invalid'; problem: PerchError };

export type ChangeOutcome =
  | { kind: 'changed' | 'unchanged'; document: ReleaseDocument }
  | { kind: 'refused'; rule: string };

interface PlannedChange {
  readonly transition: (document: ReleaseDocument) => Transition;
  /** Reservations of all services that the transition knows of; undefined: it reserves nothing. */
  readonly reservations?: number | undefined;
}

interface StoredChange extends Pick<PlannedChange, 'reservations'> {
  /** Type of the event. */
  readonly event: string;
  /** Generation of the stored document. Default: the one before. */
  readonly expected?: number;
}

const maxAttempts = 200;
const slowestRetryMs = 50;
/** Time after a repair of Redis in which live proxies report again, milliseconds. */
const reportsAgainMs = 10_000;

/**
 * Writes the release document: compare-and-set on its generation, with fencing (Kleppmann 2016,
 * "How to do distributed locking"). Readers use ReleaseWatch.
 */
export class ReleaseStore {
  readonly #redis: Redis;
  readonly #service: string;
  readonly #writer: Writer;

  constructor(redis: Redis, service: string, writer: Writer) {
    this.#redis = redis;
    this.#service = service;
    this.#writer = writer;
  }

  /** @throws PerchError `redis_unavailable` or `redis_refused`. */
  async read(): Promise<ReleaseRead> {
    const json = await readRelease(this.#redis, this.#service);
    if (json === null) return { kind: 'absent' };
    try {
      return { kind: 'found', document: parseReleaseDocument(json) };
    } catch (problem) {
      if (problem instanceof PerchError) return { kind: 'invalid', problem };
      throw problem;
    }
  }

  /**
   * Reads the document, calls `transition` and stores its result; retries from the start if another
   * writer was faster. If a reply is lost, looks up whether the change was stored.
   * @throws PerchError `redis_unavailable`, `redis_refused`, `document_invalid`, `document_lost`,
   *   `fenced`, `conflict`. Nothing is stored then, except that after `redis_unavailable` it may
   *   be: repeating the change is safe.
   */
  async change(transition: (document: ReleaseDocument) => Transition): Promise<ChangeOutcome> {
    return await this.#change(async () => ({ transition }));
  }

  /**
   * Reserves a member's id and a port of its host that no member of any service has.
   * @throws PerchError as {@link change}.
   */
  async reserve(request: ReservationRequest): Promise<ChangeOutcome> {
    return await this.#change(async () => {
      const elsewhere = await addressesElsewhere(this.#redis, this.#service);
      const { reservations } = elsewhere;
      return { transition: (document) => reserve(document, request, elsewhere), reservations };
    });
  }

  async #change(next: () => Promise<PlannedChange>): Promise<ChangeOutcome> {
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const { transition, reservations } = await next();
      const { json, nowMs } = await fetchRelease(this.#redis, this.#service);
      const current = json === null ? await this.#firstDocument() : parseReleaseDocument(json);
      const decided = transition(current);
      if (decided.kind === 'refused') return decided;
      // "Nothing to do" would be as wrong as a change, if the document were an old one.
      await this.requireNewest();
      if (decided.kind === 'unchanged') return { kind: 'unchanged', document: current };
      const document = this.#stamped(
        { ...decided.document, stepStartedAt: stepStart(current, decided.document, nowMs) },
        current.generation + 1,
        nowMs,
      );
      if ((await this.#store(document, { event: decided.event, reservations })) === 'stored') {
        return { kind: 'changed', document };
      }
      await delay(Math.random() * Math.min(slowestRetryMs, 2 ** attempt));
    }
    throw new PerchError(
      'conflict',
      `the release document changed ${maxAttempts} times during this change; try again`,
    );
  }

  /**
   * Stores a whole document again after Redis lost or something corrupted it. Its new generation is
   * above those of `document`, the stored one and all live proxies, so that the proxies apply it. The
   * step of its rollout begins anew, because nobody judged it meanwhile.
   * @throws PerchError as {@link change}.
   */
  async restore(document: ReleaseDocument): Promise<ReleaseDocument> {
    const { json, nowMs } = await fetchRelease(this.#redis, this.#service);
    const stored = json === null ? 0 : generationIn(json);
    const known = [document.generation, stored, await this.#newestAppliedGeneration()];
    const next = this.#stamped(
      { ...document, service: this.#service, reason: 'restored', stepStartedAt: nowMs },
      Math.max(...known) + 1,
      nowMs,
    );
    if ((await this.#store(next, { event: 'restored', expected: stored })) === 'stored')
      return next;
    throw new PerchError('conflict', 'the release document changed during the restore; try again');
  }

  /**
   * Checks that no live proxy applies a newer document than Redis holds: Redis lost the newer ones,
   * for example because it started from a backup, and proxies do not follow it until it is restored.
   * Right after a start or a repair of Redis, it waits for nobody and refuses: the proxies are not
   * back yet.
   * @throws PerchError `document_lost`, `redis_unavailable` or `redis_refused`.
   */
  async requireNewest(): Promise<void> {
    const start = await readRedisStart(this.#redis);
    const proxies = new ProxyReports(this.#redis, this.#service);
    const [reports, known] = await Promise.all([proxies.list(), proxies.known()]);
    // A document that is read after the reports is at least as new as they are.
    const { json, nowMs } = await fetchRelease(this.#redis, this.#service);
    const repair = await new RedisRepairStore(this.#redis, this.#service).read();
    const repairedMs = repair === undefined ? 0 : repair.at + reportsAgainMs - nowMs;
    if (repairedMs > 0) throw tooEarly('Redis was repaired just now', repairedMs / 1_000);
    const untrusted = untrustedSeconds({ ...start, nowMs, hasDocument: json !== null, known });
    if (untrusted > 0) throw tooEarly('Redis started just now', untrusted);
    const stored = json === null ? 0 : generationIn(json);
    const applied = stored === unreadable ? undefined : lostGeneration(stored, reports);
    if (applied === undefined) return;
    throw this.#lost(json === null ? 'no release document' : heldText(stored, applied), applied);
  }

  #stamped(document: ReleaseDocument, generation: number, updatedAt: number): ReleaseDocument {
    return { ...document, generation, updatedAt, updatedBy: this.#writer.by };
  }

  async #store(document: ReleaseDocument, how: StoredChange): Promise<'stored' | 'conflict'> {
    const json = JSON.stringify(document);
    parseReleaseDocument(json);
    const answer = await this.#run(json, document, how).catch(async (error: unknown) => {
      const failure = redisFailure('store the release document', error);
      if (failure.code !== 'redis_unavailable') throw failure;
      const stored = await readRelease(this.#redis, this.#service);
      return stored === json ? 'stored' : 'conflict';
    });
    switch (answer) {
      case 'stored':
      case 'conflict':
        return answer;
      case 'fenced':
        throw fenced(this.#writer.epoch);
    }
  }

  async #run(
    json: string,
    document: ReleaseDocument,
    { event, expected = document.generation - 1, reservations }: StoredChange,
  ): Promise<StoreAnswer> {
    const keys = redisKeys(this.#service);
    const fields = {
      type: event,
      text: document.reason,
      by: this.#writer.by,
      generation: document.generation,
      ...(document.evidence === null ? {} : { detail: JSON.stringify(document.evidence) }),
    };
    const answer = await runScript(this.#redis, storeRelease, {
      keys: [
        keys.release,
        keys.epoch,
        keys.events,
        ...(reservations === undefined ? [] : [edgeKeys.reservations]),
      ],
      args: [
        expected,
        this.#writer.epoch ?? '',
        json,
        keys.releaseChanged,
        reservations ?? '',
        ...Object.entries(fields).flat(),
      ],
    });
    return storeAnswer.parse(answer);
  }

  /** First document of a new service. If live proxies route by a document, Redis has lost it. */
  async #firstDocument(): Promise<ReleaseDocument> {
    const applied = await this.#newestAppliedGeneration();
    if (applied === 0) return initialDocument(this.#service);
    throw this.#lost('no release document', applied);
  }

  #lost(held: string, applied: number): PerchError {
    return new PerchError(
      'document_lost',
      `Redis holds ${held} of ${this.#service}, but live proxies apply generation ` +
        `${applied}, which Redis lost; store it again with "perch restore"`,
    );
  }

  async #newestAppliedGeneration(): Promise<number> {
    const reports = await new ProxyReports(this.#redis, this.#service).list();
    return Math.max(0, ...reports.map(({ generation }) => generation));
  }
}

function tooEarly(reason: string, seconds: number): PerchError {
  return new PerchError(
    'redis_unavailable',
    `${reason}: no change for ${Math.ceil(seconds)} s, until proxies report`,
  );
}

function heldText(stored: number, applied: number): string {
  return stored === applied ? `another generation ${stored}` : `generation ${stored}`;
}

/** Generation that the script finds in a stored document, even if the rest is invalid. */
function generationIn(json: string): number {
  return readStored(z.looseObject({ generation: z.number() }), json)?.generation ?? unreadable;
}

/** A step begins with the change that leads to it, or that lets its rollout go on. */
function stepStart(before: ReleaseDocument, after: ReleaseDocument, nowMs: number): number {
  const isSame = before.rolloutId === after.rolloutId && before.step === after.step;
  const goesOn = before.phase !== 'progressing' && after.phase === 'progressing';
  return isSame && !goesOn ? before.stepStartedAt : nowMs;
}
