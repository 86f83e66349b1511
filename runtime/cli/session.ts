import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { z } from 'zod';
import { env } from '../contract/env.ts';
import { operatorName } from '../contract/operator-name.ts';
import { PerchError } from '../contract/perch-error.ts';
import { parseInput, requireInput } from '../core/input/input.ts';
import type { ReleaseDocument } from '../core/release/release-document.ts';
import type { Transition } from '../core/release/transitions.ts';
import {
  connectRedis,
  requireServer,
  type RedisConnectionOptions,
} from '../store/redis/connection.ts';
import { EventLog } from '../store/incidents/event-log.ts';
import { printHint } from './diagnostics.ts';
import { isRunByDeployment, noRelease } from './absence.ts';
import { FlagStore } from '../store/flags/flag-store.ts';
import { ProxyReports } from '../store/release/proxy-reports.ts';
import { ReleaseStore, type ChangeOutcome } from '../store/release/release-store.ts';
import { nameSchema } from '../core/input/name-schema.ts';
import { operatorSchema } from '../core/input/note-schemas.ts';

/** Connection and stores of one service, for one command. */
export interface Session {
  readonly redis: Redis;
  readonly service: string;
  /** Name of the operator, for the document and the events. */
  readonly by: string;
  readonly releases: ReleaseStore;
  readonly flags: FlagStore;
  readonly events: EventLog;
  readonly reports: ProxyReports;
}

const schema = z.object({
  [env.service]: nameSchema(),
  [env.redisUrl]: z.string('must be set').min(1, 'must be set'),
  [env.operator]: operatorSchema,
});

/** Time that a deployment's command waits for Redis, for example while its container is replaced. */
const patienceMs = 15_000;
const retryEveryMs = 500;
/** Longest time of one attempt to connect to an address where nothing answers, milliseconds. */
const slowestAttemptMs = 2_000;

/**
 * Runs `work` with a connection and closes it afterwards.
 * @throws PerchError `bad_input` for a wrong environment, errors of the connection, errors of `work`.
 */
export async function withSession<T>(
  work: (session: Session) => Promise<T>,
  options: Pick<RedisConnectionOptions, 'commandTimeoutMs'> = {},
): Promise<T> {
  const settings = requireInput(parseInput(schema, process.env, { secret: [env.redisUrl] }));
  const service = settings[env.service];
  const redis = connectRedis({
    url: settings[env.redisUrl],
    name: 'perch-cli',
    logger: pino({ level: 'silent' }),
    ...options,
  });
  try {
    await requireServer(redis);
    return await work(
      sessionOf({ redis, by: settings[env.operator] ?? operatorName(os) }, service),
    );
  } finally {
    redis.disconnect();
  }
}

/** Session with the same connection, for a service. */
export function sessionOf({ redis, by }: Pick<Session, 'redis' | 'by'>, service: string): Session {
  return {
    redis,
    service,
    by,
    releases: new ReleaseStore(redis, service, { by }),
    flags: new FlagStore(redis, service, { by }),
    events: new EventLog(redis, service),
    reports: new ProxyReports(redis, service),
  };
}

/**
 * Runs `work` like {@link withSession} and repeats it for up to 15 s while Redis does not answer, and
 * says so. The work must be repeatable.
 * @throws PerchError like {@link withSession}.
 */
export async function withPatientSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs - slowestAttemptMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withSession(work);
    } catch (error) {
      const isRetryable = error instanceof PerchError && error.code === 'redis_unavailable';
      if (!isRetryable || performance.now() >= deadline) throw error;
      if (attempt === 1) {
        printHint(`${error.message}; trying again for up to ${patienceMs / 1_000} s`);
      }
    }
    await delay(retryEveryMs);
  }
}

/**
 * Applies a change and returns the document after it.
 * @throws PerchError as {@link changeOf}.
 */
export async function change(
  session: Session,
  transition: (document: ReleaseDocument) => Transition,
): Promise<ReleaseDocument> {
  return (await changeOf(session, transition)).document;
}

export interface AppliedChange {
  /** False: there was nothing to do. */
  readonly changed: boolean;
  readonly document: ReleaseDocument;
}

/**
 * Applies a change of a release that is there.
 * @throws PerchError `transition_refused` with the rule that forbids the change; `not_found` for a
 *   service without a release, unless a deployment runs the command.
 */
export async function changeOf(
  session: Session,
  transition: (document: ReleaseDocument) => Transition,
): Promise<AppliedChange> {
  let isAbsent = false;
  const applied = await createOrChange(session, (document) => {
    isAbsent = document.generation === 0 && !isRunByDeployment();
    return isAbsent ? { kind: 'unchanged' } : transition(document);
  });
  if (isAbsent) throw await noRelease(session);
  return applied;
}

/**
 * Applies a change like {@link changeOf}, which may be the first one of its service.
 * @throws PerchError `transition_refused` with the rule that forbids the change.
 */
async function createOrChange(
  { releases }: Pick<Session, 'releases'>,
  transition: (document: ReleaseDocument) => Transition,
): Promise<AppliedChange> {
  return applied(await releases.change(transition));
}

/** @throws PerchError `transition_refused` with the rule that forbids the change. */
export function applied(outcome: ChangeOutcome): AppliedChange {
  if (outcome.kind === 'refused') throw new PerchError('transition_refused', outcome.rule);
  return { changed: outcome.kind === 'changed', document: outcome.document };
}
